"""How points stand in a month: how much of it is known, who is silent, stuck or out of balance, what is open."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery

from jieyue.apps.metering.balance_board import out_of_balance
from jieyue.apps.metering.models import LastReading, PointMonth, PointVersion, PointWork, ReadingBatch
from jieyue.apps.metering.months import begin_of, month_of, second_of, shifted
from jieyue.apps.metering.on_record import LEVEL, month_so_far, record, with_record
from jieyue.apps.metering.own_days import Spans, own_sums
from jieyue.apps.metering.scope import Viewer, not_own, points_for, spans_of, told_apart
from jieyue.domain.readings import DAY, HOUR, Bools, Work

#: A point is silent that nobody has heard of for a day or three planned steps, whichever is longer; and a month is
#: complete from this share of its hours on. Defaults of this product, not official.
SILENT: Final = DAY
STEPS: Final = 3
COMPLETE: Final = 0.95
#: States that a list can be asked for.
STATES: Final = ("silent", "stuck", "unbalanced", "unjudged", "incomplete", "open")
_FLAT = Work.FLAT.name.lower()


@dataclass(frozen=True)
class Standing:
    """One point in a month. hours: of the month up to today in which a meter is on record; known: measured and
    calculated ones; missing: those without a use, before its first value and after its last one too.

    last: until when anything is known of it (UTC seconds), whatever the month. work: kind → how often, in the month.
    silent: at the end of the month, or today. unbalanced: on a day of the month what hung below it used more than it
    shows; unjudged: on none, and of a day nobody can say (balance_board.py).
    """

    version: Any
    hours: int
    known: int
    estimated: int
    last: int | None
    work: dict[str, int] = field(default_factory=dict)
    silent: bool = False
    unbalanced: bool = False
    missing: int = 0
    unjudged: bool = False

    @property
    def complete(self) -> float | None:
        """The share of the hours that is known; None where the month has none of it yet."""
        return min(self.known / self.hours, 1.0) if self.hours else None

    @property
    def states(self) -> tuple[str, ...]:
        """What is to be said of it, of STATES."""
        said = {
            "silent": self.silent,
            "stuck": _FLAT in self.work,
            "unbalanced": self.unbalanced,
            "unjudged": self.unjudged,
            "incomplete": self.complete is not None and self.complete < COMPLETE,
            "open": bool(self.work),
        }
        return tuple(state for state in STATES if said[state])


def months_there() -> list[int]:
    """Months that anything was derived of, the newest first."""
    found = PointMonth.objects.order_by("-month").values_list("month", flat=True).distinct()
    return list(found)


def this_month() -> int:
    """The local month of today."""
    return month_of(second_of(settings.JIEYUE_HOME.today()))


def marked(
    rows: "QuerySet[PointVersion]", viewer: Viewer, month: int | None = None
) -> "QuerySet[PointVersion]":
    """Versions with the code of the point, and of the one above it if that is the person's; since when and until when
    the point is on record; until when anything is known of it, and was at the end of a month; whether the point ever
    served others too; when it was read last, what it showed, by which
    kind of source."""
    known = PointMonth.objects.filter(point_id=OuterRef("point_id")).order_by().values("point_id")
    then = known if month is None else known.filter(month__lte=month)
    last = LastReading.objects.filter(point_id=OuterRef("point_id"))
    brought = LastReading.objects.filter(point_id=OuterRef(OuterRef("point_id"))).values("batch")
    above = points_for(viewer).filter(point_id=OuterRef("parent")).order_by()
    others = not_own(viewer, PointVersion.objects.as_of().filter(point_id=OuterRef("point_id")))
    return with_record(rows.select_related("point")).annotate(
        known_until=Subquery(known.annotate(end=Max("last")).values("end")),
        heard=Subquery(then.annotate(end=Max("last")).values("end")),
        above=Subquery(above.values("point__code")),
        shared=Exists(others),
        read_at=Subquery(last.values("ts")),
        shown=Subquery(last.values("value")),
        read_by=Subquery(ReadingBatch.objects.filter(pk__in=brought).values("source")),
    )


def standings(viewer: Viewer, rows: Sequence[Any], month: int, within: Any = None) -> list[Standing]:
    """How each of some `marked` points stands on the person's days.

    within: a query of the same, where they are too many for a list.
    """
    points = [row.point_id for row in rows] if within is None else within
    shared = _own(viewer, [row.point_id for row in rows if row.shared])
    months = _months(points, month, list(shared), listed=within is None)
    sums = {row.point_id: row for row in months if row.month == month}
    own_days = {point: _days_of(spans, month) for point, spans in shared.items()}
    metered = [row.point_id for row in rows if row.kind != LEVEL]
    wrong, unsure = out_of_balance(metered, month, within, own_days)
    span = month_so_far(month)
    if shared:
        keep_to_own(rows, shared, months)
        sums |= own_sums(shared, month)
    work = _work(points, month, shared)
    expected = {row.point_id: _hours(row, span, shared.get(row.point_id)) for row in rows}
    missing = {point: _missing(hours, sums.get(point)) for point, hours in expected.items()}
    return [
        Standing(
            row,
            hours=expected[row.point_id],
            known=0 if (own := sums.get(row.point_id)) is None else own.measured + own.calculated,
            estimated=0 if own is None else own.estimated,
            last=row.known_until,
            work=work.get(row.point_id, {}),
            silent=is_silent(row, span[1]),
            unbalanced=row.point_id in wrong,
            missing=missing[row.point_id],
            unjudged=row.point_id in unsure,
        )
        for row in rows
    ]


def keep_to_own(rows: Sequence[Any], shared: Mapping[int, Spans], months: Iterable[PointMonth]) -> None:
    """Let `marked` rows say nothing of the days on which a shared point served others. months: all of such points."""
    heard: dict[int, int] = {}
    for month in months:
        for first, end in shared.get(month.point_id, ()):
            if month.last is not None and first < month.last:
                heard[month.point_id] = max(heard.get(month.point_id, 0), min(month.last, end))
    for row in rows:
        spans = shared.get(row.point_id)
        if spans is not None:
            row.known_until = row.heard = heard.get(row.point_id)
            row.since = None if row.since is None else max(row.since, spans[0][0])
            if row.read_at is not None and not any(first <= row.read_at < end for first, end in spans):
                row.read_at = row.shown = None


def is_silent(row: Any, at: int | None = None) -> bool:
    """Whether a `marked` point had not been heard of for too long at an instant (None: today), or when its last meter
    left; of a level no use is known."""
    now = second_of(settings.JIEYUE_HOME.today()) if at is None else at
    if row.kind == "gauge" or row.since is None or row.since >= now:
        return False
    heard = row.since if row.heard is None else row.heard
    return bool(heard < min(now, row.until) - max(SILENT, STEPS * row.step * 60))


def _hours(row: Any, span: tuple[int, int], own: Spans | None) -> int:
    """How many hours of a span a point is on record, on the person's days."""
    first, end = record(row)
    first, end = max(first, span[0]), min(end, span[1])
    parts = [(first, end)] if own is None else [(max(first, one), min(end, other)) for one, other in own]
    return sum(max(0, (other - one) // HOUR) for one, other in parts)


def _missing(hours: int, sums: PointMonth | None) -> int:
    """Hours without a use."""
    if sums is None:
        return hours
    told = sums.measured + sums.calculated + sums.estimated + sums.manual + sums.suspect
    return max(0, hours - told)


def _days_of(spans: Spans, month: int) -> Bools:
    """Which days of a month lie in spans of instants."""
    begin, end = begin_of(month), begin_of(shifted(month, 1))
    starts = np.arange(begin, end, DAY)
    return np.array([any(first <= at < stop for first, stop in spans) for at in starts.tolist()], dtype=bool)


def _own(viewer: Viewer, shared: Collection[int]) -> dict[int, Spans]:
    """The person's spans of points that served others too."""
    versions: dict[int, list[Any]] = {point: [] for point in shared}
    if shared:
        rows: Any = told_apart(viewer, PointVersion.objects.as_of().filter(point_id__in=shared))
        for row in rows.order_by("valid_from"):
            versions[row.point_id].append(row)
    return {point: spans_of(found) for point, found in versions.items()}


def _months(points: Any, month: int, shared: Collection[int], *, listed: bool) -> list[PointMonth]:
    """The sums of the month of points, and of shared points those of all months."""
    which = Q(month=month)
    if listed:
        which &= Q(point_id__in=points)
    return list(PointMonth.objects.filter(which | Q(point_id__in=shared) if shared else which))


def _work(points: Any, month: int, shared: Mapping[int, Spans]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    rows = PointWork.objects.filter(month=month, point_id__in=points).order_by()
    for point, kind, start, stop in rows.values_list("point_id", "kind", "start", "end"):
        spans = shared.get(point)
        if spans is None or any(start < end and stop > first for first, end in spans):
            kinds = found.setdefault(point, {})
            kinds[kind] = kinds.get(kind, 0) + 1
    return found


@dataclass
class Tally:
    """How the points of an institution, or of a body and all below it, stand together."""

    points: int = 0
    silent: int = 0
    stuck: int = 0
    unbalanced: int = 0
    unjudged: int = 0
    incomplete: int = 0
    open: int = 0
    hours: int = 0
    known: int = 0
    estimated: int = 0
    missing: int = 0

    def add(self, one: Standing) -> None:
        """Count one point."""
        self.points += 1
        for state in one.states:
            setattr(self, state, getattr(self, state) + 1)
        self.hours += one.hours
        self.known += min(one.known, one.hours)
        self.estimated += min(one.estimated, one.hours)
        self.missing += one.missing

    def take(self, other: "Tally") -> None:
        """Count what another has counted."""
        for name in vars(other):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def tallies(found: Sequence[Standing]) -> dict[int, Tally]:
    """Institution → its points together."""
    made: dict[int, Tally] = {}
    for one in found:
        made.setdefault(one.version.institution, Tally()).add(one)
    return made
