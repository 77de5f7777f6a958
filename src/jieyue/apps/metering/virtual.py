"""The hours of virtual points in a month, from the hours of their parts: those just derived, and those in the lake."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pyarrow as pa

from jieyue.apps.metering.formulas import VIRTUAL, parts_of
from jieyue.apps.metering.hours import Hours, hours_of
from jieyue.apps.metering.lake import CHANNELS, intervals_schema
from jieyue.apps.metering.models import PointVersion
from jieyue.apps.metering.months import begin_of, first_day, shifted
from jieyue.apps.metering.points import numbers_of
from jieyue.domain.readings import DAY, HOUR, Bytes, Ints, Method, Quality
from jieyue.domain.rollup import ABSENT
from jieyue.domain.virtual import before_of, portion, worst
from jieyue.store import DeltaLake, arrays

_PER_DAY = DAY // HOUR


@dataclass(frozen=True)
class _Stretch:
    """Days of the month from `first` to before `end`, counted from 0, in which a formula holds: point → share."""

    first: int
    end: int
    parts: Mapping[int, Fraction]


class _Month:
    """The formulas of a month, and who shares each point."""

    def __init__(self, month: int) -> None:
        begin, end = first_day(month), first_day(shifted(month, 1))
        rows = list(
            PointVersion.objects.as_of()
            .overlapping(begin, end)
            .filter(kind=VIRTUAL)
            .order_by("point_id", "valid_from")
        )
        numbers = numbers_of({part.code for row in rows for part in parts_of(row.formula)})
        self.formulas: dict[int, list[_Stretch]] = defaultdict(list)
        self.sharers: dict[int, list[tuple[int, _Stretch]]] = defaultdict(list)
        for row in rows:
            parts = {numbers[part.code]: part.share for part in parts_of(row.formula)}
            days = max((row.valid_from - begin).days, 0), (min(row.valid_to, end) - begin).days
            stretch = _Stretch(*days, parts)
            self.formulas[row.point_id].append(stretch)
            for part in parts:
                self.sharers[part].append((row.point_id, stretch))

    def ordered(self, points: set[int]) -> list[int]:
        """The wanted ones, each after those that it is made of."""
        found: dict[int, None] = {}

        def take(point: int) -> None:
            if point in found or point not in self.formulas:
                return
            for stretch in self.formulas[point]:
                for part in sorted(stretch.parts):
                    take(part)
            found[point] = None

        for point in sorted(points):
            take(point)
        return [point for point in found if point in points]

    def spans(self, part: int, within: _Stretch) -> Iterator[tuple[int, int, list[tuple[int, Fraction]]]]:
        """Days of a stretch in which the same points share a part with the same sign: (first, end, sharers)."""
        added = within.parts[part] > 0
        others = [(point, one) for point, one in self.sharers[part] if (one.parts[part] > 0) == added]
        days = {within.first, within.end}
        days |= {day for _, one in others for day in (one.first, one.end) if within.first < day < within.end}
        ordered = sorted(days)
        for first, end in pairwise(ordered):
            there = [(point, one) for point, one in others if one.first <= first < one.end]
            yield first, end, [(point, abs(one.parts[part])) for point, one in there]


def virtual_hours(
    lake: DeltaLake, month: int, points: set[int], derived: Ints, made: Sequence[pa.Table]
) -> pa.Table:
    """Rows of the intervals of some virtual points, by point and hour. made: what was derived just now of the points
    `derived`, in place of what the lake has of them; of the wanted points themselves nothing is read."""
    register = _Month(month)
    wanted = register.ordered(points)
    if not wanted:
        return intervals_schema().empty_table()
    parts = {part for point in wanted for one in register.formulas[point] for part in one.parts}
    again = np.union1d(derived, np.array(wanted, dtype=np.int64))
    hours = hours_of(lake, month, np.array(sorted({*parts, *wanted}), dtype=np.int64), again, made)
    for point in wanted:
        _fill(hours, register, point)
    return _table(month, hours, sorted(wanted))


def _fill(hours: Hours, register: _Month, point: int) -> None:
    """Put a virtual point's hours into its row of the matrix."""
    own = int(np.searchsorted(hours.points, point))
    for stretch in register.formulas[point]:
        span = slice(stretch.first * _PER_DAY, stretch.end * _PER_DAY)
        rows = np.searchsorted(hours.points, np.array(sorted(stretch.parts), dtype=np.int64))
        quality, there = worst(hours.quality[rows, span])
        use = np.zeros(span.stop - span.start, dtype=np.int64)
        for part, row in zip(sorted(stretch.parts), rows.tolist(), strict=True):
            sign = 1 if stretch.parts[part] > 0 else -1
            for first, end, sharers in register.spans(part, stretch):
                days = slice(first * _PER_DAY, end * _PER_DAY)
                taken = portion(hours.use[row, days], before_of(point, sharers), abs(stretch.parts[part]))
                use[days.start - span.start : days.stop - span.start] += sign * taken
        hours.quality[own, span] = np.where(there, quality, ABSENT)
        hours.use[own, span] = np.where(there & (quality != Quality.MISSING), use, 0)


def _table(month: int, hours: Hours, points: Sequence[int]) -> pa.Table:
    rows = np.searchsorted(hours.points, np.array(points, dtype=np.int64))
    use, quality = hours.use[rows], hours.quality[rows]
    row, hour = np.nonzero(quality != ABSENT)
    said: Bytes = quality[row, hour]
    method = np.where(said == Quality.MISSING, Method.NONE, Method.FORMULA)
    made = [
        pa.repeat(pa.scalar(month, pa.int32()), len(row)),
        pa.array(hours.points[rows][row]),
        pa.repeat(pa.scalar(CHANNELS["total"], pa.int32()), len(row)),
        pa.array(begin_of(month) + hour * HOUR),
        arrays.decimals(use[row, hour], said != Quality.MISSING),
        pa.array(said.astype(np.int32)),
        pa.array(method.astype(np.int32)),
    ]
    return pa.Table.from_arrays(made, schema=intervals_schema())


def merged(made: Sequence[pa.Table], virtual: pa.Table) -> list[pa.Table]:
    """Tables of ascending points with the virtual ones' rows in their places."""
    if not virtual.num_rows:
        return list(made)
    point = arrays.whole(virtual["point"])
    parts = [table for table in made if table.num_rows] or [virtual.slice(0, 0)]
    firsts = [int(arrays.whole(table["point"])[0]) for table in parts[1:]]
    edges = [0, *np.searchsorted(point, firsts).tolist(), len(point)]
    found = []
    for table, first, end in zip(parts, edges[:-1], edges[1:], strict=True):
        both = pa.concat_tables([table, virtual.slice(first, end - first)])
        order = np.argsort(arrays.whole(both["point"]), kind="stable")
        found.append(both if first == end else both.take(pa.array(order)))
    return found
