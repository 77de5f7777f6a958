"""Where institutions stand on the ground, for a map: of who may be shown there, and who stands outside his region."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from jieyue.apps.registry.models import InstitutionVersion
from jieyue.apps.registry.sensitive import sensitive_on
from jieyue.apps.trees.boundaries import Boundaries
from jieyue.apps.trees.queries import Tree, TreeView, all_memberships
from jieyue.domain.boundary import Point, Polygon
from jieyue.domain.points import FITTING, is_inside


@dataclass(frozen=True, slots=True)
class Located:
    """An institution with coordinates [degrees]. fits: their system is that of boundary files."""

    number: int
    code: str
    name: str
    point: Point
    coord_sys: str

    @property
    def fits(self) -> bool:
        """Whether it can be drawn over a boundary."""
        return self.coord_sys in FITTING


def located_on(day: date, marks: date, seen: Collection[int] | None = None) -> list[Located]:
    """Institutions that have coordinates on the day, by code; a sensitive one never.

    marks: the day whose marks count. seen: those that the person sees (None: all).
    """
    rows = InstitutionVersion.objects.as_of().on(day).filter(lon__isnull=False, lat__isnull=False)
    columns = ("institution_id", "code", "name", "lon", "lat", "coord_sys")
    found = list(rows.order_by("code").values_list(*columns))
    hidden = sensitive_on(marks) if found else frozenset()
    return [
        Located(number, code, name, (lon, lat), system)
        for number, code, name, lon, lat, system in found
        if number not in hidden and (seen is None or number in seen)
    ]


@dataclass(frozen=True, slots=True)
class Astray:
    """An institution whose point lies outside the region that the register says, and that region's code."""

    who: Located
    region: str


def astray_on(file: Boundaries, day: date, marks: date, areas: TreeView) -> list[Astray]:
    """Who stands outside the boundary of his region; who has no region with a shape is not judged."""
    located = [one for one in located_on(day, marks) if one.fits]
    if not located:
        return []
    places = all_memberships(Tree.AREA, day)
    found = []
    for one in located:
        node = areas.nodes.get(places.get(one.number, 0))
        if node is not None and is_astray(one.point, node.code, file.shapes):
            found.append(Astray(one, node.code))
    return found


def is_astray(point: Point, region: str, shapes: Mapping[str, Sequence[Polygon]]) -> bool:
    """Whether the point lies outside the shape of its region; a region without a shape says nothing."""
    own = shapes.get(region)
    return own is not None and not is_inside(point, own)
