"""A file of readings as tables: CSV in UTF-8, UTF-16 or GB 18030, between commas, semicolons or tabs; a workbook;
Parquet. Codes of meters are texts: 000123 is not 123. Words such as NULL stay what they are."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from jieyue.apps.exchange.reader import Sheet, is_filled, read_bytes, read_path, text_of
from jieyue.apps.metering.readings_profile import ReadingsProfile
from jieyue.domain.readings import Ints

_HEAD_BYTES: Final = 1 << 20
_BLOCK_BYTES: Final = 1 << 24
_WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".ods")
_DELIMITERS: Final = ",;\t"
#: What a line without a letter is read as; the first may hold a byte order mark.
_EMPTY: Final[tuple[list[str], ...]] = ([], ["\ufeff"])
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class ReadingsFileError(ValueError):
    """The file as a whole cannot be read."""


def tables_of(
    source: Path | bytes, name: str, profile: ReadingsProfile, words: Mapping[str, str], rows: int
) -> Iterator[tuple[pa.Table, Ints]]:
    """The file in tables of some `rows` rows, and the number of each row as a spreadsheet shows it. words: heading →
    what it means, as `meaning` says; of a long Parquet file only columns that mean something are read. Raises
    ReadingsFileError."""
    try:
        if name.lower().endswith((".parquet", ".pq")):
            first = 2
            for table in _parquet(source, profile, words, rows):
                yield table, np.arange(first, first + table.num_rows)
                first += table.num_rows
        elif name.lower().endswith(_WORKBOOKS):
            yield _workbook(source, name, profile)
        else:
            table = _csv(source, profile, words)
            yield table, _row_numbers(source, profile, table.num_rows)
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


def _row_numbers(source: Path | bytes, profile: ReadingsProfile, rows: int) -> Ints:
    """The number of each row below the headings: the reader goes over empty lines, and a spreadsheet shows them.

    A file with as many lines as rows has no empty one, and is not looked through cell by cell a second time.
    """
    plain = np.arange(profile.header + 1, profile.header + 1 + rows)
    if _lines(source) == profile.header + rows:
        return plain
    read, parse = _how(source, profile)
    with _stream(source) as raw, io.TextIOWrapper(raw, read.encoding, newline="") as text:
        for _line in range(profile.header - 1):
            text.readline()
        records = csv.reader(text, delimiter=parse.delimiter)
        filled = [number for number, cells in enumerate(records, profile.header) if cells not in _EMPTY]
    return np.array(filled[1:], np.int64) if len(filled) == rows + 1 else plain


def _lines(source: Path | bytes) -> int:
    """How many lines a file has, whether or not the last one is ended."""
    count, last = 0, b"\n"
    with _stream(source) as raw:
        while block := raw.read(_BLOCK_BYTES):
            count += int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord("\n")))
            last = block[-1:]
    return count + (last != b"\n")


def _names(source: Path | bytes, read: pcsv.ReadOptions, parse: pcsv.ParseOptions) -> list[str]:
    """The headings as the reader of the whole file finds them: it goes over empty lines, and on in a quoted one."""
    first = pcsv.ReadOptions(block_size=_HEAD_BYTES, encoding=read.encoding, skip_rows=read.skip_rows)
    with pcsv.open_csv(_opened(source), first, parse) as opened:
        return list(opened.schema.names)


def _opened(source: Path | bytes) -> Any:
    return str(source) if isinstance(source, Path) else io.BytesIO(source)


def _head(source: Path | bytes) -> bytes:
    with _stream(source) as file:
        return bytes(file.read(_HEAD_BYTES))


def _stream(source: Path | bytes) -> pa.NativeFile:
    """The bytes of a file: r.csv.gz unpacked, as the reader of the whole file does."""
    return pa.input_stream(str(source) if isinstance(source, Path) else pa.py_buffer(source))


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


def _workbook(source: Path | bytes, name: str, profile: ReadingsProfile) -> tuple[pa.Table, Ints]:
    """The one sheet that is filled, every cell as text, and the number of each row."""
    content = read_path(source) if isinstance(source, Path) else read_bytes(source, name)
    if content.findings:
        raise ReadingsFileError("; ".join(f"{one.message_zh} {one.message_en}" for one in content.findings))
    sheets = [sheet for sheet in content.sheets if sheet.visible and not sheet.is_blank()]
    if len(sheets) != 1:
        raise ReadingsFileError(f"{len(sheets)} sheets: {', '.join(str(one.name) for one in sheets)}")
    (sheet,) = sheets
    top = _top(sheet, profile.header)
    rows = sheet.rows[top:]
    if not rows:
        raise ReadingsFileError(f"header = {profile.header}")
    heads = [text_of(cell) for cell in rows[0]]
    width = max((place + 1 for place, text in enumerate(heads) if text), default=0)
    cells = [[text_of(cell) for cell in row[:width]] + [""] * (width - len(row)) for row in rows[1:]]
    while cells and not any(cells[-1]):
        cells.pop()
    columns = [pa.array([row[place] for row in cells], pa.string()) for place in range(width)]
    first = sheet.row_number(top) + 1
    return pa.Table.from_arrays(columns, names=heads[:width]), np.arange(first, first + len(cells))


def _top(sheet: Sheet, header: int) -> int:
    """The index of the row of the headings, said by the number that a spreadsheet shows."""
    top = max(header - sheet.first_row, 0)
    while header == 1 and top < len(sheet.rows) and not any(is_filled(cell) for cell in sheet.rows[top]):
        top += 1
    return top
