"""Coordinates in an institution file: a point outside the boundary of its region is told, and stored all the same."""

from collections.abc import Sequence

from django.conf import settings

from jieyue.apps.exchange.institutions import InstitutionRow
from jieyue.apps.exchange.result import Report
from jieyue.apps.registry.points import is_astray
from jieyue.apps.trees.boundaries import boundaries_on
from jieyue.domain.points import FITTING

_NEEDED = frozenset({"lon", "lat", "coord_sys"})


def tell_astray(rows: Sequence[InstitutionRow], report: Report) -> None:
    """A finding for each row whose point is not where its region is, by the boundary file of today.

    Rows without a coordinate system, or with one that does not fit a boundary, are not judged.
    """
    placed = [row for row in rows if row.given >= _NEEDED and row.coord_sys in FITTING]
    file = boundaries_on(settings.JIEYUE_HOME.today()) if placed else None
    if file is None:
        return
    for row in placed:
        if is_astray((float(row.lon), float(row.lat)), row.region, file.shapes):
            report.add(
                "point_outside_region",
                row=row.row,
                column="lon",
                value=f"{row.lon}, {row.lat}",
                region=row.region,
            )
