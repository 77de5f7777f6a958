"""Lists of points by what is asked of them, and one point with everything that is on record of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from jieyue.apps.metering.formulas import VIRTUAL, parts_of
from jieyue.apps.metering.models import MeterPeriod, PointMonth, PointVersion, PointWork
from jieyue.apps.metering.months import second_of
from jieyue.apps.metering.scope import Viewer, closed_for, days_of, points_for, spans_of, told_apart
from jieyue.apps.metering.standing import Standing, keep_to_own, marked, standings

TOP: Final = -1


@dataclass(frozen=True)
class Wanted:
    """What a list is asked for; empty: anything. parent: the point above, TOP: none above. state: of STATES.

    closed: those that are out of service today, in place of those that are in service.
    """

    month: int
    text: str = ""
    institution: int | None = None
    carrier: str = ""
    end_use: str = ""
    parent: int | None = None
    state: str = ""
    closed: bool = False


def listed(viewer: Viewer, wanted: Wanted, *, start: int, size: int) -> tuple[int, list[Standing]]:
    """How many points there are, and so many of them from `start` on, by institution and code."""
    rows = marked(_chosen(viewer, wanted), viewer, wanted.month).order_by("institution", "point__code")
    if not wanted.state:
        return rows.count(), standings(viewer, list(rows[start : start + size]), wanted.month)
    every = [one for one in _all(viewer, rows, wanted.month) if wanted.state in one.states]
    return len(every), every[start : start + size]


def every_standing(viewer: Viewer, month: int) -> list[Standing]:
    """All points that the person may see."""
    return _all(viewer, marked(points_for(viewer), viewer, month), month)


def _all(viewer: Viewer, rows: "QuerySet[PointVersion]", month: int) -> list[Standing]:
    return standings(viewer, list(rows), month, rows.order_by().values("point_id"))


def carriers_there(viewer: Viewer) -> list[tuple[str, str]]:
    """(carrier, end use) of the points that the person may see."""
    rows = points_for(viewer).order_by("carrier", "end_use")
    return list(rows.values_list("carrier", "end_use").distinct())


def institutions_there(viewer: Viewer, institution: int | None) -> list[tuple[int, str]]:
    """(institution, carrier) of the points of one, or of the first that has any, of those that the person may see."""
    rows = points_for(viewer).exclude(kind="gauge").order_by("institution", "carrier")
    first = rows.values_list("institution", flat=True)[:1]
    found = rows.filter(institution__in=list(first) if institution is None else [institution])
    return list(found.values_list("institution", "carrier").distinct())


def _chosen(viewer: Viewer, wanted: Wanted) -> "QuerySet[PointVersion]":
    rows = closed_for(viewer) if wanted.closed else points_for(viewer)
    if wanted.text:
        rows = rows.filter(Q(point__code__icontains=wanted.text) | Q(name__icontains=wanted.text))
    if wanted.institution is not None:
        rows = rows.filter(institution=wanted.institution)
    if wanted.carrier:
        rows = rows.filter(carrier=wanted.carrier)
    if wanted.end_use:
        rows = rows.filter(end_use=wanted.end_use)
    if wanted.parent == TOP:
        rows = rows.filter(parent=None)
    elif wanted.parent is not None:
        rows = rows.filter(parent=wanted.parent)
    return rows


@dataclass(frozen=True)
class Shared:
    """One part of a virtual point, or one virtual point that takes a part of this: its share, negative where it is
    taken off; the point, None where it is another's."""

    share: Fraction
    row: PointVersion | None


@dataclass(frozen=True)
class PointInfo:
    """A point as the person may see it: what held of it (`marked`), the meters that served it then, its neighbours.

    above: the point above it; below: those right below. Of others only how many there are. near: these, and those by
    whose formulas it has to do with them; told apart.
    """

    id: int
    code: str
    versions: Sequence[Any]
    meters: Sequence[MeterPeriod]
    above: Sequence[PointVersion]
    above_others: int
    below: Sequence[PointVersion]
    below_others: int
    near: Sequence[Any]

    @property
    def now(self) -> Any:
        """What held of it last."""
        return self.versions[-1]


