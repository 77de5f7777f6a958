"""Balance by day: does what hangs below a point use more than the point shows, and on which days nobody can say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import QuerySet

from jieyue.apps.metering.below import Below, below_of, has_below, signed, uses_more
from jieyue.apps.metering.hours import hours_of
from jieyue.apps.metering.lake import prepared_lake
from jieyue.apps.metering.models import PointVersion
from jieyue.apps.metering.months import first_day, shifted
from jieyue.apps.metering.rules import judged_on
from jieyue.apps.metering.scope import Viewer, days_of, points_for, told_apart
from jieyue.apps.metering.standing import marked
from jieyue.domain.readings import Bools, Ints, Quality
from jieyue.domain.rollup import ABSENT

_PER_DAY = 24


class Verdict(StrEnum):
    """What is to be said of a day. UNKNOWN: an hour of the point or of one below is missing."""

    GOOD = "good"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Day:
    """own: use of the point; below: of all right below it (None: not known). foreign: one of these served another
    body then, so that their use is not to be shown."""

    day: date
    own: int | None
    below: int | None
    verdict: Verdict
    foreign: bool


@dataclass(frozen=True)
class PointBalance:
    """A `marked` point with the days of a month on which points of its carrier hung below it.

    below: how many did.
    """

    version: Any
    below: int
    days: Sequence[Day]

    @property
    def foreign(self) -> bool:
        """Whether another body's use is among what is below on one of the days."""
        return any(one.foreign for one in self.days)

    def count(self, verdict: Verdict) -> int:
        """Days of which this is to be said."""
        return sum(one.verdict == verdict for one in self.days)

    def first(self, verdict: Verdict) -> date | None:
        """The first of them."""
        return next((one.day for one in self.days if one.verdict == verdict), None)


def parents_for(viewer: Viewer) -> "QuerySet[PointVersion]":
    """The person's points below which points of the same carrier hang today."""
    rows = points_for(viewer).exclude(kind="gauge").filter(has_below(settings.JIEYUE_HOME.today()))
    return marked(rows, viewer).order_by("institution", "point__code")


def balances_of(rows: Sequence[Any], month: int, viewer: Viewer) -> list[PointBalance]:
    """The days of a month that are over, of some of `parents_for`."""
    first, end = first_day(month), min(first_day(shifted(month, 1)), settings.JIEYUE_HOME.today())
    count = max(0, (end - first).days)
    if not rows:
        return []
    below = _below(viewer, rows, first, first + timedelta(days=count))
    every = {row.point_id for row in rows} | {one.version.point_id for one in below}
    hours = _days(month, every, count)
    found = []
    for row in rows:
        own = [one for one in below if one.above == row.point_id]
        days = _own_days(row, [_judged(row, own, hours, number, first) for number in range(count)], viewer)
        found.append(PointBalance(row, len({one.version.point_id for one in own}), days))
    return found


def _own_days(row: Any, judged: Sequence[Day | None], viewer: Viewer) -> list[Day]:
    """Without the days on which the point served others than the person's."""
    days = [one for one in judged if one is not None]
    if not row.shared:
        return days
    versions: Any = told_apart(viewer, PointVersion.objects.as_of().filter(point_id=row.point_id))
    spans = days_of([one for one in versions.order_by("valid_from") if one.mine])
    return [one for one in days if any(first <= one.day < end for first, end in spans)]


def _below(viewer: Viewer, rows: Sequence[Any], first: date, end: date) -> list[Below]:
    """What hangs below points on days of a span, `told_apart`."""
    versions: Any = PointVersion.objects.as_of()
    points = versions.filter(point_id__in=[row.point_id for row in rows]).overlapping(first, end)
    return below_of(points, told_apart(viewer, versions), first, end)


@dataclass(frozen=True)
class _Days:
    """Points × days of a month: the use of the known hours, and whether all of them are known."""

    points: Ints
    use: Ints
    known: Bools

    def of(self, point: int, day: int) -> int | None:
        """The use of a day; None: not all of it is known."""
        row = int(np.searchsorted(self.points, point))
        return int(self.use[row, day]) if self.known[row, day] else None


def _days(month: int, points: set[int], count: int) -> _Days:
    """Of the first `count` days."""
    numbers = np.array(sorted(points), dtype=np.int64)
    hours = hours_of(prepared_lake(), month, numbers)
    shape = (len(numbers), -1, _PER_DAY)
    uses = hours.use.reshape(shape)[:, :count].sum(axis=2)
    known = (
        ((hours.quality != ABSENT) & (hours.quality != Quality.MISSING)).reshape(shape)[:, :count].all(axis=2)
    )
    return _Days(numbers, uses, known)


def _judged(row: Any, below: Sequence[Below], hours: _Days, number: int, first: date) -> Day | None:
    """A day of the month by its number; None: nothing hung below then."""
    day = first + timedelta(days=number)
    there = [one.version for one in below if one.first <= day < one.end]
    if not there:
        return None
    own = hours.of(row.point_id, number)
    uses = [(version, hours.of(version.point_id, number)) for version in there]
    known = [(version, use) for version, use in uses if use is not None]
    whole = len(known) == len(uses)
    verdict = Verdict.UNKNOWN
    if own is not None and whole:
        wrong = uses_more(own, known, judged_on(day).balance)
        verdict = Verdict.WRONG if wrong else Verdict.GOOD
    total = sum(signed(version, use) for version, use in known) if whole else None
    return Day(day, own, total, verdict, not all(version.mine for version in there))
