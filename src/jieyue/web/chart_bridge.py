"""A bridge from one level to another: where it began, each step where the one before ended, where it ends.

One row a step. Bars begin at zero; where the steps would vanish beside the levels the axis is cut, and both levels
carry a break sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from jieyue.web.charts import RIGHT, WIDTH, Line, Picture, Rect, Text

_LEFT, _VALUES, _TOP, _ROW, _BAR, _BOTTOM = 190, 110, 6, 28, 16, 6
#: On a bar that is longer than it is drawn; words stand above bars.
_BREAK = "//"
#: The axis is cut where all steps together span less than this part of the higher level.
_VANISHES = Fraction(1, 8)
#: What is drawn below the lowest step of a cut axis, as a part of their span.
_ROOM = Fraction(1, 4)


@dataclass(frozen=True)
class Stride:
    """A step: its name, how much it adds, the amount as it is printed, how it looks."""

    name: str
    amount: Fraction
    text: str
    css: str


@dataclass(frozen=True)
class Level:
    """A level: its name, and the amount as it is printed."""

    name: str
    text: str
    css: str


def levels_of(start: Fraction, strides: Sequence[Stride]) -> list[Fraction]:
    """The level before the first step and after each."""
    return list(accumulate((stride.amount for stride in strides), initial=start))


def cut_at(levels: Sequence[Fraction]) -> Fraction | None:
    """Where a cut axis begins; None: it begins at zero.

    >>> cut_at([Fraction(1000), Fraction(990), Fraction(1010)])
    Fraction(985, 1)
    >>> cut_at([Fraction(100), Fraction(50)]) is None
    True
    """
    low, high = min(levels), max(levels)
    if low <= 0 or high - low >= high * _VANISHES or high == low:
        return None
    return low - (high - low) * _ROOM


def bridge(name: str, first: Level, start: Fraction, strides: Sequence[Stride], last: Level) -> Picture:
    """The picture; the last level is the first and all steps."""
    levels = levels_of(start, strides)
    cut = cut_at(levels)
    low = min(Fraction(0), *levels) if cut is None else cut
    high = max(Fraction(0), *levels)
    room = (high - low) or Fraction(1)

    def x(value: Fraction) -> float:
        return round(_LEFT + float((value - low) / room) * (WIDTH - RIGHT - _VALUES - _LEFT), 1)

    origin = x(Fraction(0) if cut is None else cut)
    spans = [
        (origin, x(start)),
        *zip(map(x, levels), map(x, levels[1:]), strict=False),
        (origin, x(levels[-1])),
    ]
    rows: list[Level | Stride] = [first, *strides, last]
    height = _TOP + _ROW * len(rows) + _BOTTOM
    rects: list[Rect] = []
    lines = [Line(f"M{origin} {_TOP}V{height - _BOTTOM}", "p-axis")]
    texts: list[Text] = []
    for place, (row, span) in enumerate(zip(rows, spans, strict=True)):
        top = _TOP + _ROW * place
        left, right = sorted(span)
        middle = top + _ROW / 2
        width, words = max(round(right - left, 1), 1.5), f"{row.name} {row.text}"
        rects.append(Rect(left, middle - _BAR / 2, width, _BAR, row.css, words=words))
        texts.append(Text(_LEFT - 8, middle + 4, row.name, "end"))
        texts.append(Text(right + 8, middle + 4, row.text, "start"))
        if isinstance(row, Level) and cut is not None:
            texts.append(Text(origin + 14, middle + 5, _BREAK, css="p-break"))
        if place < len(rows) - 1:  # to where the next bar begins
            lines.append(Line(f"M{span[1]} {middle + _BAR / 2}V{middle + _ROW - _BAR / 2}", "p-link"))
    return Picture(name, WIDTH, round(height), rects, lines, (), texts)
