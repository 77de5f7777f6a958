"""A file of readings, CSV or Parquet, as columns of whole numbers; what cannot be read is grouped by meter and code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jieyue.apps.exchange.match import key
from jieyue.apps.metering.lake import CHANNELS
from jieyue.apps.metering.reading_times import LEAST_SECONDS, clock_of, instant_of
from jieyue.apps.metering.readings_profile import ReadingsProfile
from jieyue.apps.metering.readings_source import ReadingsFileError, headings_of, tables_of
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
_DATES: Final = ("日期", "数据日期", "抄表日期", "date")
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
#: Seconds after which there is no instant (queries.FOREVER).
_NO_TIME: Final = 2**40


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
    findings = Findings()
    for table, rows in _tables(source, name, profile):
        renamed = _renamed(table, profile)
        several = profile.layout != "long"
        size = max(CHUNK_ROWS // renamed.num_columns, 1) if several else CHUNK_ROWS
        for start in range(0, renamed.num_rows, size):
            part = renamed.slice(start, size)
            number = rows[start : start + size]
            try:
                if several:
                    unfold = _days_unfolded if profile.layout == "day" else _unfolded
                    part, number = unfold(part, number)
                part, number = _without_none(part, number, findings, profile)
                chunk = _chunk(part, number, findings, profile)
            except pa.ArrowException as error:  # a column of a kind that no reading is told in
                raise ReadingsFileError(str(error).splitlines()[0]) from None
            yield chunk


def _unfolded(table: pa.Table, number: Ints) -> tuple[pa.Table, Ints]:
    """One row a cell that is filled, of a table with a column for each meter; the row of each in the file."""
    meters = [name for name in table.column_names if name != "ts"]
    text = any(_is_text(table[name].type) for name in meters)
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


def _days_unfolded(table: pa.Table, number: Ints) -> tuple[pa.Table, Ints]:
    """The same of a table with a row for each meter and day, and a column for each time of the day."""
    clocks = [name for name in table.column_names if clock_of(name)]
    text = any(_is_text(table[name].type) for name in clocks)
    date = arrays.one(pc.utf8_trim_whitespace(table["ts"].cast(pa.string())))
    date = pc.replace_substring_regex(date, r"[ T]0?0:00(:00)?(\.0+)?$", "")
    joins = pc.invert(
        pc.match_substring_regex(date, r"^\d{8}$")
    )  # 20250101 is no day, nor one with a time behind it
    parts, rows = [], []
    for name in clocks:
        column = arrays.one(table[name].cast(pa.string() if text else pa.float64()))
        filled = pc.not_equal(pc.utf8_trim_whitespace(column), "") if text else pc.is_valid(column)
        places = np.flatnonzero(pc.fill_null(filled, False).to_numpy(zero_copy_only=False))
        mine = table.take(pa.array(places))
        times = pc.if_else(joins, pc.binary_join_element_wise(date, str(clock_of(name)), " "), date)
        columns = {one: mine[one] for one in table.column_names if one not in clocks and one != "ts"}
        parts.append(
            pa.table({**columns, "ts": times.take(pa.array(places)), "value": column.take(pa.array(places))})
        )
        rows.append(number[places])
    return pa.concat_tables(parts), np.concatenate(rows)


def _is_text(kind: pa.DataType) -> bool:
    """Polars writes texts as large ones."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _without_none(
    table: pa.Table, number: Ints, findings: Findings, profile: ReadingsProfile
) -> tuple[pa.Table, Ints]:
    """Without the cells in which the profile says that a word stands for no reading; how many is told."""
    column = table["value"]
    if not profile.no_reading or not _is_text(column.type):
        return table, number
    trimmed = pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))
    none = arrays.flag(pc.is_in(trimmed, value_set=pa.array(profile.no_reading, pa.string())))
    for word in profile.no_reading:
        mine = arrays.flag(pc.equal(trimmed, word))
        findings.add("reading_none", number[mine], value=word, key_=f"none {word}")
    stay = ~none
    return table.filter(pa.array(stay)), number[stay]


