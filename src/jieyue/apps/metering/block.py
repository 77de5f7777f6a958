"""One month of some points: raw readings with the days before and after, through every rule, to rows of the lake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pyarrow as pa

from jieyue.apps.metering.derived import columns_of
from jieyue.apps.metering.lake import CHANNELS, READINGS, intervals_schema
from jieyue.apps.metering.models import ReadingBatch, ReadingEdit
from jieyue.apps.metering.months import begin_of, first_day, offset_seconds, shifted
from jieyue.apps.metering.points import Known, edits_of, in_one_unit, known_of, series_and_registers
from jieyue.apps.metering.rules import Judged, spans_of
from jieyue.domain.derive import NOTHING, derive, in_order
from jieyue.domain.quantity import to_fixed
from jieyue.domain.reading_edits import SetUse, still_open, with_set_uses
from jieyue.domain.reading_order import heads_of, rises
from jieyue.domain.readings import (
    DAY,
    HOUR,
    LARGEST,
    Bools,
    Calendar,
    Derived,
    Intervals,
    Ints,
    Quality,
    Readings,
    WorkItem,
)
from jieyue.store import DeltaLake, arrays

_COLUMNS = ("point", "channel", "ts", "revision", "ingest_seq", "value")
#: Batches that are asked for at a time.
_FEW = 5_000
#: More than any revision (reading_revision): the source goes before it.
_REVISIONS = 2**31
_TS_BITS = 40
_TOTAL = CHANNELS["total"]


@dataclass(frozen=True)
class Raw:
    """Raw readings of some points in and around a month, series numbered by `pairs` (point, channel); of each the batch
    that it came by and its revision."""

    month: int
    readings: Readings
    pairs: list[tuple[int, int]]
    batch: Ints
    revision: Ints


@dataclass(frozen=True)
class Block:
    """Rows for the intervals of the month, and what somebody has to look at in it: (point, item)."""

    rows: pa.Table
    work: list[tuple[int, WorkItem]]


def raw_of(lake: DeltaLake, month: int, points: Ints) -> Raw:
    """The readings that a month's verdicts look at: 28 days before to 2 after, and the nearest ones beyond."""
    months = [str(shifted(month, by)) for by in (-1, 0, 1)]
    low, high = int(points.min()), int(points.max())
    files = [
        file
        for file in lake.snapshot([READINGS]).tables[READINGS].files
        if file.partition["ym"] in months
        and file.minimum.get("point", low) <= high
        and file.maximum.get("point", high) >= low
    ]
    columns = columns_of(lake, READINGS, _COLUMNS, files, ("point", low, high))
    return _numbered(_sorted(_of_points(columns, points)), month)


_Columns = tuple[Ints, ...]
"""point, channel, ts, revision, ingest_seq, value"""


def _of_points(columns: _Columns, points: Ints) -> _Columns:
    """The rows of some points: asked once for each run of a point, before anything is put in order."""
    point = columns[0]
    heads = heads_of(point)
    wanted = np.isin(point[heads], points)
    ends = np.append(heads, len(point))
    places = np.flatnonzero(wanted)
    if len(places) and places[-1] - places[0] + 1 == len(places):  # they stand together
        return tuple(column[ends[places[0]] : ends[places[-1] + 1]] for column in columns)
    keep = np.repeat(wanted, np.diff(ends))
    return tuple(_taken(column, keep) for column in columns)


def _sorted(columns: _Columns) -> _Columns:
    """By point, channel and instant."""
    pair, ts = columns[0] * 8 + columns[1], columns[2]
    if rises(pair, ts):  # as a file has them
        return columns
    order = _order(pair, ts)
    return tuple(_taken(column, order) for column in columns)


def _order(pair: Ints, ts: Ints) -> Ints:
    """By point and channel, then instant, equal ones as they stand. One number for both is quicker where files that are
    in order each are put together."""
    if (
        len(ts)
        and int(pair.max() - pair.min()) < 2 ** (63 - _TS_BITS)
        and 0 <= int(ts.min()) <= int(ts.max()) < 2**_TS_BITS
    ):
        return np.argsort((pair - pair.min()) << _TS_BITS | ts, kind="stable")
    return np.lexsort((ts, pair))


