"""Equipping rates 配备率: places with a meter in service ÷ places that should have one, by level of the water supply
and for the sub-items of key systems and parts. Without a list of an institution there is no rate of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from jieyue.apps.metering.models import MeterPeriod, PointVersion, ToBeMetered
from jieyue.apps.metering.months import second_of
from jieyue.apps.metering.scope import Viewer
from jieyue.apps.registry.scope import institutions_for

WATER: Final = ("water1", "water2", "water3")
#: The two rates: name → the kinds of places that they count.
RATES: Final = {"water": WATER, "system": ("system",)}


@dataclass
class Equipped:
    """Kind → [places with a meter, places that should have one]."""

    counts: dict[str, list[int]] = field(default_factory=dict)

    def add(self, kind: str, *, has: bool) -> None:
        """Count one place."""
        own = self.counts.setdefault(kind, [0, 0])
        own[0] += has
        own[1] += 1

    def take(self, other: "Equipped") -> None:
        """Count what another has counted."""
        for kind, (has, should) in other.counts.items():
            own = self.counts.setdefault(kind, [0, 0])
            own[0] += has
            own[1] += should

    def of(self, kinds: Sequence[str]) -> tuple[int, int]:
        """(with a meter, should have one) of some kinds together."""
        found = [self.counts.get(kind, [0, 0]) for kind in kinds]
        return sum(has for has, _ in found), sum(should for _, should in found)


@dataclass(frozen=True)
class Place:
    """A place on the list; has: whether a meter of the institution serves it today."""

    row: ToBeMetered
    has: bool


def places(viewer: Viewer, institution: int) -> list[Place]:
    """Places of an institution that should be metered today, if the person may see it."""
    rows: Any = _places(viewer).filter(institution=institution).order_by("kind", "place")
    return [Place(row, bool(row.has)) for row in rows]


def counts_of(viewer: Viewer) -> dict[int, Equipped]:
    """Institution → its counts today, of those that the person may see; counted in the database."""
    rows = _places(viewer).order_by().values("institution", "kind")
    made: dict[int, Equipped] = {}
    for institution, kind, has, should in rows.annotate(
        equipped=Count("pk", filter=Q(has=True)), should=Count("pk")
    ).values_list("institution", "kind", "equipped", "should"):
        made.setdefault(institution, Equipped()).counts[kind] = [has, should]
    return made


def _places(viewer: Viewer) -> "QuerySet[ToBeMetered]":
    """With `has`: whether a meter of the institution serves the place today."""
    today = settings.JIEYUE_HOME.today()
    rows = ToBeMetered.objects.filter(valid_from__lte=today, valid_to__gt=today)
    if not viewer.whole:
        rows = rows.filter(institution__in=institutions_for(viewer.user, read=viewer.read).values("pk"))
    now = second_of(today)
    serving = (
        MeterPeriod.objects.as_of()
        .filter(point_id=OuterRef("point_id"), begins__lte=now)
        .exclude(ends__lte=now)
    )
    points = PointVersion.objects.as_of().on(today).filter(Exists(serving))
    there = points.filter(point__code=OuterRef("meter"), institution=OuterRef("institution"))
    return rows.annotate(has=Exists(there))


def together(found: Sequence[Place]) -> Equipped:
    """The counts of some places."""
    made = Equipped()
    for one in found:
        made.add(one.row.kind, has=one.has)
    return made
