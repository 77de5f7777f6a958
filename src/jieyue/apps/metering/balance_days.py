"""Balance by day: does what hangs below a point use more than the point shows, and on which days nobody can say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from jieyue.apps.metering.hours import hours_of
from jieyue.apps.metering.lake import prepared_lake
from jieyue.apps.metering.models import PointVersion
from jieyue.apps.metering.months import first_day, shifted
from jieyue.apps.metering.rules import judged_on
from jieyue.apps.metering.scope import Viewer, days_of, points_for, told_apart
from jieyue.apps.metering.standing import marked
from jieyue.domain.reading_checks import balance
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
    below = PointVersion.objects.as_of().on(settings.JIEYUE_HOME.today())
    below = below.filter(parent=OuterRef("point_id"), carrier=OuterRef("carrier"))
    rows = points_for(viewer).exclude(kind="gauge").filter(Exists(below))
    return marked(rows, viewer).order_by("institution", "point__code")


def balances_of(rows: Sequence[Any], month: int, viewer: Viewer) -> list[PointBalance]:
    """The days of a month that are over, of some of `parents_for`."""
    first, end = first_day(month), min(first_day(shifted(month, 1)), settings.JIEYUE_HOME.today())
    count = max(0, (end - first).days)
    if not rows:
        return []
    below = _below(viewer, rows, first, first + timedelta(days=count))
    numbers = np.array(
        sorted({row.point_id for row in rows} | {row.point_id for row in below}), dtype=np.int64
    )
    uses, known = _days(month, numbers, count)
    place = {int(number): row for row, number in enumerate(numbers)}
    found = []
    for row in rows:
        own = [child for child in below if child.parent == row.point_id and child.carrier == row.carrier]
        children = {child.point_id for child in own}
        days = _own_days(row, _judged(row, own, place, uses, known, month), viewer)
        found.append(PointBalance(row, len(children), days))
    return found


def _own_days(row: Any, days: list[Day], viewer: Viewer) -> list[Day]:
    """Without the days on which the point served others than the person's."""
    if not row.shared:
        return days
    versions: Any = told_apart(viewer, PointVersion.objects.as_of().filter(point_id=row.point_id))
    spans = days_of([one for one in versions.order_by("valid_from") if one.mine])
    return [one for one in days if any(first <= one.day < end for first, end in spans)]


def _below(viewer: Viewer, rows: Sequence[Any], first: date, end: date) -> list[Any]:
    """What held on days of a span of the points right below some, `told_apart`."""
    parents = [row.point_id for row in rows]
    versions = PointVersion.objects.as_of().filter(parent__in=parents).exclude(kind="gauge")
    return list(told_apart(viewer, versions.overlapping(first, end)))


def _days(month: int, numbers: Ints, count: int) -> tuple[Ints, Bools]:
    """Points × days: use of the known hours, and whether all hours of the day are known."""
    hours = hours_of(prepared_lake(), month, numbers)
    shape = (len(numbers), -1, _PER_DAY)
    uses = hours.use.reshape(shape)[:, :count].sum(axis=2)
    known = (
        ((hours.quality != ABSENT) & (hours.quality != Quality.MISSING)).reshape(shape)[:, :count].all(axis=2)
    )
    return uses, known


def _judged(
    row: Any, below: Sequence[Any], place: dict[int, int], uses: Ints, known: Bools, month: int
) -> list[Day]:
    days = []
    first, tolerance = first_day(month), judged_on(first_day(month)).balance
    for number in range(uses.shape[1]):
        day = first + timedelta(days=number)
        there = [child for child in below if child.valid_from <= day < child.valid_to]
        if not there:
            continue
        at = [place[child.point_id] for child in there]
        signs = np.array([-1 if child.direction == "export" else 1 for child in there], dtype=np.int64)
        own = place[row.point_id]
        parts = (signs * uses[at, number])[:, None]
        all_known = np.concatenate([known[[own], number], known[at, number]])[:, None]
        said = balance(uses[[own], number], parts, all_known, tolerance=tolerance)
        verdict = Verdict.UNKNOWN if not said.known[0] else Verdict.WRONG if said.wrong[0] else Verdict.GOOD
        days.append(
            Day(
                day,
                int(uses[own, number]) if known[own, number] else None,
                int(parts.sum()) if all_known[1:].all() else None,
                verdict,
                not all(child.mine for child in there),
            )
        )
    return days
