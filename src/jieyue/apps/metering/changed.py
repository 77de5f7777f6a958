"""From which hour on the intervals that were derived just now are others than those that are stored.

What lies before it stays as it is, in the intervals and in every sum that is made of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jieyue.apps.metering.derived import can_hold, columns_of
from jieyue.apps.metering.hours import is_dense
from jieyue.apps.metering.lake import INTERVALS
from jieyue.apps.metering.months import begin_of, shifted
from jieyue.domain.reading_order import heads_of
from jieyue.domain.readings import HOUR, Ints
from jieyue.store import DeltaLake, arrays

#: Series of a point's channel that are compared: of so many the hours of a month take a quarter of a gigabyte.
SERIES: Final = 16_000
_COLUMNS = ("point", "channel", "start", "use", "quality", "method")


@dataclass(frozen=True)
class Change:
    """since: the start of the first interval that is another one now; points (ascending): whose."""

    since: int
    points: Ints


def first_change(lake: DeltaLake, month: int, points: Ints, made: Iterable[pa.Table]) -> Change | None:
    """What is other in `made`, all there is of some points (ascending) in a month, than the lake has of them; None:
    nothing. Of more than `SERIES` all counts as other, from the month's beginning on."""
    low, high = int(points[0]), int(points[-1])
    stored = [
        columns_of(lake, INTERVALS, _COLUMNS, [file], ("point", low, high), keys=points)
        for file in lake.snapshot([INTERVALS]).tables[INTERVALS].files
        if file.partition["ym"] == str(month) and can_hold(file, "point", points)
    ]
    new = [_columns(table) for table in made]
    series = np.unique(np.concatenate([points[:0], *(_series(one) for one in (*stored, *new))]))
    if len(series) > SERIES:
        return Change(begin_of(month), points)
    before, after = (_matrices(parts, series, month) for parts in (stored, new))
    other = (before[0] != after[0]) | (before[1] != after[1])
    hours = np.flatnonzero(other.any(axis=0))
    if not len(hours):
        return None
    # an hour is counted from the month's first second; where days begin at half past, so do the hours of the count
    first = begin_of(month) + int(hours[0]) * HOUR
    return Change(first, np.unique(series[other.any(axis=1)] // 8))


def _columns(table: pa.Table) -> tuple[Ints, ...]:
    point, channel, start = (arrays.whole(table[name]) for name in ("point", "channel", "start"))
    quality, method = (arrays.one(table[name]).to_numpy() for name in ("quality", "method"))
    return point, channel, start, arrays.quantities(table["use"], len(start))[0], quality, method


def _series(columns: Sequence[Ints]) -> Ints:
    """Point and channel as one number, of each that is there."""
    point, channel = columns[:2]
    heads = heads_of(point, channel)
    return np.unique(point[heads] * 8 + channel[heads])


def _matrices(parts: Sequence[Sequence[Ints]], series: Ints, month: int) -> tuple[Ints, NDArray[np.int16]]:
    """Series × hours of the month: use; quality and method as one number from 1 on (0: no interval)."""
    begin = begin_of(month)
    hours = (begin_of(shifted(month, 1)) - begin) // HOUR
    use = np.zeros((len(series), hours), dtype=np.int64)
    said = np.zeros((len(series), hours), dtype=np.int16)
    for point, channel, start, used, quality, method in (one for one in parts if len(one[0])):
        heads = heads_of(point, channel)
        words = _words(quality, method)
        row = np.searchsorted(series, point[heads] * 8 + channel[heads]).tolist()
        first, ends = ((start[heads] - begin) // HOUR).tolist(), [*heads[1:].tolist(), len(point)]
        dense = is_dense(start, heads)
        for n, (head, end) in enumerate(zip(heads.tolist(), ends, strict=True)):
            to: slice | Ints = slice(first[n], first[n] + end - head)
            if not dense:
                to = (start[head:end] - begin) // HOUR
            use[row[n], to], said[row[n], to] = used[head:end], words[head:end]
    return use, said


def _words(quality: Ints, method: Ints) -> NDArray[np.int16]:
    """Quality and method as one number from 1 on, once where they are one in every row."""
    if len(quality) and not quality.strides[0] and not method.strides[0]:
        return np.broadcast_to(np.int16(quality[0] * 16 + method[0] + 1), len(quality))
    return (quality * 16 + method + 1).astype(np.int16)
