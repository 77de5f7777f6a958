"""The boundary file that is in force on a day: shapes by region code, and the number of its review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from jieyue.apps.trees.models import BoundaryFile
from jieyue.domain.boundary import Polygon


@dataclass(frozen=True)
class Boundaries:
    """A loaded file. shapes: region code → polygons; unmatched: what in it stands for no region of its first day."""

    number: int
    name: str
    approval: str
    valid_from: date
    made_by: str
    shapes: Mapping[str, Sequence[Polygon]]
    unmatched: tuple[str, ...]

    def public_geojson(self, values: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
        """The shapes with values as GeoJSON for publication, which carries the number of the review."""
        return {
            "type": "FeatureCollection",
            "approval": self.approval,
            "features": [
                {
                    "type": "Feature",
                    "id": code,
                    "properties": {**values.get(code, {}), "code": code, "approval": self.approval},
                    "geometry": {"type": "MultiPolygon", "coordinates": polygons},
                }
                for code, polygons in self.shapes.items()
            ],
        }


def boundaries_on(day: date) -> Boundaries | None:
    """The file in force on a day: of those that hold by then the one that begins last, of one day the newest."""
    row = _in_force(day).first()
    return None if row is None else _of(row)


def boundary_named_on(day: date) -> Boundaries | None:
    """The same without its shapes: its number and that of its review, for who only says them."""
    row = _in_force(day).defer("shapes").first()
    return None if row is None else _named(row)


def file_number(day: date) -> int:
    """Its number, without its shapes; 0: there is none."""
    return _in_force(day).values_list("pk", flat=True).first() or 0


def _in_force(day: date) -> QuerySet[BoundaryFile]:
    held = BoundaryFile.objects.filter(valid_from__lte=day, withdrawn_at=None)
    return held.order_by("-valid_from", "-pk")


def boundary_files() -> list[Boundaries]:
    """All files that were not taken back, the newest first, without their shapes."""
    rows = BoundaryFile.objects.filter(withdrawn_at=None).defer("shapes").order_by("-valid_from", "-pk")
    return [_named(row) for row in rows]


def _named(row: BoundaryFile) -> Boundaries:
    return Boundaries(row.pk, row.name, row.approval, row.valid_from, row.made_by, {}, tuple(row.unmatched))


def _of(row: BoundaryFile) -> Boundaries:
    shapes: dict[str, list[Polygon]] = {
        code: [tuple(tuple((x, y) for x, y in ring) for ring in polygon) for polygon in polygons]
        for code, polygons in row.shapes.items()
    }
    return Boundaries(
        row.pk, row.name, row.approval, row.valid_from, row.made_by, shapes, tuple(row.unmatched)
    )