def _taken(column: Ints, which: Ints | Bools) -> Ints:
    """Some rows of a column; one that says the same in every row goes on doing so."""
    if len(column) > 1 and not column.strides[0]:
        count = int(which.sum()) if which.dtype == bool else len(which)
        return np.broadcast_to(column[0], count)
    return column[which]


def _numbered(columns: _Columns, month: int) -> Raw:
    """The rows that the month looks at, series numbered from 0."""
    point, channel, ts, revision, batch, value = columns
    heads = heads_of(point, channel)
    pairs = list(zip(point[heads].tolist(), channel[heads].tolist(), strict=True))
    series = np.repeat(np.arange(len(heads)), np.diff(np.append(heads, len(point))))
    window = _window(month, series, ts)
    if window is not None:
        series, ts, value, revision, batch = (
            _taken(one, window) for one in (series, ts, value, revision, batch)
        )
    return Raw(month, Readings(series, ts, value), pairs, batch, revision)


def _window(month: int, series: Ints, ts: Ints) -> Bools | None:
    """From 28 days before the month to 2 after it, and of each series all of the nearest instant beyond on either side;
    None: everything."""
    rules = [span.judged.rules for span in spans_of(month)]
    first = begin_of(month) - max(one.before for one in rules) * DAY
    last = begin_of(shifted(month, 1)) + max(one.after for one in rules) * DAY
    if not len(ts) or (int(ts.min()) >= first and int(ts.max()) < last):
        return None
    inside = (ts >= first) & (ts < last)
    heads = heads_of(series)
    ends = np.append(heads[1:], len(ts))
    before = heads + np.add.reduceat(
        ts < first, heads, dtype=np.int64
    )  # of each series its first row from there on
    beyond = heads + np.add.reduceat(ts < last, heads, dtype=np.int64)
    kept: Bools = inside.copy()
    same = (before > heads) & (before < ends)
    _keep_instants(kept, series, ts, before[same] - 1)
    same = (beyond > heads) & (beyond < ends)
    _keep_instants(kept, series, ts, beyond[same])
    return kept


def _keep_instants(kept: Bools, series: Ints, ts: Ints, places: Ints) -> None:
    """Keep every reading of the instants of some: which of them counts is not said by their order."""
    instants = np.append(heads_of(series, ts), len(ts))
    which = np.searchsorted(instants, places, side="right") - 1
    for begin, end in zip(instants[which].tolist(), instants[which + 1].tolist(), strict=True):
        kept[begin:end] = True


def _ranks(batch: Ints, revision: Ints, by_origin: Mapping[str, int]) -> Ints | None:
    """Source rank, then revision; None where all are equal."""
    if not batch.strides[0] and not revision.strides[0]:  # one number in every row
        return None
    batches = np.unique(batch[heads_of(batch)])
    origins: dict[int, str] = {}
    for at in range(0, len(batches), _FEW):
        few = ReadingBatch.objects.filter(pk__in=batches[at : at + _FEW].tolist())
        origins |= dict(few.values_list("pk", "source"))
    by_batch = np.array([by_origin.get(origins.get(int(one), ""), 0) for one in batches], dtype=np.int64)
    if not revision.any() and len(set(by_batch.tolist())) <= 1:
        return None
    return by_batch[np.searchsorted(batches, batch)] * _REVISIONS + revision


def derived_of(raw: Raw) -> Derived:
    """Verdicts and steps of a month's raw readings, by what is on record of their points; each day by its own rules."""
    last_day = first_day(shifted(raw.month, 1)) - timedelta(days=1)
    known = known_of({point for point, _ in raw.pairs}, last_day)
    spans = spans_of(raw.month)
    first, *others = [(span, _derived(raw, known, span.judged)) for span in spans]
    if not others:
        return first[1]
    ts, verdict, work = raw.readings.ts, first[1].verdict.copy(), list(first[1].work)
    parts = [_within(first[1].intervals, -LARGEST, first[0].end)]
    for span, found in others:
        end = span.end if span is not spans[-1] else LARGEST
        mine = (ts >= span.begin) & (ts < end)
        verdict[mine] = found.verdict[mine]
        parts.append(_within(found.intervals, span.begin, end))
        after = [item for item in found.work if item.end > span.begin]
        work = [item for item in work if item.start < span.begin and not _told(item, after)] + after
    return Derived(verdict, in_order(parts), work)


