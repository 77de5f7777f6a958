"""The outline map 界线图: the shapes of a loaded boundary file, coloured as the tiles are."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from jieyue.apps.insights.tile_map import MapFigures, Place
from jieyue.apps.trees.boundaries import Boundaries
from jieyue.domain.boundary import Outlines, outlines
from jieyue.domain.tile_map import class_of
from jieyue.web.numbers import PROVISIONAL
from jieyue.web.tile_pictures import spoken


@dataclass(frozen=True)
class OutlineShape:
    """One region: its path, its classes, whether it is hatched, where it leads, what a reader hears."""

    path: str
    css: str
    provisional: bool
    missed: bool
    href: str
    label: str


@dataclass(frozen=True)
class OutlinePicture:
    """The whole picture and the number of its review."""

    width: int
    height: int
    approval: str
    shapes: tuple[OutlineShape, ...]


def outline_picture(
    found: MapFigures,
    file: Boundaries,
    href: Callable[[Place], str],
    *,
    text: Callable[[Place], str],
    level: Callable[[Place], int | None] | None = None,
) -> OutlinePicture:
    """The regions of a map that have a shape; whoever has none is in the table alone."""
    drawn = drawn_of(file)
    grades = level or (
        lambda place: None if place.figure.exact is None else class_of(place.figure.exact, found.bounds)
    )
    shapes = tuple(
        _shape(place, drawn.paths[place.info.code], href(place), text(place), grades(place))
        for place in found.places
        if drawn.paths.get(place.info.code)
    )
    return OutlinePicture(drawn.width, drawn.height, file.approval, shapes)


def _shape(place: Place, path: str, href: str, text: str, level: int | None) -> OutlineShape:
    return OutlineShape(
        path=path,
        css="tile-missing" if level is None else f"tile-level tile-level-{level}",
        provisional=place.figure.status == PROVISIONAL,
        missed=place.missed,
        href=href,
        label=spoken(place, text),
    )


_kept: dict[tuple[str, int], Outlines] = {}


def drawn_of(file: Boundaries) -> Outlines:
    """The paths of a file; a file never changes, so a process thins it once and keeps the last few."""
    key = (str(settings.JIEYUE_HOME.path), file.number)
    if key not in _kept:
        while len(_kept) > 3:
            _kept.pop(next(iter(_kept)))
        _kept[key] = outlines(file.shapes)
    return _kept[key]
