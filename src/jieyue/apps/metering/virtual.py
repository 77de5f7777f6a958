"""The hours of virtual points in a month, from the hours of their parts: those just derived, and those in the lake."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from graphlib import TopologicalSorter
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


_Formulas = Mapping[int, Mapping[int, Fraction]]
"""Virtual point → part → share."""


@dataclass(frozen=True)
class _Stretch:
    """Days of the month from `first` to before `end`, counted from 0, in which the same formulas hold.

    sharers: (part, whether it is added) → who takes which share of it, in no order.
    """

    first: int
    end: int
    formulas: _Formulas
    sharers: Mapping[tuple[int, bool], Sequence[tuple[int, Fraction]]]

    def ordered(self, points: set[int]) -> list[int]:
        """The wanted ones that have a formula here, each after those that it is made of."""
        order = TopologicalSorter(
            {
                point: [part for part in parts if part in self.formulas]
                for point, parts in self.formulas.items()
            }
        )
        return [point for point in order.static_order() if point in points]


def _stretches(month: int) -> list[_Stretch]:
    """The month from one change of a formula to the next: what is made of what is another thing on either side."""
    begin, end = first_day(month), first_day(shifted(month, 1))
    rows = list(PointVersion.objects.as_of().overlapping(begin, end).filter(kind=VIRTUAL))
    numbers = numbers_of({part.code for row in rows for part in parts_of(row.formula)})
    dated = []
    for row in rows:
        parts = {numbers[part.code]: part.share for part in parts_of(row.formula)}
        first, last = max((row.valid_from - begin).days, 0), (min(row.valid_to, end) - begin).days
        dated.append((first, last, row.point_id, parts))
    days = sorted({day for one in dated for day in one[:2]})
    return [
        _stretch(first, last, {point: parts for one, other, point, parts in dated if one <= first < other})
        for first, last in pairwise(days)
    ]


def _stretch(first: int, end: int, formulas: _Formulas) -> _Stretch:
    sharers: dict[tuple[int, bool], list[tuple[int, Fraction]]] = defaultdict(list)
    for point, parts in formulas.items():
        for part, share in parts.items():
            sharers[part, share > 0].append((point, abs(share)))
    return _Stretch(first, end, formulas, sharers)


def virtual_hours(
    lake: DeltaLake, month: int, points: set[int], derived: Ints, made: Iterable[pa.Table]
) -> pa.Table:
    """Rows of the intervals of some virtual points, by point and hour. made: what was derived just now of the points
    `derived`, in place of what the lake has of them; of the wanted points themselves nothing is read."""
    stretches = _stretches(month)
    wanted = sorted({point for one in stretches for point in one.formulas} & points)
    if not wanted:
        return intervals_schema().empty_table()
    parts = {part for one in stretches for point in wanted for part in one.formulas.get(point, ())}
    again = np.union1d(derived, np.array(wanted, dtype=np.int64))
    hours = hours_of(lake, month, np.array(sorted({*parts, *wanted}), dtype=np.int64), again, made)
    for one in stretches:
        for point in one.ordered(points):
            _fill(hours, one, point)
    return _table(month, hours, wanted)


def _fill(hours: Hours, stretch: _Stretch, point: int) -> None:
    """Put a virtual point's hours of some days into its row of the matrix."""
    own = int(np.searchsorted(hours.points, point))
    span = slice(stretch.first * _PER_DAY, stretch.end * _PER_DAY)
    parts = stretch.formulas[point]
    rows = np.searchsorted(hours.points, np.array(sorted(parts), dtype=np.int64))
    quality, there = worst(hours.quality[rows, span])
    use = np.zeros(span.stop - span.start, dtype=np.int64)
    for part, row in zip(sorted(parts), rows.tolist(), strict=True):
        added = parts[part] > 0
        before = before_of(point, stretch.sharers[part, added])
        taken = portion(hours.use[row, span], before, abs(parts[part]))
        use += taken if added else -taken
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


def merged(made: Iterable[pa.Table], virtual: pa.Table) -> Iterator[pa.Table]:
    """Tables of ascending points with the virtual ones' rows in their places."""
    point, done, before = arrays.whole(virtual["point"]), 0, virtual.slice(0, 0)
    for table in (one for one in made if one.num_rows):
        if before.num_rows:
            first = int(arrays.whole(table["point"].slice(0, 1))[0])
            edge = int(np.searchsorted(point, first))
            yield _both(before, virtual.slice(done, edge - done))
            done = edge
        before = table
    if before.num_rows or virtual.num_rows:
        yield _both(before, virtual.slice(done))


def _both(table: pa.Table, virtual: pa.Table) -> pa.Table:
    if not virtual.num_rows:
        return table
    both = pa.concat_tables([table, virtual])
    return both.take(pa.array(np.argsort(arrays.whole(both["point"]), kind="stable")))
