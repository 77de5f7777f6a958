"""Dots on one axis, one a body, stacked where they would cover each other: where each stands among the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from jieyue.web.charts import BOTTOM, LEFT, RIGHT, WIDTH, Dot, Line, Picture, Rect, Text, long
from jieyue.web.pictures import round_step

#: The radius of a dot, the room of one level of dots, and that of the words above them.
_RADIUS, _LEVEL, _HEAD = 5.5, 14, 44


@dataclass(frozen=True)
class Spot:
    """A value; css: how its dot looks; words: what a pointer on it reads; name: written beside it, if any."""

    value: Fraction
    css: str
    words: str = ""
    name: str = ""


@dataclass(frozen=True)
class Mark:
    """A line across the axis with its words."""

    value: Fraction
    css: str
    words: str


def dots(name: str, spots: Sequence[Spot], marks: Sequence[Mark]) -> Picture | None:
    """Spots on an axis around the marks; it need not begin at zero, for dots have no length. None: no spots."""
    if not spots:
        return None
    known = [spot.value for spot in spots] + [mark.value for mark in marks]
    low, high = min(known), max(known)
    margin = (high - low) / 20 or Fraction(1, 20)
    low, high = low - margin, high + margin

    def x(value: Fraction) -> float:
        return round(LEFT + float((value - low) / (high - low)) * (WIDTH - LEFT - RIGHT), 1)

    placed = _levels(sorted(spots, key=lambda spot: spot.value), x)
    base = _HEAD + _LEVEL * (max(level for _spot, level in placed) + 1)
    height = base + 8 + BOTTOM
    texts = [Text(x(at), height - 8, f"{at.numerator / at.denominator:g}") for at in _ticks(low, high)]
    lines = [Line(f"M{LEFT} {base}H{WIDTH - RIGHT}", "p-grid")]
    for row, mark in enumerate(sorted(marks, key=lambda mark: mark.value)):
        lines.append(Line(f"M{x(mark.value)} 20V{base}", mark.css))
        texts.append(Text(x(mark.value) + (4 if row else -4), 14, mark.words, "start" if row else "end"))
    made = [
        Dot(x(spot.value), base - _LEVEL * level - _LEVEL / 2, _RADIUS, spot.css, spot.words)
        for spot, level in placed
    ]
    texts += _ends([(x(spot.value), spot.name) for spot, _level in placed if spot.name])
    return Picture(name, WIDTH, int(height), (), lines, made, texts)


def _levels(spots: Sequence[Spot], x: Callable[[Fraction], float]) -> list[tuple[Spot, int]]:
    """Each spot, from the left, on the lowest level where it covers none."""
    ends: list[float] = []
    made = []
    for spot in spots:
        at = x(spot.value)
        level = next((place for place, end in enumerate(ends) if at - end >= 2 * _RADIUS + 1), len(ends))
        ends[level : level + 1] = [at]
        made.append((spot, level))
    return made


def _ends(named: Sequence[tuple[float, str]]) -> list[Text]:
    """The names of the first and the last dot above all dots, towards each other; none where they would meet."""
    if len(named) == 1:
        (x, name), middle = named[0], WIDTH / 2
        return [Text(x, _HEAD - 8, name, "start" if x < middle else "end")]
    if not named or named[-1][0] - named[0][0] < sum(long(name) for _x, name in named) + 8:
        return []
    return [
        Text(named[0][0], _HEAD - 8, named[0][1], "start"),
        Text(named[-1][0], _HEAD - 8, named[-1][1], "end"),
    ]


def _ticks(low: Fraction, high: Fraction) -> list[Fraction]:
    step = Fraction(round_step(Decimal((high - low).numerator) / Decimal((high - low).denominator)))
    first = -(-low // step)
    return [step * place for place in range(int(first), int(high // step) + 1)]


@dataclass(frozen=True)
class Place:
    """A percentile, from low to high [%]; words: what stands behind its line and what a pointer on it reads."""

    name: str
    percentile: Fraction
    words: str


#: The room of names and of words beside the lines, and of a line.
_BEFORE, _BEHIND, _LINE = 190, 150, 30


def places(name: str, rows: Sequence[Place]) -> Picture | None:
    """A line a row from 0 to 100 with the middle half as a box, its middle, and a dot. None: no rows."""
    if not rows:
        return None
    room, height = WIDTH - _BEFORE - _BEHIND, 12 + _LINE * len(rows) + BOTTOM

    def x(share: Fraction | int) -> float:
        return round(_BEFORE + float(share) * room / 100, 1)

    texts = [Text(x(mark), height - 8, str(mark)) for mark in (0, 25, 50, 75, 100)]
    lines, rects, dots = [], [], []
    for place, row in enumerate(rows):
        y = 6 + _LINE * place + _LINE // 2
        lines.append(Line(f"M{x(0)} {y}H{x(100)}", "p-grid"))
        rects.append(Rect(x(25), y - 7, round(x(75) - x(25), 1), 14, "p-box"))
        rects.append(Rect(round(x(50) - 1.5, 1), y - 7, 3, 14, "p-now"))
        dots.append(Dot(x(row.percentile), y, _RADIUS, "p-own", row.words))
        texts.append(Text(_BEFORE - 10, y + 4, row.name, "end"))
        texts.append(Text(WIDTH - _BEHIND + 10, y + 4, row.words, "start"))
    return Picture(name, WIDTH, height, rects, lines, dots, texts)
