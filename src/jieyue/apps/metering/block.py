"""One month of some points: raw readings with the days before and after, through every rule, to rows of the lake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from jieyue.apps.metering.lake import CHANNELS, intervals_schema
from jieyue.apps.metering.look import Days, Look, Raw, raw_of
from jieyue.apps.metering.models import ReadingEdit
from jieyue.apps.metering.months import begin_of, offset_seconds, shifted
from jieyue.apps.metering.points import in_one_unit, series_and_registers
from jieyue.apps.metering.raw import excluded_of, ranks_of
from jieyue.apps.metering.rules import Judged, spans_of
from jieyue.domain.derive import NOTHING, derive, in_order
from jieyue.domain.quantity import to_fixed
from jieyue.domain.reading_edits import SetUse, still_open, with_set_uses
from jieyue.domain.readings import (
    HOUR,
    LARGEST,
    Calendar,
    Derived,
    Intervals,
    Ints,
    Quality,
    WorkItem,
)
from jieyue.store import DeltaLake, arrays

_TOTAL = CHANNELS["total"]


@dataclass(frozen=True)
class Block:
    """Rows for the intervals of the month, what somebody has to look at in it: (point, item), and what was looked at
    beyond its days."""

    rows: pa.Table
    work: list[tuple[int, WorkItem]]
    looks: Mapping[int, Look]


def derived_of(raw: Raw) -> Derived:
    """Verdicts and steps of a month's raw readings, by what is on record of their points; each day by its own rules."""
    spans = spans_of(raw.month)
    first, *others = [(span, _derived(raw, span.judged)) for span in spans]
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


def _derived(raw: Raw, judged: Judged) -> Derived:
    series, registers = series_and_registers(raw.pairs, raw.known, judged)
    ranked = replace(raw.readings, rank=ranks_of(raw.batch, raw.revision, judged.ranks))
    days = Days(raw.month)
    return derive(
        in_one_unit(ranked, raw.pairs, raw.known), series, registers, rules=judged.rules,
        calendar=Calendar(offset=offset_seconds(), borders=_borders(raw.month)),
        excluded=excluded_of(raw.readings, raw.pairs, raw.known), within=(days.first, days.last),
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


def _set_uses(raw: Raw) -> tuple[list[tuple[int, int]], list[SetUse]]:
    """What people have set of the points' use; the pairs, with those that nothing was read of at the end."""
    every, uses = list(raw.pairs), []
    for point, known in sorted(raw.known.items()):
        for edit in known.edits:
            if edit.kind != ReadingEdit.Kind.USE or edit.use is None:
                continue
            if (point, _TOTAL) not in every:
                every.append((point, _TOTAL))
            uses.append(SetUse(every.index((point, _TOTAL)), edit.begins, edit.ends, to_fixed(edit.use)[0]))
    return every, uses


def derive_block(lake: DeltaLake, month: int, points: Ints) -> Block:
    """The month's intervals of some points."""
    raw = raw_of(lake, month, points)
    pairs, uses = _set_uses(raw)
    if not pairs:
        return Block(intervals_schema().empty_table(), [], raw.looks)
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
    return Block(pa.Table.from_arrays(made, schema=intervals_schema()), work, raw.looks)