def _tables(source: Path | bytes, name: str, profile: ReadingsProfile) -> Iterator[tuple[pa.Table, Ints]]:
    words = {
        heading: word
        for heading in headings_of(source, name, profile)
        if (word := _word(heading, profile)) in COLUMNS
    }
    yield from tables_of(source, name, profile, words, CHUNK_ROWS)


def _word(heading: str, profile: ReadingsProfile) -> str:
    said = {key(word): column for column, all_words in COLUMNS.items() for word in (column, *all_words)}
    if profile.layout == "day":
        said |= {key(word): "ts" for word in _DATES}
    plain = heading.lstrip("\ufeff")
    return profile.columns.get(plain) or profile.columns.get(heading) or said.get(key(plain), heading)


def _renamed(table: pa.Table, profile: ReadingsProfile) -> pa.Table:
    names = [_word(name, profile) for name in table.column_names]
    wide = profile.layout == "wide"
    if wide:
        names = [word if word == "ts" else name for name, word in zip(table.column_names, names, strict=True)]
        double = sorted({name for name in names if names.count(name) > 1})
        if double or len(names) < 2:
            raise ReadingsFileError(", ".join(double or table.column_names))
    elif profile.meter:
        table = table.append_column("meter", pa.repeat(profile.meter, table.num_rows))
        names = [*(name for name in names), "meter"]
    for wanted in {"wide": ("ts",), "day": ("meter", "ts")}.get(profile.layout, ("meter", "ts", "value")):
        if names.count(wanted) != 1:
            raise ReadingsFileError(f"{wanted}: {', '.join(table.column_names)}")
    renamed = table.rename_columns(names)
    if profile.layout == "day":
        clocks = [name for name in names if clock_of(name)]
        if len({clock_of(name) for name in clocks}) < max(len(clocks), 1):
            raise ReadingsFileError(f"00:00 … 24:00: {', '.join(table.column_names)}")
        return renamed.select(
            [name for name in names if (name in COLUMNS and name != "value") or name in clocks]
        )
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
        least = pc.greater_equal(column.cast(pa.float64(), safe=False), float(LEAST_SECONDS))
        whole = _in_time(column, pc.and_(pc.less(column, most), least))
    elif pa.types.is_floating(kind):
        inside = pc.and_(pc.less(column, float(_NO_TIME)), pc.greater_equal(column, float(LEAST_SECONDS)))
        whole = _in_time(pc.floor(column), inside)
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
    if not cell.is_valid or cell.as_py() == "":
        return "空 blank"
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


def _texts_to_instants(column: pa.ChunkedArray, zone: str) -> pa.Array:
    """Texts as instants; a zone says whose clock those without an offset mean."""
    place = ZoneInfo(zone) if zone else None
    unique = pc.unique(column)
    known = {text: None if text is None else instant_of(text, place) for text in unique.to_pylist()}
    return pa.array([known[text] for text in column.to_pylist()], pa.int64())


def _values(column: pa.ChunkedArray, rows: Ints, good: Bools, findings: Findings) -> Ints:
    written = column
    if _is_text(column.type):
        column = _texts_to_numbers(column)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    array = arrays.one(column.cast(pa.float64(), safe=False))
    buffer = _floats(array)
    there = arrays.known(array) & np.isfinite(buffer)
    scaled = np.clip(np.where(there, buffer, 0.0), -_MOST, _MOST) * 10_000
    wrong = np.flatnonzero(~there)
    if len(wrong):
        findings.add("reading_value", rows[wrong], value=_shown(written, int(wrong[0])), key_="value")
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
        said = (text or "").strip()
        if (
            "," in said
        ):  # between thousands and nowhere else: 1000,5 is a number in no way that all understand
            said = said.replace(",", "") if _THOUSANDS.fullmatch(said) else ""
        try:
            return None if "_" in said else float(said)
        except ValueError:
            return None

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
