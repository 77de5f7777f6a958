"""A scatter on two logarithmic axes: the crowd as cells shaded by how many stand in them, some as dots of their own.

All cells of one shade are one path, so a picture of seventeen thousand institutions stays below sixty kilobytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from jieyue.web.charts import LEFT, RIGHT, WIDTH, Dot, Line, Picture, Text

#: From how many in a cell each shade begins.
SHADES = (1, 2, 5, 10, 30)
_HEIGHT, _TOP, _BOTTOM, _RADIUS = 380, 24, 44, 4


@dataclass(frozen=True)
class Single:
    """One by itself: where, how its dot looks, what a pointer on it reads."""

    x: float
    y: float
    css: str
    words: str = ""


@dataclass(frozen=True)
class _Axis:
    """Powers of ten from `low` to `high` along a length that begins at `start`, backward where it is negative."""

    low: int
    high: int
    start: float
    length: float

    def at(self, power: float) -> float:
        return round(self.start + (power - self.low) / (self.high - self.low) * self.length, 1)

    @property
    def marks(self) -> range:
        return range(self.low, self.high + 1)


def scatter(
    name: str,
    cells: Mapping[tuple[int, int], int],
    singles: Sequence[Single],
    per_ten: int,
    axes: tuple[str, str],
) -> Picture | None:
    """cells: (column, row) of a grid with `per_ten` cells for each power of ten → how many. axes: the words beside
    the horizontal and the vertical one. None: nobody stands anywhere."""
    if not cells:
        return None
    x = _axis([column for column, _row in cells], per_ten, LEFT, WIDTH - LEFT - RIGHT)
    base = _HEIGHT - _BOTTOM
    y = _axis([row for _column, row in cells], per_ten, base, _TOP - base)
    lines = [Line(f"M{x.at(mark)} {_TOP}V{base}", "p-grid") for mark in x.marks]
    lines += [Line(f"M{LEFT} {y.at(mark)}H{WIDTH - RIGHT}", "p-grid") for mark in y.marks]
    for shade, least in enumerate(SHADES):
        top = SHADES[shade + 1] if shade + 1 < len(SHADES) else None
        own = [cell for cell, n in cells.items() if n >= least and (top is None or n < top)]
        if own:
            lines.append(
                Line("".join(_cell(cell, x, y, per_ten) for cell in sorted(own)), f"p-crowd-{shade}")
            )
    texts = [Text(x.at(mark), base + 16, ten(mark)) for mark in x.marks[:-1]]
    texts.append(Text(WIDTH - RIGHT, base + 16, ten(x.high), "end"))
    texts += [Text(LEFT - 8, y.at(mark) + 4, ten(mark), "end") for mark in y.marks]
    texts += [Text(WIDTH - RIGHT, _HEIGHT - 8, axes[0], "end"), Text(LEFT, 14, axes[1], "start")]
    dots = [Dot(x.at(log10(one.x)), y.at(log10(one.y)), _RADIUS, one.css, one.words) for one in singles]
    return Picture(name, WIDTH, _HEIGHT, (), lines, dots, texts)


def _axis(places: Sequence[int], per_ten: int, start: float, length: float) -> _Axis:
    low, high = floor(min(places) / per_ten), ceil((max(places) + 1) / per_ten)
    return _Axis(low, high, start, length)


def _cell(cell: tuple[int, int], x: _Axis, y: _Axis, per_ten: int) -> str:
    column, row = cell
    left, right = x.at(column / per_ten), x.at((column + 1) / per_ten)
    top, bottom = y.at((row + 1) / per_ten), y.at(row / per_ten)
    return f"M{left} {top}H{right}V{bottom}H{left}Z"


def ten(power: int) -> str:
    """A power of ten written out."""
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:.{-power}f}"
