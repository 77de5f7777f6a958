"""An authority's official boundary file: GeoJSON read strictly, and its outlines as paths of a picture.

Nothing here draws a border of its own: the shapes are the file's, thinned for the size of a screen. Whoever loads one
names the number of its review (审图号); the numbers of the file are degrees of CGCS2000 or WGS84.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jieyue.domain.errors import DomainError

LARGEST = 20 * 2**20
MOST_SHAPES, MOST_POINTS = 5_000, 2_000_000
#: What properties may name a region, in this order; the feature's own `id` comes after them.
CODES = ("code", "adcode", "region_id", "gb", "XZQDM")
NAMES = ("name", "NAME", "XZQMC")
_CLOSED = 4  # points of the smallest ring: a triangle and its first point again

Point = tuple[float, float]
Ring = tuple[Point, ...]
#: A border and its holes.
Polygon = tuple[Ring, ...]


class BoundaryError(DomainError):
    """A file that is no boundary file: where, what, how to mend it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One feature: what names it, and its polygons."""

    code: str
    name: str
    polygons: tuple[Polygon, ...]

    @property
    def rings(self) -> tuple[Ring, ...]:
        """All rings, holes too."""
        return tuple(ring for polygon in self.polygons for ring in polygon)


def read_boundary(content: bytes) -> tuple[Shape, ...]:
    """The shapes of a GeoJSON FeatureCollection of Polygon and MultiPolygon, longitude before latitude [degrees].

    Refuses a file above 20 MB, deep nesting, another kind of document, a shape without a name or code, a ring that is
    open or has fewer than four points, and a coordinate that is no degree. Raises `BoundaryError`.

    >>> square = [[[106, 29], [107, 29], [107, 30], [106, 29]]]
    >>> geometry = {"type": "Polygon", "coordinates": square}
    >>> feature = {"type": "Feature", "properties": {"code": "500103"}, "geometry": geometry}
    >>> content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    >>> [(shape.code, len(shape.rings[0])) for shape in read_boundary(content)]
    [('500103', 4)]
    """
    features = _features(content)
    shapes = tuple(_shape(feature, place) for place, feature in enumerate(features, 1))
    if sum(len(ring) for shape in shapes for ring in shape.rings) > MOST_POINTS:
        raise _wrong(
            "points", f"界线点数超过 {MOST_POINTS}；请先抽稀", f"more than {MOST_POINTS} points; thin it out"
        )
    return shapes


def _features(content: bytes) -> Sequence[Any]:
    if len(content) > LARGEST:
        raise _wrong("size", "文件超过 20 MB；请先抽稀", "the file is above 20 MB; thin it out")
    if not content.strip():
        raise _wrong("empty", "文件是空的", "the file is empty")
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise _wrong("json", "不是 UTF-8 的 JSON", "not JSON in UTF-8") from error
    found = document.get("features") if isinstance(document, dict) else None
    if (
        not isinstance(document, dict)
        or document.get("type") != "FeatureCollection"
        or not isinstance(found, list)
    ):
        raise _wrong("kind", "应为 GeoJSON 的 FeatureCollection", "must be a GeoJSON FeatureCollection")
    if not 0 < len(found) <= MOST_SHAPES:
        raise _wrong("count", f"应有 1 到 {MOST_SHAPES} 个图形", f"must hold 1 to {MOST_SHAPES} features")
    return found


def _shape(feature: Any, place: int) -> Shape:
    own = feature if isinstance(feature, dict) else {}
    said = own.get("properties")
    said = said if isinstance(said, dict) else {}
    code, name = _text(said, CODES) or _text(own, ("id",)), _text(said, NAMES)
    if not (code or name):
        raise _at(place, "没有代码也没有名称", "has neither a code nor a name")
    geometry = own.get("geometry")
    geometry = geometry if isinstance(geometry, dict) else {}
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(coordinates, list):
        raise _at(place, "应为 Polygon 或 MultiPolygon", "must be a Polygon or MultiPolygon")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    read = tuple(tuple(_ring(ring, place) for ring in _list(polygon, place)) for polygon in polygons)
    if not read or not all(read):
        raise _at(place, "没有界线", "has no ring")
    return Shape(code, name, read)


def _text(said: Mapping[str, Any], names: Iterable[str]) -> str:
    found = (said.get(name) for name in names)
    return next(
        (str(value).strip() for value in found if isinstance(value, str | int) and str(value).strip()), ""
    )


def _list(value: Any, place: int) -> list[Any]:
    if not isinstance(value, list):
        raise _at(place, "坐标的层次不对", "has coordinates of another depth")
    return value


def _ring(value: Any, place: int) -> Ring:
    points = tuple(_point(point, place) for point in _list(value, place))
    if len(points) < _CLOSED or points[0] != points[-1]:
        raise _at(place, "界线未闭合或不足四点", "has a ring that is open or has fewer than four points")
    return points


def _point(value: Any, place: int) -> Point:
    pair = value[:2] if isinstance(value, list) else []
    if len(pair) == 2 and all(isinstance(n, int | float) and not isinstance(n, bool) for n in pair):
        longitude, latitude = pair
        if (
            math.isfinite(longitude)
            and -180 <= longitude <= 180
            and math.isfinite(latitude)
            and -90 <= latitude <= 90
        ):
            return float(longitude), float(latitude)
    raise _at(
        place, "坐标应为经度、纬度，单位度", "has a coordinate that is not longitude and latitude in degrees"
    )


def _wrong(code: str, zh: str, en: str) -> BoundaryError:
    return BoundaryError(f"boundary_{code}", zh=f"界线文件：{zh}", en=f"boundary file: {en}")


def _at(place: int, zh: str, en: str) -> BoundaryError:
    return BoundaryError(
        "boundary_shape", zh=f"界线文件第 {place} 个图形{zh}", en=f"boundary file: feature {place} {en}"
    )


# --- The picture ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Projection:
    """Degrees to px of a picture: from its north-western corner, lengths along the middle latitude true."""

    west: float
    north: float
    squeeze: float
    scale: float

    def place(self, point: Point) -> Point:
        """Where a point stands in the picture."""
        return (point[0] - self.west) * self.squeeze * self.scale, (self.north - point[1]) * self.scale


@dataclass(frozen=True)
class Outlines:
    """Paths by code on a picture of so many px; north is up. projection: None of a picture without any shape."""

    width: int
    height: int
    paths: Mapping[str, str]
    projection: Projection | None = None


def outlines(shapes: Mapping[str, Sequence[Polygon]], *, width: int = 704, tallest: int = 640) -> Outlines:
    """Equirectangular paths of shapes, each ring thinned to half a px. Holes: fill by even and odd.

    What is left of less than three points is not drawn.

    >>> ring = ((106.0, 29.0), (107.0, 29.0), (107.0, 30.0), (106.0, 29.0))
    >>> found = outlines({"a": [(ring,)]}, width=100)
    >>> (found.width, found.height, found.paths["a"])
    (100, 115, 'M0 114.9L100 114.9L100 0Z')
    """
    rings_of = {code: [ring for polygon in polygons for ring in polygon] for code, polygons in shapes.items()}
    points = [point for rings in rings_of.values() for ring in rings for point in ring]
    if not points:
        return Outlines(width, 0, {})
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = math.cos(math.radians((south + north) / 2)) or 1.0
    scale = min(width / ((east - west) * squeeze or 1), tallest / ((north - south) or 1))
    seen = Projection(west, north, squeeze, scale)
    paths = {
        code: "".join(_path(thinned([seen.place(p) for p in ring[:-1]], 0.5)) for ring in rings)
        for code, rings in rings_of.items()
    }
    return Outlines(round((east - west) * squeeze * scale), round((north - south) * scale), paths, seen)


def thinned(points: Sequence[Point], tolerance: float) -> list[Point]:
    """The points without those nearer to the line of their neighbours than the tolerance (Douglas and Peucker, 1973).

    >>> thinned([(0, 0), (5, 0.1), (10, 0), (10, 9)], 0.5)
    [(0, 0), (10, 0), (10, 9)]
    """
    if len(points) < 3:
        return list(points)
    kept, waiting = {0, len(points) - 1}, [(0, len(points) - 1)]
    while waiting:
        start, end = waiting.pop()
        far, at = 0.0, 0
        for middle in range(start + 1, end):
            distance = _distance(points[middle], points[start], points[end])
            if distance > far:
                far, at = distance, middle
        if far > tolerance:
            kept.add(at)
            waiting += [(start, at), (at, end)]
    return [points[place] for place in sorted(kept)]


def _distance(point: Point, start: Point, end: Point) -> float:
    """How far a point lies from the stretch between two others."""
    (x, y), (ax, ay), (bx, by) = point, start, end
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = 0.0 if not length else max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
    return math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay))


def _path(points: Sequence[Point]) -> str:
    if len(points) < 3:
        return ""
    words = [f"{round(x, 1):g} {round(y, 1):g}" for x, y in points]
    return f"M{'L'.join(words)}Z"
