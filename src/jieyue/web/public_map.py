"""The tile map of a release 示意图: the cells of the district table on their tiles, withheld ones withheld here too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from jieyue.apps.publication.rules import home_catalog
from jieyue.domain.period import Period
from jieyue.domain.rounding import display
from jieyue.domain.tile_map import breaks, class_of, label_lines, tiles_on
from jieyue.web.public_files import WITHHELD
from jieyue.web.words import grouped, is_chinese, unit

SIZE = 64
#: Characters of a value that have room in a tile.
_LONGEST = 8
_USUAL = "energy_per_area_kgce_m2"


@dataclass(frozen=True)
class PublicTile:
    """One district: corner [px], words, class (None: nothing to colour), what a reader hears."""

    x: int
    y: int
    lines: tuple[str, ...]
    text: str
    level: int | None
    provisional: bool
    label: str


@dataclass(frozen=True)
class PublicMap:
    """tiles and strip: every area of the table that has none below it; choices: (code, name) of what it may show."""

    width: int
    height: int
    indicator: str
    name: str
    unit: str
    tiles: tuple[PublicTile, ...]
    strip: tuple[tuple[str, str], ...]
    legend: tuple[tuple[int, str], ...]
    choices: tuple[tuple[str, str], ...]


def public_map(said: Mapping[str, Any], asked: str) -> PublicMap | None:
    """The map of an indicator of the release: the one asked for, else energy by area, else the first."""
    cells = {cell["code"]: cell for cell in _leaves(said["cells"])}
    named = {one["code"]: one for one in said["indicators"]}
    if not cells or not named:
        return None
    code = next(one for one in (asked, _USUAL, next(iter(named))) if one in named)
    day = Period.parse(said["period"]).last_day
    layout = tiles_on(day, cells, home_catalog().tiles)
    if not layout.spots:
        return None
    regions = {one.code: one for one in home_catalog().regions_on(day)}
    shown = {key: None if cell["withheld"] else cell["values"][code] for key, cell in cells.items()}
    exact = {key: Fraction(one["display"]) for key, one in shown.items() if one and one["display"]}
    bounds = breaks(exact[spot.code] for spot in layout.spots if spot.code in exact)
    tiles = tuple(
        PublicTile(
            x=(spot.column - 1) * SIZE,
            y=(spot.row - 1) * SIZE,
            lines=label_lines(_short(regions.get(spot.code), cells[spot.code]), SIZE),
            text=_fitting(shown[spot.code]),
            level=class_of(exact[spot.code], bounds) if spot.code in exact else None,
            provisional=(shown[spot.code] or {}).get("status") == "provisional",
            label=f"{_name(cells[spot.code])} {_spoken(shown[spot.code])}",
        )
        for spot in layout.spots
    )
    return PublicMap(
        width=layout.columns * SIZE,
        height=layout.rows * SIZE,
        indicator=code,
        name=_name(named[code]),
        unit=unit(named[code]["unit"]),
        tiles=tiles,
        strip=tuple((_name(cells[key]), _text(shown[key])) for key in layout.strip),
        legend=_legend(bounds, int(named[code]["decimals"])),
        choices=tuple((one, _name(names)) for one, names in named.items()),
    )


def _leaves(cells: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The areas without an area below them: each cell stands after the one that it hangs at."""
    areas = [cell for cell in cells if cell["kind"] == "area"]
    after = [*areas[1:], None]
    return [
        one
        for one, follower in zip(areas, after, strict=True)
        if not follower or follower["depth"] <= one["depth"]
    ]


def _legend(bounds: Sequence[Fraction], decimals: int) -> tuple[tuple[int, str], ...]:
    ends = [grouped(display(bound, decimals)) for bound in bounds]
    if not ends:
        return ()
    between = [f"{low}–{high}" for low, high in pairwise(ends)]
    return tuple(enumerate([f"≤ {ends[0]}", *between, f"> {ends[-1]}"]))


def _name(one: Mapping[str, Any]) -> str:
    return str(one["name_zh"] if is_chinese() else one["name_en"] or one["name_zh"])


def _short(region: Any, cell: Mapping[str, Any]) -> str:
    if region is None:
        return _name(cell)
    return str(region.short_name if is_chinese() else region.name_en or region.code)


def _text(figure: Mapping[str, Any] | None) -> str:
    if figure is None:
        return WITHHELD
    return grouped(figure["display"]) if figure["display"] else "—"


def _fitting(figure: Mapping[str, Any] | None) -> str:
    """The value as a tile has room for it: without decimals where it is long, else left to the table."""
    text = _text(figure)
    if len(text) > _LONGEST and "." in text:
        assert figure is not None
        text = grouped(display(Fraction(figure["display"]), 0))
    return text if len(text) <= _LONGEST + 2 else "…"


def _spoken(figure: Mapping[str, Any] | None) -> str:
    text = _text(figure)
    if figure is None:
        return _("withheld")
    return f"{text} {_('(provisional)')}" if figure["status"] == "provisional" else text