def _derived(raw: Raw, known: Mapping[int, Known], judged: Judged) -> Derived:
    series, registers = series_and_registers(raw.pairs, known, judged)
    ranked = replace(raw.readings, rank=_ranks(raw.batch, raw.revision, judged.ranks))
    return derive(
        in_one_unit(ranked, raw.pairs, known), series, registers, rules=judged.rules,
        calendar=Calendar(offset=offset_seconds(), borders=_borders(raw.month)), excluded=_excluded(raw, known),
    )  # fmt: skip


def _told(item: WorkItem, later: Sequence[WorkItem]) -> bool:
    """Whether the rules of the days after it tell of the same: what goes across the day is told once, by them."""
    return any(
        (one.series, one.kind) == (item.series, item.kind) and one.start < item.end and item.start < one.end
        for one in later
    )


def _borders(month: int) -> tuple[int, ...]:
    """Where the month ends, and where other rules begin in it: a gap is parted there, so that the sums of both sides
    add up to what it used, whatever either side spreads it by."""
    spans = spans_of(month)
    return (*(span.begin for span in spans), spans[-1].end)


def _within(steps: Intervals, begin: int, end: int) -> Intervals:
    mine = (steps.start >= begin) & (steps.start < end)
    return Intervals(
        steps.series[mine], steps.start[mine], steps.use[mine], steps.quality[mine], steps.method[mine]
    )


def _excluded(raw: Raw, known: Mapping[int, Known]) -> Ints | None:
    """Places of the readings that somebody has set aside, of every channel of the point."""
    found = []
    for series, (point, _channel) in enumerate(raw.pairs):
        for edit in known[point].edits:
            if edit.kind == ReadingEdit.Kind.EXCLUDE:
                at = raw.readings.ts
                mine = (raw.readings.series == series) & (at >= edit.begins) & (at <= edit.ends)
                found.append(np.flatnonzero(mine))
    return np.unique(np.concatenate(found)) if found else None


def _set_uses(pairs: Sequence[tuple[int, int]], points: Ints) -> tuple[list[tuple[int, int]], list[SetUse]]:
    """What people have set of the points' use; the pairs, with those that nothing was read of at the end."""
    every, uses = list(pairs), []
    for point, edits in edits_of(points.tolist()).items():
        for edit in edits:
            if edit.kind != ReadingEdit.Kind.USE or edit.use is None:
                continue
            if (point, _TOTAL) not in every:
                every.append((point, _TOTAL))
            uses.append(SetUse(every.index((point, _TOTAL)), edit.begins, edit.ends, to_fixed(edit.use)[0]))
    return every, uses


def derive_block(lake: DeltaLake, month: int, points: Ints) -> Block:
    """The month's intervals of some points."""
    raw = raw_of(lake, month, points)
    pairs, uses = _set_uses(raw.pairs, points)
    if not pairs:
        return Block(intervals_schema().empty_table(), [])
    found = derived_of(raw) if raw.pairs else Derived(np.zeros(0, dtype=np.uint8), NOTHING)
    first, last = begin_of(month), begin_of(shifted(month, 1))
    steps = with_set_uses(found.intervals, uses, HOUR)
    mine = (steps.start >= first) & (steps.start < last)
    point = np.array([point for point, _ in pairs], dtype=np.int64)[steps.series[mine]]
    channel = np.array([channel for _, channel in pairs], dtype=np.int32)[steps.series[mine]]
    quality = steps.quality[mine]
    made = [
        pa.repeat(pa.scalar(month, pa.int32()), len(point)),
        pa.array(point),
        pa.array(channel),
        pa.array(steps.start[mine]),
        arrays.decimals(steps.use[mine], quality != Quality.MISSING),
        pa.array(quality.astype(np.int32)),
        pa.array(steps.method[mine].astype(np.int32)),
    ]
    open_items = still_open(found.work, uses)
    work = [(pairs[item.series][0], item) for item in open_items if item.start < last and item.end > first]
    return Block(pa.Table.from_arrays(made, schema=intervals_schema()), work)
