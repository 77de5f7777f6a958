"""A file of readings as tables: CSV in UTF-8, UTF-16 or GB 18030, between commas, semicolons or tabs; a workbook;
Parquet. Codes of meters are texts: 000123 is not 123. Words such as NULL stay what they are."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from jieyue.apps.exchange.reader import Sheet, is_filled, read_bytes, read_path, text_of
from jieyue.apps.metering.readings_profile import ReadingsProfile

_HEAD_BYTES: Final = 1 << 20
_BLOCK_BYTES: Final = 1 << 24
_WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".ods")
_DELIMITERS: Final = ",;\t"
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class ReadingsFileError(ValueError):
    """The file as a whole cannot be read."""


def tables_of(
    source: Path | bytes, name: str, profile: ReadingsProfile, words: Mapping[str, str], rows: int
) -> Iterator[pa.Table]:
    """The file in tables of some `rows` rows. words: heading → what it means, as `meaning` says; of a long Parquet
    file only columns that mean something are read. Raises ReadingsFileError."""
    try:
        if name.lower().endswith((".parquet", ".pq")):
            yield from _parquet(source, profile, words, rows)
        elif name.lower().endswith(_WORKBOOKS):
            yield _workbook(source, name, profile)
        else:
            yield _csv(source, profile, words)
    except (pa.ArrowException, csv.Error, UnicodeError, OSError) as error:
        raise ReadingsFileError(str(error).splitlines()[0]) from None


def headings_of(source: Path | bytes, name: str, profile: ReadingsProfile) -> list[str]:
    """The headings of a file. Raises ReadingsFileError."""
    try:
        if name.lower().endswith((".parquet", ".pq")):
            opened = source if isinstance(source, Path) else pa.BufferReader(source)
            return list(pq.ParquetFile(opened).schema_arrow.names)
        if name.lower().endswith(_WORKBOOKS):
            return []
        return _names(source, *_how(source, profile))
    except (pa.ArrowException, csv.Error, UnicodeError, OSError) as error:
        raise ReadingsFileError(str(error).splitlines()[0]) from None


def _parquet(
    source: Path | bytes, profile: ReadingsProfile, words: Mapping[str, str], most: int
) -> Iterator[pa.Table]:
    opened = source if isinstance(source, Path) else pa.BufferReader(source)
    schema = pq.ParquetFile(opened).schema_arrow
    texts = [one.name for one in schema if _is_text(one) and words.get(one.name) == "meter"]
    file = pq.ParquetFile(opened, read_dictionary=texts)
    known = [column for column in schema.names if column in words]
    wanted = known if known and profile.layout == "long" else None
    batches: list[pa.RecordBatch] = []
    count = 0
    for batch in file.iter_batches(batch_size=1_000_000, columns=wanted):
        batches.append(batch)
        count += batch.num_rows
        if count >= most:
            yield pa.Table.from_batches(batches)
            batches, count = [], 0
    if batches:
        yield pa.Table.from_batches(batches)


def _is_text(field: pa.Field) -> bool:
    return pa.types.is_string(field.type) or pa.types.is_large_string(field.type)


def _csv(source: Path | bytes, profile: ReadingsProfile, words: Mapping[str, str]) -> pa.Table:
    read, parse = _how(source, profile)
    names = _names(source, read, parse)
    codes = {name: pa.string() for name in names if words.get(name) == "meter"}
    kept = {"null_values": [""], "strings_can_be_null": False}
    try:
        return pcsv.read_csv(_opened(source), read, parse, pcsv.ConvertOptions(column_types=codes, **kept))
    except pa.ArrowInvalid:  # a cell that is no number: read everything as text, and say which
        every = dict.fromkeys(names, pa.string())
        return pcsv.read_csv(_opened(source), read, parse, pcsv.ConvertOptions(column_types=every, **kept))


def _how(source: Path | bytes, profile: ReadingsProfile) -> tuple[pcsv.ReadOptions, pcsv.ParseOptions]:
    head = _head(source)
    encoding = encoding_of(head)
    read = pcsv.ReadOptions(block_size=_BLOCK_BYTES, encoding=encoding, skip_rows=profile.header - 1)
    return read, pcsv.ParseOptions(delimiter=_delimiter(head, encoding, profile))


def _names(source: Path | bytes, read: pcsv.ReadOptions, parse: pcsv.ParseOptions) -> list[str]:
    """The headings as the reader of the whole file finds them: it goes over empty lines, and on in a quoted one."""
    first = pcsv.ReadOptions(block_size=_HEAD_BYTES, encoding=read.encoding, skip_rows=read.skip_rows)
    with pcsv.open_csv(_opened(source), first, parse) as opened:
        return list(opened.schema.names)


def _opened(source: Path | bytes) -> Any:
    return str(source) if isinstance(source, Path) else io.BytesIO(source)


def _head(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source[:_HEAD_BYTES]
    with pa.input_stream(str(source)) as file:  # r.csv.gz unpacked, as the reader of the whole file does
        return bytes(file.read(_HEAD_BYTES))


def encoding_of(head: bytes) -> str:
    """How a text is coded, by its beginning. Raises ReadingsFileError.

    >>> encoding_of("表号".encode("gbk")), encoding_of("表号".encode())
    ('gb18030', 'utf-8')
    """
    if head.startswith(_BOMS):
        return "utf-16"
    for name in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(name)().decode(head)
        except UnicodeDecodeError:
            continue
        return name
    raise ReadingsFileError("UTF-8, GB 18030, UTF-16?")


def _delimiter(head: bytes, encoding: str, profile: ReadingsProfile) -> str:
    """What stands between the headings: of commas, semicolons and tabs what is there most often."""
    text = codecs.getincrementaldecoder(encoding)().decode(head).lstrip("\ufeff")
    lines = [line for line in _LINE_END.split(text)[profile.header - 1 :] if line]
    if not lines:
        raise ReadingsFileError("empty" if not text.strip() else f"header = {profile.header}")
    return max(_DELIMITERS, key=lambda one: (len(next(csv.reader(lines, delimiter=one))), one == ","))


def _workbook(source: Path | bytes, name: str, profile: ReadingsProfile) -> pa.Table:
    """The one sheet that is filled, every cell as text."""
    content = read_path(source) if isinstance(source, Path) else read_bytes(source, name)
    if content.findings:
        raise ReadingsFileError("; ".join(f"{one.message_zh} {one.message_en}" for one in content.findings))
    sheets = [sheet for sheet in content.sheets if sheet.visible and not sheet.is_blank()]
    if len(sheets) != 1:
        raise ReadingsFileError(f"{len(sheets)} sheets: {', '.join(str(one.name) for one in sheets)}")
    (sheet,) = sheets
    rows = _below(sheet, profile.header)
    if not rows:
        raise ReadingsFileError(f"header = {profile.header}")
    heads = [text_of(cell) for cell in rows[0]]
    width = max((place + 1 for place, text in enumerate(heads) if text), default=0)
    cells = [[text_of(cell) for cell in row[:width]] + [""] * (width - len(row)) for row in rows[1:]]
    while cells and not any(cells[-1]):
        cells.pop()
    columns = [pa.array([row[place] for row in cells], pa.string()) for place in range(width)]
    return pa.Table.from_arrays(columns, names=heads[:width])


def _below(sheet: Sheet, header: int) -> list[Any]:
    """Rows from that of the headings on, by the numbers that a spreadsheet shows."""
    rows = [row for place, row in enumerate(sheet.rows) if sheet.row_number(place) >= header]
    while header == 1 and rows and not any(is_filled(cell) for cell in rows[0]):
        rows = rows[1:]
    return rows
