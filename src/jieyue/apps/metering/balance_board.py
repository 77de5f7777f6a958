"""Balance of many points in a month, day by day as the page of the balance has it: who has a day that is wrong, and who
one of which nobody can say. By what hung below on each day, from the days of points that are stored (`point_day`).
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.conf import settings

from jieyue.apps.metering.below import Below, below_on
from jieyue.apps.metering.lake import POINT_DAY
from jieyue.apps.metering.months import first_day, second_of, shifted
from jieyue.apps.metering.queries import stored_rows
from jieyue.apps.metering.rules import judged_on
from jieyue.domain.reading_checks import balance
from jieyue.domain.readings import DAY, HOUR, Bools, Ints, Quality

_COUNTS = [one.name.lower() for one in Quality]
_PER_DAY = DAY // HOUR


def out_of_balance(
    points: Iterable[int], month: int, within: Any, own_days: dict[int, Bools]
) -> tuple[set[int], set[int]]:
    """(points with a day of the month on which what hung below used more than they show, those others with a day of
    which an hour is missing). Days that are over count.

    within: a query of the points, where they are too many for a list. own_days: of some points the days of the month
    that are the person's to see; of all others every day is.
    """
    first, end = first_day(month), min(first_day(shifted(month, 1)), settings.JIEYUE_HOME.today())
    count = (end - first).days
    if count <= 0:
        return set(), set()
    by_point: dict[int, list[Below]] = {}
    for one in below_on(list(points) if within is None else within, first, end):
        by_point.setdefault(one.above, []).append(one)
    if not by_point:
        return set(), set()
    days = _Days(by_point, first, count)
    wrong, unsure = set(), set()
    for point, below in by_point.items():
        said, unknown = days.judged(point, below)
        own = own_days.get(point, np.ones(count, dtype=bool))[:count]
        if (said & own).any():
            wrong.add(point)
        elif (unknown & own).any():
            unsure.add(point)
    return wrong, unsure


class _Days:
    """Points × days of a month: uses and whether all hours of a day are known; the tolerance of each day."""

    def __init__(self, by_point: dict[int, list[Below]], first: date, count: int) -> None:
        every = {one.version.point_id for below in by_point.values() for one in below} | by_point.keys()
        self.first, self.count = first, count
        self.points = np.array(sorted(every), dtype=np.int64)
        self.use = np.zeros((len(self.points), count), dtype=np.int64)
        self.known = np.zeros((len(self.points), count), dtype=bool)
        begin = second_of(first)
        names = ("point", "start", "use", *_COUNTS)
        point, start, use, *counts = stored_rows(
            POINT_DAY, names, self.points.tolist(), (begin, begin + count * DAY)
        )
        place, day = np.searchsorted(self.points, point), (start - begin) // DAY
        told = dict(zip(_COUNTS, counts, strict=True))
        missing = told.pop("missing")
        self.use[place, day] = use
        self.known[place, day] = (missing == 0) & (np.sum(list(told.values()), axis=0) == _PER_DAY)
        self.tolerance = np.array([judged_on(first + timedelta(days=n)).balance for n in range(count)])

    def judged(self, point: int, below: Sequence[Below]) -> tuple[Bools, Bools]:
        """(days that are wrong, days of which nobody can say)."""
        uses: Ints = np.zeros((len(below), self.count), dtype=np.int64)
        known = np.ones((len(below) + 1, self.count), dtype=bool)
        there = np.zeros(self.count, dtype=bool)
        own = int(np.searchsorted(self.points, point))
        known[0] = self.known[own]
        for n, one in enumerate(below):
            row = int(np.searchsorted(self.points, one.version.point_id))
            days = slice(max(0, (one.first - self.first).days), max(0, (one.end - self.first).days))
            sign = -1 if one.version.direction == "export" else 1
            uses[n, days] = sign * self.use[row, days]
            known[n + 1, days] = self.known[row, days]
            there[days] = True
        wrong = np.zeros(self.count, dtype=bool)
        for tolerance in np.unique(self.tolerance).tolist():
            found = balance(self.use[own], uses, known, tolerance=tolerance)
            wrong |= found.wrong & (self.tolerance == tolerance)
        return wrong & there, there & ~known.all(axis=0)
