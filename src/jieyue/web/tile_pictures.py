"""The tile map as a picture: places in px, words, classes and marks; drawn by `parts/tile_map.html`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from django.utils.translation import gettext as _

from jieyue.apps.insights.tile_map import MapFigures, Place
from jieyue.apps.publication.rules import home_catalog
from jieyue.domain.rounding import display
from jieyue.domain.tile_map import class_of, label_lines
from jieyue.web.numbers import MISSING, PROVISIONAL
from jieyue.web.words import MISSING_TEXT, enumerated, grouped, is_chinese, local, unit

SIZE, SMALL = 64, 33
#: From this size [px] a tile has room for its value, and in English for a name of letters.
ROOMY = 64
#: Characters of a value that have room in a tile, and of a code in a small one; of a longer name the initials stand.
_LONGEST, _LONGEST_CODE = 7, 6


@dataclass(frozen=True)
class Scale:
    """How the values of one map are printed: divided by `over`, with these decimals; `unit` says both."""

    over: int
    decimals: int
    unit: str

    def text(self, value: Fraction) -> str:
        """A value as it stands in a tile."""
        return grouped(display(value / self.over, self.decimals))


def scale_of(indicator: str, values: Sequence[Fraction]) -> Scale:
    """The scale of a map: the indicator's own digits where they have room, else fewer, else 万 (thousands).

    Every value of a map has the same one, so that tiles compare.
    """
    definition = home_catalog().indicator(indicator)
    largest = max((abs(value) for value in values), default=Fraction(0))
    ten_thousands, thousands = (10_000, "万"), (1_000, "1,000 ")
    step, word = ten_thousands if is_chinese() else thousands
    for over, lead in ((1, ""), (step, word)):
        whole = len(grouped(display(largest / over, 0)))
        decimals = min(definition.decimals, max(_LONGEST - whole - 1, 0))
        if whole <= _LONGEST or over != 1:
            if over != 1:
                decimals = min(2, max(_LONGEST - whole - 1, 0))
            return Scale(over, decimals, f"{lead}{unit(definition.unit)}")
    raise AssertionError("one of the two steps returns")


@dataclass(frozen=True)
class TileShape:
    """One tile: corner, words, class 0–4 (None: nothing to colour), marks, where it leads, what a reader hears."""

    x: int
    y: int
    row: int
    column: int
    lines: tuple[str, ...]
    text: str
    level: int | None
    provisional: bool
    missing: bool
    missed: bool
    href: str
    label: str

    @property
    def css(self) -> str:
        """Its classes."""
        return "tile-missing" if self.level is None else f"tile-level tile-level-{self.level}"


@dataclass(frozen=True)
class TilePicture:
    """The whole grid; size: of one tile."""

    width: int
    height: int
    size: int
    tiles: tuple[TileShape, ...]
    roomy: bool

    @property
    def middle(self) -> int:
        """Where the words of a tile stand, from its left."""
        return self.size // 2

    @property
    def inner(self) -> int:
        """The side of the box inside the gap between tiles."""
        return self.size - 2


def short_name(place: Place) -> str:
    """The region's short name, in English its pinyin; the body's own name where there is no region."""
    if place.region is None:
        return local(place.info)
    return place.region.short_name if is_chinese() else place.region.name_en or place.region.code


def picture(
    found: MapFigures,
    href: Callable[[Place], str],
    *,
    size: int = SIZE,
    text: Callable[[Place], str] | None = None,
    level: Callable[[Place], int | None] | None = None,
) -> TilePicture:
    """The grid of a map. text, level: what a tile prints and its class, if not the value (a map of change)."""
    scale = map_scale(found)
    says = text or (lambda place: value_text(place, scale))
    grades = level or (
        lambda place: None if place.figure.exact is None else class_of(place.figure.exact, found.bounds)
    )
    shapes = tuple(_shape(place, href(place), size, says(place), grades(place)) for place in found.tiles)
    rows = max((tile.row for tile in found.tiles), default=0)
    columns = max((tile.column for tile in found.tiles), default=0)
    return TilePicture(columns * size, rows * size, size, shapes, size >= ROOMY)


def map_scale(found: MapFigures) -> Scale:
    """The scale of a map's values."""
    values = [place.figure.exact for place in found.places if place.figure.exact is not None]
    return scale_of(found.question.indicator, values)


def value_text(place: Place, scale: Scale) -> str:
    """The value of a place as its tile prints it."""
    value = place.figure.exact
    return MISSING_TEXT if value is None else scale.text(value)


def _shape(place: Place, href: str, size: int, text: str, level: int | None) -> TileShape:
    name = short_name(place)
    if not is_chinese() and size < ROOMY:
        code = place.region.code if place.region else place.info.code
        name = code if len(code) <= _LONGEST_CODE else "".join(word[0] for word in name.split())
    return TileShape(
        x=(place.column - 1) * size,
        y=(place.row - 1) * size,
        row=place.row,
        column=place.column,
        lines=label_lines(name, size),
        text=text,
        level=level,
        provisional=place.figure.status == PROVISIONAL,
        missing=place.figure.status == MISSING,
        missed=place.missed,
        href=href,
        label=spoken(place, text),
    )


def spoken(place: Place, text: str) -> str:
    """A tile in words: its full name, its value, what the marks say."""
    words = [local(place.info), text if place.figure.exact is not None else _("not reported")]
    if place.figure.status == PROVISIONAL:
        words.append(_("provisional"))
    if place.missed:
        words.append(_("binding target missed"))
    return enumerated(words)


@dataclass(frozen=True)
class Step:
    """One class of the legend."""

    level: int
    text: str


def legend(bounds: Sequence[Fraction], text: Callable[[Fraction], str]) -> list[Step]:
    """The classes in words, from the lowest."""
    if not bounds:
        return []
    ends = [text(bound) for bound in bounds]
    between = [f"{low}–{high}" for low, high in pairwise(ends)]
    return [Step(n, words) for n, words in enumerate([f"≤ {ends[0]}", *between, f"> {ends[-1]}"])]


def change_words(place: Place) -> str:
    """The change of a place in words: a percentage with its sign, else why there is none."""
    change = place.change
    if change is None or (change.value is None and change.reason == "no_current"):
        return MISSING_TEXT
    if change.value is not None:
        return signed(change.value)
    return _("new") if place.new else _("no base")


def signed(share: Fraction) -> str:
    """A relative change as a percentage with its sign: `+2.1`, `-0.8`, `0.0`."""
    text = display(share * 100, 1)
    return text if text.startswith("-") or Fraction(text) == 0 else f"+{text}"
