"""A month's hours of some points as a matrix, from the intervals of the lake."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jieyue.apps.metering.derived import columns_of
from jieyue.apps.metering.lake import CHANNELS, INTERVALS
from jieyue.apps.metering.months import begin_of, shifted
from jieyue.domain.reading_order import heads_of
from jieyue.domain.readings import HOUR, Bytes, Ints
from jieyue.domain.rollup import ABSENT
from jieyue.store import DeltaLake
from jieyue.store.port import DataFile

_TOTAL = CHANNELS["total"]
_COLUMNS = ("point", "channel", "start", "use", "quality")


@dataclass(frozen=True)
class Hours:
    """points (ascending) × hours of the month: use of the total, 0 where there is none; quality (ABSENT: no row)."""

    points: Ints
    use: Ints
    quality: Bytes


def hours_of(lake: DeltaLake, month: int, points: Ints) -> Hours:
    """The hours of some points; file by file, so that no more than the matrix is held."""
    count = (begin_of(shifted(month, 1)) - begin_of(month)) // HOUR
    found = Hours(
        points,
        np.zeros((len(points), count), dtype=np.int64),
        np.full((len(points), count), ABSENT, dtype=np.uint8),
    )
    if not len(points):
        return found
    low, high = int(points[0]), int(points[-1])
    for file in lake.snapshot([INTERVALS]).tables[INTERVALS].files:
        near = file.minimum.get("point", low) <= high and file.maximum.get("point", high) >= low
        if file.partition["ym"] == str(month) and near:
            _put(lake, file, month, found)
    return found


def _put(lake: DeltaLake, file: DataFile, month: int, hours: Hours) -> None:
    low, high = int(hours.points[0]), int(hours.points[-1])
    put_hours(columns_of(lake, INTERVALS, _COLUMNS, [file], ("point", low, high)), month, hours)


def put_hours(columns: Sequence[Ints], month: int, hours: Hours) -> None:
    """Put intervals of a month, ascending by point, into the matrix: point, channel, start, use, quality."""
    point, channel, start, use, quality = columns
    heads = heads_of(point, channel)
    if not len(heads):
        return
    ends = np.append(heads[1:], len(point))
    row = np.minimum(np.searchsorted(hours.points, point[heads]), len(hours.points) - 1)
    wanted = (hours.points[row] == point[heads]) & (channel[heads] == _TOTAL)
    hour = (start[heads] - begin_of(month)) // HOUR
    dense = _is_dense(start, heads)
    for n in np.flatnonzero(wanted).tolist():
        mine = slice(heads[n], ends[n])
        to: slice | Ints = slice(hour[n], hour[n] + ends[n] - heads[n])
        if not dense:
            to = (start[mine] - begin_of(month)) // HOUR
        hours.use[row[n], to] = use[mine]
        hours.quality[row[n], to] = quality[mine]


def _is_dense(start: Ints, heads: Ints) -> bool:
    """Whether every hour of a point stands after the one before it."""
    steps = np.diff(start)
    steps[heads[1:] - 1] = HOUR
    return bool((steps == HOUR).all())
