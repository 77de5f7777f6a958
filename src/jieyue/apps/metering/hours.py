"""A month's hours of some points as a matrix, from the intervals of the lake."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from jieyue.apps.metering.derived import can_hold, columns_of
from jieyue.apps.metering.lake import CHANNELS, INTERVALS
from jieyue.apps.metering.months import begin_of, shifted
from jieyue.domain.reading_order import heads_of
from jieyue.domain.readings import HOUR, Bytes, Ints
from jieyue.domain.rollup import ABSENT
from jieyue.store import DeltaLake, arrays

_TOTAL = CHANNELS["total"]
_COLUMNS = ("point", "channel", "start", "use", "quality")


@dataclass(frozen=True)
class Hours:
    """points (ascending) × hours of the month: use of the total, 0 where there is none; quality (ABSENT: no row)."""

    points: Ints
    use: Ints
    quality: Bytes


def hours_of(
    lake: DeltaLake, month: int, points: Ints, again: Ints | None = None, made: Iterable[pa.Table] = ()
) -> Hours:
    """The hours of some points; file by file, so that no more than the matrix is held.

    made: intervals that were derived just now of the points `again` (ascending), in place of what the lake has of them.
    """
    count = (begin_of(shifted(month, 1)) - begin_of(month)) // HOUR
    found = Hours(
        points,
        np.zeros((len(points), count), dtype=np.int64),
        np.full((len(points), count), ABSENT, dtype=np.uint8),
    )
    here = np.isin(points, again) if again is not None else np.zeros(len(points), dtype=bool)
    _read(lake, month, points[~here], found)
    found.use[here], found.quality[here] = 0, ABSENT
    for table in (one for one in made if one.num_rows and len(points)):
        columns = [arrays.whole(table[name]) for name in ("point", "channel", "start", "quality")]
        use, _there = arrays.quantities(table["use"], table.num_rows)
        put_hours((*columns[:3], use, columns[3]), month, found)
    return found


def _read(lake: DeltaLake, month: int, wanted: Ints, hours: Hours) -> None:
    """Put what the lake has of some points, and of others between them, into the matrix."""
    if not len(wanted):
        return
    low, high = int(wanted[0]), int(wanted[-1])
    for file in lake.snapshot([INTERVALS]).tables[INTERVALS].files:
        if file.partition["ym"] == str(month) and can_hold(file, "point", wanted):
            columns = columns_of(lake, INTERVALS, _COLUMNS, [file], ("point", low, high), keys=wanted)
            put_hours(columns, month, hours)


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
    dense = is_dense(start, heads)
    for n in np.flatnonzero(wanted).tolist():
        mine = slice(heads[n], ends[n])
        to: slice | Ints = slice(hour[n], hour[n] + ends[n] - heads[n])
        if not dense:
            to = (start[mine] - begin_of(month)) // HOUR
        hours.use[row[n], to] = use[mine]
        hours.quality[row[n], to] = quality[mine]


def is_dense(start: Ints, heads: Ints) -> bool:
    """Whether every hour of a point stands after the one before it."""
    steps = np.diff(start)
    steps[heads[1:] - 1] = HOUR
    return bool((steps == HOUR).all())
