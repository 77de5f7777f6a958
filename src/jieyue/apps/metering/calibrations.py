"""When meters were calibrated, and when they are due: by the certificate, else by the authority's own interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

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


def due_list(viewer: Viewer, *, institution: int | None = None) -> list[Due]:
    """The meters in service at the person's points, the longest overdue first; those of which nothing is said last."""
    rows: Any = points_for(viewer).exclude(kind="virtual").select_related("point")
    if institution is not None:
        rows = rows.filter(institution=institution)
    own, today = intervals(), settings.JIEYUE_HOME.today()
    found = [_due(row, own, today) for row in _with_last(rows)]
    order = {state: place for place, state in enumerate(STATES)}
    return sorted(
        found, key=lambda one: (order[one.state], one.due or date.max, one.version.institution, one.version.point.code)
    )  # fmt: skip


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
        .order_by(F("institution"))
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
