"""One month of some points: raw readings with the days before and after, through every rule, to rows of the lake."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from jieyue.apps.metering.lake import READINGS, intervals_schema
from jieyue.apps.metering.models import ReadingBatch
from jieyue.apps.metering.months import begin_of, offset_seconds, shifted
from jieyue.apps.metering.points import known_of, series_and_registers
from jieyue.domain.derive import derive
from jieyue.domain.readings import DAY, Bools, Calendar, Derived, Ints, Quality, Readings, Rules, WorkItem
from jieyue.store import DeltaLake, arrays

_COLUMNS = ["point", "channel", "ts", "value", "revision", "ingest_seq"]
_REVISIONS = 2**20


@dataclass(frozen=True)
class Raw:
    """Raw readings of some points in and around a month, series numbered by `pairs` (point, channel)."""

    readings: Readings
    pairs: list[tuple[int, int]]


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
    found = lake.read(READINGS, _COLUMNS, files=files, spans={"point": (low, high)})
    point, channel, ts, revision, batch = (
        arrays.whole(found[name]) for name in ("point", "channel", "ts", "revision", "ingest_seq")
    )
    value, _there = arrays.quantities(found["value"], len(ts))
    keep = np.isin(point, points) if len(points) < high - low + 1 else (point >= low) & (point <= high)
    if not keep.all():
        point, channel, ts, revision, batch, value = (
            one[keep] for one in (point, channel, ts, revision, batch, value)
        )
    pair = point * 8 + channel
    every, series = np.unique(pair, return_inverse=True)
    order = np.lexsort((ts, series))
    series, ts, value, revision, batch = (one[order] for one in (series, ts, value, revision, batch))
    window = _window(month, series, ts)
    if not window.all():
        series, ts, value, revision, batch = (one[window] for one in (series, ts, value, revision, batch))
    pairs = [(int(one) // 8, int(one) % 8) for one in every.tolist()]
    return Raw(Readings(series.astype(np.int64), ts, value, _ranks(batch, revision)), pairs)


def _window(month: int, series: Ints, ts: Ints) -> Bools:
    """From 28 days before the month to 2 after it, and of each series the nearest reading beyond on either side."""
    rules = Rules()
    first = begin_of(month) - rules.before * DAY
    last = begin_of(shifted(month, 1)) + rules.after * DAY
    inside = (ts >= first) & (ts < last)
    if inside.all() or not len(ts):
        return inside
    kept: Bools = inside.copy()
    same = series[1:] == series[:-1]
    kept[:-1] |= same & (ts[:-1] < first) & (ts[1:] >= first)
    kept[1:] |= same & (ts[1:] >= last) & (ts[:-1] < last)
    return kept


def _ranks(batch: Ints, revision: Ints) -> Ints | None:
    """Source rank, then revision; None where all are equal."""
    batches = np.unique(batch)
    ranks = dict(ReadingBatch.objects.filter(pk__in=batches.tolist()).values_list("pk", "rank"))
    by_batch = np.array([ranks.get(int(one), 0) for one in batches], dtype=np.int64)
    if not revision.any() and len(set(by_batch.tolist())) <= 1:
        return None
    return by_batch[np.searchsorted(batches, batch)] * _REVISIONS + revision


def derived_of(raw: Raw) -> Derived:
    """Verdicts and steps of some raw readings, by what is on record of their points."""
    series, registers = series_and_registers(raw.pairs, known_of({point for point, _ in raw.pairs}))
    return derive(raw.readings, series, registers, calendar=Calendar(offset=offset_seconds()))


def derive_block(lake: DeltaLake, month: int, points: Ints) -> Block:
    """The month's intervals of some points."""
    raw = raw_of(lake, month, points)
    if not raw.pairs:
        return Block(intervals_schema().empty_table(), [])
    found = derived_of(raw)
    first, last = begin_of(month), begin_of(shifted(month, 1))
    steps = found.intervals
    mine = (steps.start >= first) & (steps.start < last)
    point = np.array([point for point, _ in raw.pairs], dtype=np.int64)[steps.series[mine]]
    channel = np.array([channel for _, channel in raw.pairs], dtype=np.int32)[steps.series[mine]]
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
    work = [
        (raw.pairs[item.series][0], item) for item in found.work if item.start < last and item.end > first
    ]
    return Block(pa.Table.from_arrays(made, schema=intervals_schema()), work)
