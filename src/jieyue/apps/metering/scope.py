"""Which points a person may see, and a program may send for: those that serve an institution of the user's, for as
long as they do. Deny by default.

A point serves one institution at a time. Who sees only the later one sees nothing of the time before.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Value

from jieyue.apps.identity.models import User
from jieyue.apps.metering.models import PointVersion
from jieyue.apps.metering.months import second_of
from jieyue.apps.metering.point_rows import among
from jieyue.apps.metering.points import numbers_of, virtual_among
from jieyue.apps.registry.scope import Read, institutions_for, whole_for

PUSH = "push"

#: Who enters an institution's numbers may correct what its meters say.
EDIT: Final = "enter"
#: Who keeps the whole registry registers its metering points.
REGISTER: Final = "manage_registry"


@dataclass(frozen=True)
class Viewer:
    """Who looks: whole says that the caller has made sure that the user sees all; read: his grants, read once."""

    user: User
    whole: bool = False
    read: Read | None = None


def points_for(viewer: Viewer) -> "QuerySet[PointVersion]":
    """What holds today of the points that the person may see."""
    return _of_own(PointVersion.objects.as_of().on(settings.JIEYUE_HOME.today()), viewer)


def closed_for(viewer: Viewer) -> "QuerySet[PointVersion]":
    """What held last of the points that are out of service today, and served the person's institutions last."""
    rows = PointVersion.objects.as_of()
    later = rows.filter(point_id=OuterRef("point_id"), valid_from__gt=OuterRef("valid_from"))
    ended = rows.filter(valid_to__lte=settings.JIEYUE_HOME.today())
    return _of_own(ended.filter(~Exists(later)), viewer)


def told_apart(viewer: Viewer, rows: "QuerySet[PointVersion]") -> "QuerySet[PointVersion]":
    """Versions of points, each with `mine`: whether it serves an institution of the person's."""
    if viewer.whole:
        return rows.annotate(mine=Value(True))
    own = institutions_for(viewer.user, read=viewer.read).filter(pk=OuterRef("institution"))
    return rows.annotate(mine=Exists(own))


def not_own(viewer: Viewer, rows: "QuerySet[PointVersion]") -> "QuerySet[PointVersion]":
    """Versions of points that serve no institution of the person's."""
    if viewer.whole:
        return rows.none()
    return rows.exclude(institution__in=institutions_for(viewer.user, read=viewer.read).values("pk"))


def days_of(versions: Sequence[Any]) -> list[tuple[date, date]]:
    """The spans of days [first, end) that such versions cover, joined."""
    found: list[tuple[date, date]] = []
    for row in versions:
        if found and found[-1][1] == row.valid_from:
            found[-1] = (found[-1][0], row.valid_to)
        else:
            found.append((row.valid_from, row.valid_to))
    return found


def spans_of(versions: Sequence[Any]) -> list[tuple[int, int]]:
    """The instants of the days of those versions, `told_apart`, that are the person's."""
    own = days_of([row for row in versions if row.mine])
    return [(second_of(first), second_of(end)) for first, end in own]


def keeps_register(user: User) -> bool:
    """Whether the person registers metering points: the registry is one for the whole authority."""
    return whole_for(user, REGISTER)


def may_edit(user: User, point: int, first: date, last: date) -> bool:
    """Whether the person enters numbers for every institution that a point serves from a day to a day."""
    rows = PointVersion.objects.as_of().filter(point_id=point)
    served = set(rows.overlapping(first, last + timedelta(days=1)).values_list("institution", flat=True))
    own = institutions_for(user, verb=EDIT).filter(pk__in=served).count()
    return bool(served) and own == len(served)


def _of_own(rows: "QuerySet[PointVersion]", viewer: Viewer) -> "QuerySet[PointVersion]":
    if viewer.whole:
        return rows
    return rows.filter(institution__in=institutions_for(viewer.user, read=viewer.read).values("pk"))


@dataclass(frozen=True)
class Sendable:
    """A point that a program may send for, and the instants [first, end) of the days on which it may; None: all.

    virtual: it takes no readings, being made of others.
    """

    point: int
    spans: Sequence[tuple[int, int]] | None = None
    virtual: bool = False

    def holds(self, ts: int) -> bool:
        """Whether a reading of the instant may be sent."""
        return self.spans is None or any(first <= ts < end for first, end in self.spans)


def sendable(user: User, codes: Collection[str]) -> dict[str, Sendable]:
    """Code → point with the days that it serves an institution of the sender's; what never does and what does not exist
    look the same: both are not in it."""
    found = numbers_of(codes)
    virtual = virtual_among(found.values())
    if not found or whole_for(user, PUSH):
        return {code: Sendable(point, virtual=point in virtual) for code, point in found.items()}
    own = institutions_for(user, verb=PUSH).values("pk")
    versions: dict[int, list[PointVersion]] = {}
    for part in among(found.values()):
        rows = PointVersion.objects.as_of().filter(part, institution__in=own)
        for row in rows.order_by("valid_from"):
            versions.setdefault(row.point_id, []).append(row)
    spans = {
        point: [(second_of(first), second_of(end)) for first, end in days_of(rows)]
        for point, rows in versions.items()
    }
    return {
        code: Sendable(point, spans[point], virtual=point in virtual)
        for code, point in found.items()
        if point in spans
    }
