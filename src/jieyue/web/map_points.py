"""Institutions as points over the outline map: near ones as one, with the list that says the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils.translation import ngettext

from jieyue.apps.registry.points import Located, located_on
from jieyue.apps.trees.boundaries import Boundaries
from jieyue.domain.points import Cluster, clusters
from jieyue.web.outline_pictures import drawn_of

#: Rows of the list; the rest is counted.
SHOWN = 50


@dataclass(frozen=True)
class Dot:
    """An institution, or several near one another: middle and radius [px], how many, where it leads, its words."""

    x: float
    y: float
    radius: float
    count: int
    href: str
    label: str

    @property
    def baseline(self) -> float:
        """Where the number of several stands."""
        return round(self.y + 4, 1)


@dataclass(frozen=True)
class MapPoints:
    """dots: the picture's. rows: the list, of one dot if `near` is set. rest: how many more. undrawn: with
    coordinates, but of a system that does not fit, or off the picture."""

    dots: tuple[Dot, ...]
    rows: tuple[Located, ...]
    rest: int
    undrawn: int
    near: bool


def map_points(file: Boundaries, day: date, near: str, href: Callable[[str], str]) -> MapPoints:
    """The points of a day for who sees the whole authority. near: a code; href: the address of a dot's list."""
    located = located_on(day, settings.JIEYUE_HOME.today())
    by_number = {one.number: one for one in located}
    found = clusters(_places(file, located))
    inside = sum(len(one.members) for one in found)
    chosen = next((one for one in found if any(by_number[n].code == near for n in one.members)), None)
    listed = located if chosen is None else sorted((by_number[n] for n in chosen.members), key=_code)
    return MapPoints(
        tuple(_dot(one, by_number, href) for one in found),
        tuple(listed[:SHOWN]),
        max(len(listed) - SHOWN, 0),
        len(located) - inside,
        chosen is not None,
    )


def _code(one: Located) -> str:
    return one.code


def _places(file: Boundaries, located: Sequence[Located]) -> dict[int, tuple[float, float]]:
    drawn = drawn_of(file)
    if drawn.projection is None:
        return {}
    places = {one.number: drawn.projection.place(one.point) for one in located if one.fits}
    return {n: (x, y) for n, (x, y) in places.items() if 0 <= x <= drawn.width and 0 <= y <= drawn.height}


def _dot(found: Cluster, by_number: Mapping[int, Located], href: Callable[[str], str]) -> Dot:
    count, first = len(found.members), by_number[found.members[0]]
    x, y = round(found.x, 1), round(found.y, 1)
    if count == 1:
        return Dot(x, y, 4.5, 1, reverse("institution", args=[first.code]), first.name)
    label = ngettext("%(n)s institution", "%(n)s institutions", count) % {"n": f"{count:,}"}
    return Dot(x, y, 11.5, count, href(first.code), label)
