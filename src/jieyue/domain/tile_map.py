"""The tile map 方格图: which region stands on which tile of a day, and the classes of its values.

A tile says nothing of borders. The region table (or the tree made of it) alone says what is in being; the table of
tiles only gives places. Whoever has no tile stands in the strip, so that tiles and strip together are the whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from jieyue.catalog.model import Tile

CLASSES = 5
#: Below this size [px] a name of three characters has no room on one line.
NARROW = 40


@dataclass(frozen=True, slots=True)
class Spot:
    """A region's place: row 1 is north, column 1 is west."""

    code: str
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class TileMap:
    """The grid and the strip below it; every code asked for is in exactly one of the two."""

    spots: tuple[Spot, ...]
    strip: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows of the grid."""
        return max((spot.row for spot in self.spots), default=0)

    @property
    def columns(self) -> int:
        """Columns of the grid."""
        return max((spot.column for spot in self.spots), default=0)


def tiles_on(day: date, in_being: Iterable[str], tiles: Iterable[Tile]) -> TileMap:
    """Where the regions in being on a day stand.

    in_being: codes of the regions of that day; of a tile whose region is not among them nothing is shown. Rows of the
    table behind an empty row (of all its rows, whatever the day) are the strip already; it is ordered by them, then
    by code.
    """
    table = tuple(tiles)
    last = _last_grid_row(table)
    there = set(in_being)
    found = {
        tile.region: Spot(tile.region, tile.row, tile.column)
        for tile in table
        if tile.region in there and tile.valid_from <= day < tile.valid_to
    }
    spots = sorted((s for s in found.values() if s.row <= last), key=lambda s: (s.row, s.column))
    on_grid = {spot.code for spot in spots}
    placed = sorted((s for s in found.values() if s.row > last), key=lambda s: (s.row, s.column))
    rest = sorted(there - set(found))
    assert on_grid.isdisjoint(rest), "a region stands in one place"
    return TileMap(tuple(spots), (*(spot.code for spot in placed), *rest))


def _last_grid_row(tiles: Sequence[Tile]) -> int:
    """The last row before the first empty one.

    >>> _last_grid_row(())
    0
    """
    rows = {tile.row for tile in tiles}
    row = 0
    while row + 1 in rows:
        row += 1
    return row


def breaks(values: Iterable[Fraction], classes: int = CLASSES) -> tuple[Fraction, ...]:
    """Upper bounds of the classes but the last, by nearest rank; equal bounds are one, so few values give few classes.

    The k-th bound is the value of rank ⌈k·n ÷ classes⌉; a value on a bound belongs to the lower class.

    >>> [str(bound) for bound in breaks(Fraction(n) for n in range(1, 11))]
    ['2', '4', '6', '8']
    >>> breaks([Fraction(7)] * 3), breaks([])
    ((), ())
    """
    ordered = sorted(values)
    if not ordered:
        return ()
    bounds = {ordered[-(-k * len(ordered) // classes) - 1] for k in range(1, classes)}
    return tuple(sorted(bounds - {ordered[-1]}))


def class_of(value: Fraction, bounds: Sequence[Fraction]) -> int:
    """The class of a value from 0; what lies above the last bound is in the last class.

    >>> [class_of(Fraction(n), (Fraction(2), Fraction(4))) for n in (1, 2, 3, 9)]
    [0, 0, 1, 2]
    """
    return sum(value > bound for bound in bounds)


def label_lines(name: str, size: int) -> tuple[str, ...]:
    """A short name as it is written in a tile of a size [px]: three and more characters break below 40.

    A name of several words in letters takes a second line.

    >>> label_lines("沙坪坝", 64), label_lines("沙坪坝", 34), label_lines("忠县", 34)
    (('沙坪坝',), ('沙坪', '坝'), ('忠县',))
    >>> label_lines("Liangjiang New Area", 64)
    ('Liangjiang', 'New Area')
    >>> label_lines("500102", 34)
    ('500', '102')
    """
    if size >= NARROW and " " in name:
        first, _, rest = name.partition(" ")
        return (first, rest)
    if size >= NARROW or len(name) < 3:
        return (name,)
    if name.isascii():  # a code: letters and digits are narrow, two lines hold six
        return (name[: (len(name) + 1) // 2], name[(len(name) + 1) // 2 :])
    return tuple(name[start : start + 2] for start in range(0, len(name), 2))