def point_of(viewer: Viewer, number: int) -> PointInfo | None:
    """The point, if it is there and serves or served an institution of the person's."""
    rows = told_apart(viewer, PointVersion.objects.as_of().filter(point_id=number))
    every: list[Any] = list(marked(rows, viewer).order_by("valid_from"))
    versions = [row for row in every if row.mine]
    if not versions:
        return None
    if len(versions) < len(every):
        keep_to_own(versions, {number: spans_of(every)}, PointMonth.objects.filter(point_id=number))
    days = days_of(versions)
    meters = MeterPeriod.objects.as_of().filter(point_id=number).order_by("begins")
    near = _near(viewer, versions[-1])
    above = [row for row in near if row.point_id == versions[-1].parent]
    below = [row for row in near if row.parent == number]
    return PointInfo(
        number,
        versions[-1].point.code,
        versions,
        [row for row in meters if any(row.valid_from < end and row.valid_to > first for first, end in days)],
        [row for row in above if row.mine],
        sum(not row.mine for row in above),
        [row for row in below if row.mine],
        sum(not row.mine for row in below),
        near,
    )


def units_read(rows: Sequence[Any]) -> dict[int, str]:
    """Point → the unit in which its last reading was told, of `marked` rows: that of its day, which may be an older
    one."""
    found = {row.point_id: row.unit for row in rows}
    older = {
        row.point_id: row.read_at
        for row in rows
        if row.read_at is not None and row.read_at < second_of(row.valid_from)
    }
    if older:
        for version in PointVersion.objects.as_of().filter(point_id__in=older).order_by("valid_from"):
            if second_of(version.valid_from) <= older[version.point_id]:
                found[version.point_id] = version.unit
    return found


def last_of(viewer: Viewer, number: int) -> Any:
    """What held last of a point, if it is there and serves or served an institution of the person's; else None."""
    rows: Any = told_apart(viewer, PointVersion.objects.as_of().filter(point_id=number))
    own = [row for row in rows.select_related("point").order_by("valid_from") if row.mine]
    return own[-1] if own else None


def shares_of(info: PointInfo) -> tuple[list[Shared], list[Shared]]:
    """(what a point is made of, if it is virtual; the virtual points that take shares of it), both as of today."""
    parts = {part.code: part.share for part in parts_of(info.now.formula)}
    found = {other.point.code: other for other in info.near}
    seen = {name: other if other.mine else None for name, other in found.items()}
    taken = {
        name: part.share
        for name, other in sorted(found.items())
        for part in parts_of(other.formula)
        if part.code == info.code
    }
    return (
        [Shared(share, seen.get(name)) for name, share in parts.items()],
        [Shared(share, seen[name]) for name, share in taken.items()],
    )


def _near(viewer: Viewer, row: PointVersion) -> list[Any]:
    """What holds today of the point above one, of those right below it, of those that it is made of and of the virtual
    ones that may be made of it; `mine`: whether they are the person's."""
    current = PointVersion.objects.as_of().on(settings.JIEYUE_HOME.today())
    mine = points_for(viewer).filter(pk=OuterRef("pk"))
    tree = Q(parent=row.point_id) | Q(point_id=row.parent)
    parts = [part.code for part in parts_of(row.formula)]
    shares = Q(kind=VIRTUAL, formula__contains=row.point.code) | Q(point__code__in=parts)
    return list(
        current.filter(tree | shares)
        .annotate(mine=Exists(mine))
        .select_related("point")
        .order_by("point__code")
    )


def work_of(info: PointInfo, span: tuple[int, int]) -> list[tuple[str, int, int]]:
    """(kind, start, end) of what somebody has to look at in a span of instants, the newest first; of the days that are
    the person's to see."""
    rows = PointWork.objects.filter(point_id=info.id, start__lt=span[1], end__gt=span[0])
    own = [(second_of(first), second_of(end)) for first, end in days_of(info.versions)]
    found = {
        (kind, max(start, first), min(end, last))
        for kind, start, end in rows.values_list("kind", "start", "end")
        for first, last in own
        if start < last and end > first
    }
    return sorted(found, key=lambda item: (-item[1], item[0]))
