"""When meters were calibrated, and when they are due: by the certificate, else by the authority's own interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import ExtractDay, ExtractMonth, ExtractYear

from jieyue.apps.metering.models import Calibration, MeterPeriod, PointVersion
from jieyue.apps.metering.scope import Viewer, points_for
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.calibration import CalibrationInterval, load_intervals, months_later

#: Days before its day on which a calibration is called due soon; default of this product.
SOON: Final = 90
STATES: Final = ("overdue", "soon", "never", "unknown", "valid")


@dataclass(frozen=True)
class Due:
    """The meter that serves a point now. on: its last calibration (None: none on record); due: when the next one is
    (None: nobody says); stated: whether the certificate says so, and not the interval. state: of STATES."""

    version: Any
    on: date | None
    due: date | None
    stated: bool
    state: str


def intervals() -> Mapping[str, CalibrationInterval]:
    """The home's own intervals, `calibration.csv`; none is shipped. Raises CatalogError."""
    path = settings.JIEYUE_HOME.path / "calibration.csv"
    return load_intervals(path, home_catalog()) if path.is_file() else {}


@dataclass(frozen=True)
class DueList:
    """The meters in service at the person's points, the longest overdue first; those of which nothing is said last.

    Put in order, counted and cut by the database: a page reads no more than it shows."""

    rows: Any
    own: Mapping[str, CalibrationInterval]
    today: date

    def counts(self) -> dict[str, int]:
        """How many there are in each of STATES."""
        found = dict(self.rows.order_by().values_list("place").annotate(Count("pk")))
        return {state: found.get(place, 0) for place, state in enumerate(STATES)}

    def read(self, state: str = "", start: int = 0, end: int | None = None) -> list[Due]:
        """Those from `start` to before `end` (None: all), of one state or all."""
        rows = self.rows.filter(place=STATES.index(state)) if state else self.rows
        return [_due(row, self.own, self.today) for row in rows[start:end]]


def due_list(viewer: Viewer, *, institution: int | None = None) -> DueList:
    """Those of the points that the person may see; institution: of this one alone. Raises CatalogError."""
    rows: Any = points_for(viewer).exclude(kind="virtual").select_related("point")
    if institution is not None:
        rows = rows.filter(institution=institution)
    own, today = intervals(), settings.JIEYUE_HOME.today()
    placed = _with_last(rows).annotate(key=_key(own)).annotate(place=_place(today))
    return DueList(placed.order_by("place", "key", "institution", "point__code"), own, today)


def _key(own: Mapping[str, CalibrationInterval]) -> Any:
    """A number that rises with the day on which the next calibration is due: its months since year 0 times 32, and the
    day of the month; empty where nobody says. 30 February stands for the last day of the month."""
    steps = [When(carrier=carrier, then=Value(row.interval_months * 32)) for carrier, row in own.items()]
    step = Case(*steps, default=None, output_field=IntegerField())
    return Case(
        When(stated__isnull=False, then=_number("stated")),
        When(calibrated__isnull=False, then=_number("calibrated") + step),
        default=None,
        output_field=IntegerField(),
    )


def _number(day: str) -> Any:
    return (ExtractYear(day) * 12 + ExtractMonth(day)) * 32 + ExtractDay(day)


def _place(today: date) -> Any:
    """The place of a meter's state among STATES."""
    soon = today + timedelta(days=SOON)
    last = (soon + timedelta(days=1)).day == 1
    limit = (soon.year * 12 + soon.month) * 32 + (31 if last else soon.day)
    said = {
        "never": Q(calibrated__isnull=True),
        "unknown": Q(key__isnull=True),
        "overdue": Q(key__lt=(today.year * 12 + today.month) * 32 + today.day),
        "soon": Q(key__lte=limit),
    }
    whens = [When(rule, then=Value(STATES.index(state))) for state, rule in said.items()]
    return Case(*whens, default=Value(STATES.index("valid")), output_field=IntegerField())


def of_point(point: int) -> Sequence[Calibration]:
    """All calibrations of the meters that served a point, the newest first."""
    return list(Calibration.objects.filter(point_id=point).order_by("-on"))


def _with_last(rows: "QuerySet[PointVersion]") -> "QuerySet[PointVersion]":
    """With `serial` of the meter in service (None: there is none), and the last calibration of it."""
    serving = MeterPeriod.objects.as_of().filter(point_id=OuterRef("point_id"), ends=None).order_by("-begins")
    last = Calibration.objects.filter(point_id=OuterRef("point_id"), serial=OuterRef("serial")).order_by(
        "-on"
    )
    return (
        rows.annotate(serial=Subquery(serving.values("serial")[:1]))
        .exclude(Q(serial=None))
        .annotate(
            calibrated=Subquery(last.values("on")[:1]),
            stated=Subquery(last.values("due")[:1]),
            certificate=Subquery(last.values("certificate")[:1]),
        )
    )


def _due(row: Any, own: Mapping[str, CalibrationInterval], today: date) -> Due:
    if row.calibrated is None:
        return Due(row, None, None, stated=False, state="never")
    if row.stated is not None:
        return Due(row, row.calibrated, row.stated, stated=True, state=_state(row.stated, today))
    interval = own.get(row.carrier)
    if interval is None:
        return Due(row, row.calibrated, None, stated=False, state="unknown")
    due = months_later(row.calibrated, interval.interval_months)
    return Due(row, row.calibrated, due, stated=False, state=_state(due, today))


def _state(due: date, today: date) -> str:
    if due < today:
        return "overdue"
    return "soon" if due <= today + timedelta(days=SOON) else "valid"
