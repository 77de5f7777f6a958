"""A file of readings, CSV or Parquet, as columns of whole numbers; what cannot be read is grouped by meter and code."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from jieyue.apps.exchange.match import key
from jieyue.apps.metering.lake import CHANNELS
from jieyue.apps.metering.readings_profile import ReadingsProfile
from jieyue.catalog.findings import Finding, make
from jieyue.domain.readings import Bools, Ints
from jieyue.store import arrays

#: Column → the other words for it.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "meter": ("计量点", "表号", "计量点代码", "meter_id", "meter id", "point"),
    "ts": ("时间", "时刻", "采集时间", "抄表时间", "timestamp", "time", "datetime"),
    "value": ("读数", "示数", "值", "数值", "reading"),
    "channel": ("通道",),
    "kind": ("读数类型", "类型"),
    "revision": ("版本", "更正号"),
}
CHUNK_ROWS: Final = 8_000_000
LATE_SECONDS: Final = 600
LARGEST_REVISION: Final = 2**31 - 1
_MOST: Final = 9 * 10**17
#: Seconds after which there is no instant (queries.FOREVER).
_NO_TIME: Final = 2**40


class ReadingsFileError(ValueError):
    """The file as a whole cannot be read."""


@dataclass
class Chunk:
    """N readings of a file. meter: index into `names`. good: those without a finding so far. row: of each in the file
    (of a wide one several stand in a row)."""

    names: list[str]
    meter: Ints
    ts: Ints
    value: Ints
    channel: Ints
    revision: Ints
    kinds: list[str] | None
    good: Bools
    row: Ints
    findings: "Findings"

    def __len__(self) -> int:
        return len(self.ts)


@dataclass
class Findings:
    """Findings grouped by code and what they speak of: how many rows, the first one."""

    groups: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    def add(self, code: str, rows: Ints, *, value: str = "", key_: str = "", **data: object) -> None:
        """So many rows of a file (their numbers)."""
        if not len(rows):
            return
        known = self.groups.setdefault((code, key_ or value), [0, int(rows[0]), value, data])
        known[0] += len(rows)
        known[1] = min(known[1], int(rows.min()))

    def copy(self) -> "Findings":
        """As they are now, whatever is added later."""
        return Findings({said: list(known) for said, known in self.groups.items()})

    def made(self) -> list[Finding]:
        """As they leave."""
        return [
            make(code, row=first, value=value, count=count, first=first, **data)
            for (code, _key), (count, first, value, data) in self.groups.items()
        ]


def chunks(source: Path | bytes, name: str, profile: ReadingsProfile) -> Iterator[Chunk]:
    """The file in parts of at most 8 million readings. profile: how it is laid out; its words go over our own.

    Raises ReadingsFileError.
    """
    findings, row = Findings(), 2
    for table in _tables(source, name, profile):
        renamed = _renamed(table, profile)
        wide = profile.layout == "wide"
        size = max(CHUNK_ROWS // renamed.num_columns, 1) if wide else CHUNK_ROWS
        for start in range(0, renamed.num_rows, size):
            part = renamed.slice(start, size)
            number = np.arange(row, row + part.num_rows)
            row += part.num_rows
            try:
                if wide:
                    part, number = _unfolded(part, number)
                chunk = _chunk(part, number, findings, profile)
            except pa.ArrowException as error:  # a column of a kind that no reading is told in
                raise ReadingsFileError(str(error).splitlines()[0]) from None
            yield chunk


def _unfolded(table: pa.Table, number: Ints) -> tuple[pa.Table, Ints]:
    """One row a cell that is filled, of a table with a column for each meter; the row of each in the file."""
    meters = [name for name in table.column_names if name != "ts"]
    text = any(pa.types.is_string(table[name].type) for name in meters)
    values, times, rows, counts = [], [], [], []
    for name in meters:
        column = arrays.one(table[name].cast(pa.string() if text else pa.float64()))
        filled = pc.not_equal(pc.utf8_trim_whitespace(column), "") if text else pc.is_valid(column)
        places = np.flatnonzero(pc.fill_null(filled, False).to_numpy(zero_copy_only=False))
        values.append(column.take(pa.array(places)))
        times.append(arrays.one(table["ts"]).take(pa.array(places)))
        rows.append(number[places])
        counts.append(len(places))
    index = pa.array(np.repeat(np.arange(len(meters), dtype=np.int32), counts))
    codes = pa.DictionaryArray.from_arrays(index, pa.array(meters, pa.string()))
    unfolded = pa.table({"meter": codes, "ts": pa.chunked_array(times), "value": pa.chunked_array(values)})
    return unfolded, np.concatenate(rows)


def _tables(source: Path | bytes, name: str, profile: ReadingsProfile) -> Iterator[pa.Table]:
    try:
        if name.lower().endswith((".parquet", ".pq")):
            opened = source if isinstance(source, Path) else pa.BufferReader(source)
            file = pq.ParquetFile(opened)
            every, words = file.schema_arrow.names, profile.columns
            texts = [
                one.name for one in file.schema_arrow if _is_text(one) and _word(one.name, words) == "meter"
            ]
            file = pq.ParquetFile(opened, read_dictionary=texts)
            known = [column for column in every if _word(column, words) in COLUMNS]
            wanted = known if known and profile.layout == "long" else None
            batches: list[pa.RecordBatch] = []
            count = 0
            for batch in file.iter_batches(batch_size=1_000_000, columns=wanted):
                batches.append(batch)
                count += batch.num_rows
                if count >= CHUNK_ROWS:
                    yield pa.Table.from_batches(batches)
                    batches, count = [], 0
            if batches:
                yield pa.Table.from_batches(batches)
            return
        yield _csv(source)
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
        raise ReadingsFileError(str(error).splitlines()[0]) from None


def _is_text(field: pa.Field) -> bool:
    return pa.types.is_string(field.type) or pa.types.is_large_string(field.type)


def _csv(source: Path | bytes) -> pa.Table:
    opened: Any = str(source) if isinstance(source, Path) else io.BytesIO(source)
    read = pcsv.ReadOptions(block_size=1 << 24)
    try:
        return pcsv.read_csv(opened, read_options=read)
    except pa.ArrowInvalid:  # a cell that is no number: read everything as text, and say which
        opened = str(source) if isinstance(source, Path) else io.BytesIO(source)
        names = pcsv.open_csv(opened).schema.names
        opened = str(source) if isinstance(source, Path) else io.BytesIO(source)
        return pcsv.read_csv(
            opened, convert_options=pcsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        )


def _word(heading: str, words: Mapping[str, str]) -> str:
    said = {key(word): column for column, all_words in COLUMNS.items() for word in (column, *all_words)}
    return words.get(heading) or said.get(key(heading.lstrip("\ufeff")), heading)


def _renamed(table: pa.Table, profile: ReadingsProfile) -> pa.Table:
    names = [_word(name, profile.columns) for name in table.column_names]
    wide = profile.layout == "wide"
    if wide:
        names = [word if word == "ts" else name for name, word in zip(table.column_names, names, strict=True)]
        double = sorted({name for name in names if names.count(name) > 1})
        if double or len(names) < 2:
            raise ReadingsFileError(", ".join(double or table.column_names))
    elif profile.meter:
        table = table.append_column("meter", pa.repeat(profile.meter, table.num_rows))
        names = [*(name for name in names), "meter"]
    for wanted in ("ts",) if wide else ("meter", "ts", "value"):
        if names.count(wanted) != 1:
            raise ReadingsFileError(f"{wanted}: {', '.join(table.column_names)}")
    renamed = table.rename_columns(names)
    return renamed if wide else renamed.select([name for name in names if name in COLUMNS])


def _chunk(table: pa.Table, rows: Ints, findings: Findings, profile: ReadingsProfile) -> Chunk:
    good = np.ones(table.num_rows, dtype=bool)
    names, meter = _meters(table["meter"])
    names = [f"{profile.prefix}{name}{profile.suffix}" if name else "" for name in names]
    ts = _instants(table["ts"], rows, good, findings, profile)
    value = _values(table["value"], rows, good, findings)
    zero = np.zeros(table.num_rows, dtype=np.int64)
    channel = _channels(table["channel"], rows, good, findings) if "channel" in table.column_names else zero
    revision = zero
    if "revision" in table.column_names:
        revision = _revisions(table["revision"], rows, good, findings)
    kinds = table["kind"].cast(pa.string()).to_pylist() if "kind" in table.column_names else None
    return Chunk(names, meter, ts, value, channel, revision, kinds, good, rows, findings)


def _meters(column: pa.ChunkedArray) -> tuple[list[str], Ints]:
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    joined = column.combine_chunks()
    joined = joined.unify_dictionaries() if isinstance(joined, pa.ChunkedArray) else joined
    joined = joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined
    names = ["" if name is None else str(name).strip() for name in joined.dictionary.to_pylist()]
    indices = arrays.whole(pc.fill_null(joined.indices.cast(pa.int64()), len(names)))
    return [*names, ""], indices


def _instants(
    column: pa.ChunkedArray, rows: Ints, good: Bools, findings: Findings, profile: ReadingsProfile
) -> Ints:
    kind, zone = column.type, profile.timezone
    if pa.types.is_integer(kind):
        most = pa.scalar(_NO_TIME, pa.uint64() if kind == pa.uint64() else pa.int64())
        whole = _in_time(column, pc.less(column, most))
    elif pa.types.is_floating(kind):
        whole = _in_time(pc.floor(column), pc.less(pc.abs(column), float(_NO_TIME)))
        cut = pc.and_(pc.is_valid(whole), pc.not_equal(pc.floor(column), column))
        findings.add("reading_fraction", rows[arrays.flag(pc.fill_null(cut, False))])
    elif pa.types.is_timestamp(kind) and kind.tz is not None:
        whole = column.cast(pa.timestamp("s", "UTC"), safe=False).cast(pa.int64())
    elif pa.types.is_timestamp(kind):
        whole = _local_instants(column, zone) if zone else pa.nulls(len(column), pa.int64())
    else:
        whole = _texts_to_instants(column, zone)
    found = arrays.whole(whole) + profile.shift_seconds
    wrong = np.flatnonzero(~arrays.known(arrays.one(whole)) | (found < 0) | (found >= _NO_TIME))
    if len(wrong):
        findings.add("reading_time", rows[wrong], value=_shown(column, int(wrong[0])), key_="time")
        good[wrong] = False
        found[wrong] = 0
    return found


def _in_time(column: pa.ChunkedArray, inside: pa.ChunkedArray) -> pa.ChunkedArray:
    """Seconds as whole numbers; what is no number, or beyond all time, is none."""
    return pc.if_else(pc.fill_null(inside, False), column, pa.scalar(None, column.type)).cast(pa.int64())


def _shown(column: pa.ChunkedArray, place: int) -> str:
    """What stands in a cell, as a person would look for it."""
    cell = column[place]
    if pa.types.is_timestamp(column.type):  # of more digits than Python has
        cell = cell.cast(pa.timestamp("s", column.type.tz), safe=False)
    return str(cell.as_py())[:40]


def _local_instants(column: pa.ChunkedArray, zone: str) -> pa.ChunkedArray:
    """Instants of clock times; the hour that a clock shows twice, or never, in a year is none."""
    early, late = (
        pc.assume_timezone(column, zone, ambiguous=side, nonexistent=side).cast(
            pa.timestamp("s", "UTC"), safe=False
        )
        for side in ("earliest", "latest")
    )
    return pc.if_else(pc.equal(early, late), early.cast(pa.int64()), pa.scalar(None, pa.int64()))


def instant_of(text: object, place: ZoneInfo | None = None) -> int | None:
    """UTC seconds of ISO 8601 with an offset, or of seconds; without an offset an instant only where a place is given,
    and there not in the hour that its clocks show twice, or never.

    >>> instant_of("2025-01-01T08:00:00+08:00"), instant_of("1735689600"), instant_of("2025-01-01T08:00:00")
    (1735689600, 1735689600, None)
    """
    said = str(text).strip()
    if said.removeprefix("-").isdecimal() and len(said) <= 12:
        return int(said)
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    if found.tzinfo is None and place is not None:
        found = found.replace(tzinfo=place)
        if found.utcoffset() != found.replace(fold=1).utcoffset():
            return None
    return None if found.tzinfo is None else int(found.timestamp() // 1)


def _texts_to_instants(column: pa.ChunkedArray, zone: str) -> pa.Array:
    """Texts as instants; a zone says whose clock those without an offset mean."""
    place = ZoneInfo(zone) if zone else None
    unique = pc.unique(column)
    known = {text: None if text is None else instant_of(text, place) for text in unique.to_pylist()}
    return pa.array([known[text] for text in column.to_pylist()], pa.int64())


def _values(column: pa.ChunkedArray, rows: Ints, good: Bools, findings: Findings) -> Ints:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _texts_to_numbers(column)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    array = arrays.one(column.cast(pa.float64(), safe=False))
    buffer = _floats(array)
    there = arrays.known(array) & np.isfinite(buffer)
    scaled = np.clip(np.where(there, buffer, 0.0), -_MOST, _MOST) * 10_000
    wrong = np.flatnonzero(~there)
    if len(wrong):
        findings.add("reading_value", rows[wrong], value=_shown(column, int(wrong[0])), key_="value")
        good[wrong] = False
    whole = np.rint(scaled)
    findings.add("reading_rounded", rows[np.abs(scaled - whole) > 0.01 + np.abs(scaled) * 1e-12])
    large = np.flatnonzero(np.abs(whole) > _MOST)
    if len(large):
        findings.add("reading_large", rows[large])
        good[large] = False
        whole[large] = 0
    return whole.astype(np.int64)


def _floats(array: pa.Array) -> NDArray[np.float64]:
    """As they are in memory; what stands where there is none means nothing."""
    if array.buffers()[1] is None:  # there is none at all
        return np.zeros(len(array))
    return np.frombuffer(array.buffers()[1], dtype=np.float64)[array.offset : array.offset + len(array)]


def _texts_to_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    def number(text: str | None) -> float | None:
        try:
            found = float((text or "").strip().replace(",", ""))
        except ValueError:
            return None
        return found

    return pa.chunked_array([pa.array([number(text) for text in column.to_pylist()], pa.float64())])


def _revisions(column: pa.ChunkedArray, rows: Ints, good: Bools, findings: Findings) -> Ints:
    """Whole numbers from 0; an empty cell is 0."""
    kind = column.type
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    texts = column if is_number else column.cast(pa.string())
    blank = pc.is_null(column) if is_number else pc.equal(pc.utf8_trim_whitespace(texts), "")
    said = arrays.one(column.cast(pa.float64(), safe=False) if is_number else _texts_to_numbers(texts))
    numbers = np.where(arrays.known(said), _floats(said), -1)
    numbers[arrays.flag(pc.fill_null(blank, True))] = 0
    wrong = np.flatnonzero(~((numbers >= 0) & (numbers <= LARGEST_REVISION) & (numbers == np.floor(numbers))))
    if len(wrong):
        findings.add("reading_revision", rows[wrong], value=_shown(column, int(wrong[0])), key_="revision")
        good[wrong] = False
        numbers[wrong] = 0
    return numbers.astype(np.int64)


def _channels(column: pa.ChunkedArray, rows: Ints, good: Bools, findings: Findings) -> Ints:
    said = column.cast(pa.string()).to_pylist()
    found = np.array([CHANNELS.get((text or "total").strip().lower(), -1) for text in said], dtype=np.int64)
    for name in {said[n] for n in np.flatnonzero(found < 0).tolist()}:
        wrong = np.array([n for n in np.flatnonzero(found < 0).tolist() if said[n] == name])
        findings.add("reading_channel", rows[wrong], value=str(name), known=", ".join(CHANNELS))
    good[found < 0] = False
    return np.maximum(found, 0)
