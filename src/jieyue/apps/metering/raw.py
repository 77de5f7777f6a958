"""Raw readings as columns: those of some points and months in order, and which of them count by themselves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from jieyue.apps.metering.derived import columns_by_file, in_stretches, together
from jieyue.apps.metering.lake import READINGS
from jieyue.apps.metering.models import ReadingBatch, ReadingEdit
from jieyue.apps.metering.points import Known, in_one_unit, series_and_registers
from jieyue.apps.metering.rules import Judged
from jieyue.domain.derive import usable
from jieyue.domain.reading_order import heads_of, rises
from jieyue.domain.readings import Bools, Ints, Readings
from jieyue.store import DeltaLake
from jieyue.store.port import DataFile

_COLUMNS = ("point", "channel", "ts", "revision", "ingest_seq", "value")
#: Batches that are asked for at a time.
_FEW = 5_000
#: More than any revision (reading_revision): the source goes before it.
_REVISIONS = 2**31
_TS_BITS = 40

Columns = tuple[Ints, ...]
"""point, channel, ts, revision, ingest_seq, value"""


def recorded(lake: DeltaLake) -> dict[int, list[DataFile]]:
    """Month → the files of its readings, ascending."""
    found: dict[int, list[DataFile]] = {}
    for file in lake.snapshot([READINGS]).tables[READINGS].files:
        found.setdefault(int(file.partition["ym"]), []).append(file)
    return dict(sorted(found.items()))


def rows_of(
    lake: DeltaLake, by_month: Mapping[int, Sequence[DataFile]], months: Collection[int], points: Ints
) -> Columns:
    """The readings of some points (ascending) in some months, by point, channel and instant."""
    low, high = int(points[0]), int(points[-1])
    files = [
        file
        for month in months
        for file in by_month.get(month, ())
        if file.minimum.get("point", low) <= high and file.maximum.get("point", high) >= low
    ]
    return joined(columns_by_file(lake, READINGS, _COLUMNS, files, ("point", low, high), keys=points))


def joined(parts: Sequence[Columns]) -> Columns:
    """Rows of several parts in one order."""
    some = [part for part in parts if len(part[0])]
    if not some:
        return tuple(np.zeros(0, dtype=np.int64) for _ in _COLUMNS)
    slices = _slices(some)
    if slices is None:
        return in_order(tuple(together([part[n] for part in some]) for n in range(len(_COLUMNS))))
    return tuple(
        together([some[part][n][begin:end] for part, begin, end in slices]) for n in range(len(_COLUMNS))
    )


def _slices(parts: Sequence[Columns]) -> list[tuple[int, int, int]] | None:
    """(part, from place, to place) of the rows in their order, where the parts are in order each and their times do not
    lie across each other; None: they do. Months, and what came after them, are put together so without any sorting."""
    every: list[tuple[Ints, ...]] = []
    for number, columns in enumerate(parts):
        pair, ts = pairs_of(columns), columns[2]
        if not rises(pair, ts):
            return None
        heads = heads_of(pair)
        ends = np.append(heads[1:], len(ts))
        every.append((pair[heads], ts[heads], ts[ends - 1], np.full(len(heads), number), heads, ends))
    pair, first, last, part, begin, end = (np.concatenate([one[n] for one in every]) for n in range(6))
    if len(parts) > 1:
        order = np.lexsort((first, pair))
        pair, first, last, part, begin, end = (one[order] for one in (pair, first, last, part, begin, end))
    if bool(((pair[1:] == pair[:-1]) & (first[1:] <= last[:-1])).any()):
        return None
    return in_stretches(part, begin, end)


def in_order(columns: Columns) -> Columns:
    """By point, channel and instant."""
    pair, ts = pairs_of(columns), columns[2]
    if rises(pair, ts):  # as a file has them
        return columns
    return taken(columns, _order(pair, ts))


def pairs_of(columns: Columns) -> Ints:
    """Point and channel as one number."""
    return columns[0] * 8 + columns[1]


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


def taken(columns: Columns, which: Ints | Bools) -> Columns:
    """Some rows; a column that says the same in every row goes on doing so."""
    count = int(which.sum()) if which.dtype == bool else len(which)
    return tuple(
        np.broadcast_to(column[0], count) if len(column) > 1 and not column.strides[0] else column[which]
        for column in columns
    )


def numbered(columns: Columns) -> tuple[Ints, list[tuple[int, int]]]:
    """(number of each row's series, from 0; (point, channel) of each series)."""
    point, channel = columns[:2]
    heads = heads_of(point, channel)
    pairs = list(zip(point[heads].tolist(), channel[heads].tolist(), strict=True))
    return np.repeat(np.arange(len(heads)), np.diff(np.append(heads, len(point)))), pairs


def ranks_of(batch: Ints, revision: Ints, by_origin: Mapping[str, int]) -> Ints | None:
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


def excluded_of(
    readings: Readings, pairs: Sequence[tuple[int, int]], known: Mapping[int, Known]
) -> Ints | None:
    """Places of the readings that somebody has set aside, of every channel of the point."""
    found = []
    for series, (point, _channel) in enumerate(pairs):
        for edit in known[point].edits:
            if edit.kind == ReadingEdit.Kind.EXCLUDE:
                at = readings.ts
                mine = (readings.series == series) & (at >= edit.begins) & (at <= edit.ends)
                found.append(np.flatnonzero(mine))
    return np.unique(np.concatenate(found)) if found else None


def usable_of(columns: Columns, known: Mapping[int, Known], judged: Judged) -> Bools:
    """Which rows count by themselves, whatever stands beside them; of those of one instant one at most."""
    if not len(columns[0]):
        return np.zeros(0, dtype=bool)
    series, pairs = numbered(columns)
    ts, revision, batch, value = columns[2:]
    readings = Readings(series, ts, value)
    if not rises(series, ts):
        readings = replace(readings, rank=ranks_of(batch, revision, judged.ranks))
    return usable(
        in_one_unit(readings, pairs, known), *series_and_registers(pairs, known, judged),
        excluded=excluded_of(readings, pairs, known),
    )  # fmt: skip
