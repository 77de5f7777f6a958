"""Points on an outline map: which region holds one, and points near one another drawn as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from jieyue.domain.boundary import Point, Polygon, Ring

#: Coordinates that fit a boundary file as they are; others (GCJ02, BD09) are shifted by hundreds of metres.
FITTING = ("CGCS2000", "WGS84")


def is_inside(point: Point, polygons: Sequence[Polygon]) -> bool:
    """Whether a point lies in a region: a line to the east crosses its rings an odd number of times (holes out).

    >>> square = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0))
    >>> hole = ((1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 1.0))
    >>> [is_inside(point, [(square, hole)]) for point in ((3.0, 3.0), (5.0, 3.0), (1.8, 1.5))]
    [True, False, False]
    """
    return any(sum(_crossings(point, ring) for ring in polygon) % 2 for polygon in polygons)


def _crossings(point: Point, ring: Ring) -> int:
    x, y = point
    found = 0
    for (ax, ay), (bx, by) in pairwise(ring):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            found += 1
    return found


@dataclass(frozen=True, slots=True)
class Cluster:
    """Points that are drawn as one, at their middle [px]."""

    x: float
    y: float
    members: tuple[int, ...]


def clusters(places: Mapping[int, Point], size: float = 24.0) -> list[Cluster]:
    """Points of one square of `size` px as one, from north to south; who is alone stands where it is.

    >>> [(found.x, found.y, found.members) for found in clusters({1: (1, 1), 2: (3, 5), 3: (30, 5)}, 10)]
    [(2.0, 3.0, (1, 2)), (30.0, 5.0, (3,))]
    """
    cells: dict[tuple[int, int], list[int]] = {}
    for number, (x, y) in sorted(places.items()):
        cells.setdefault((int(y // size), int(x // size)), []).append(number)
    return [
        Cluster(
            sum(places[one][0] for one in members) / len(members),
            sum(places[one][1] for one in members) / len(members),
            tuple(members),
        )
        for _cell, members in sorted(cells.items())
    ]
