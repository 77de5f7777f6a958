"""Boxes on one logarithmic axis, one a row: from one quantile to another with the middle, and single ones beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from jieyue.web.chart_scatter import Single, ten
from jieyue.web.charts import RIGHT, WIDTH, Dot, Line, Picture, Rect, Text

_LEFT, _TOP, _ROW, _BOX, _BOTTOM = 190, 8, 26, 12, 26


@dataclass(frozen=True)
class Box:
    """A row. ends: where the box begins, its middle, where it ends; empty: no box. singles: by their x alone."""

    name: str
    ends: tuple[float, float, float] | tuple[()]
    words: str
    singles: Sequence[Single] = ()


def boxes(name: str, rows: Sequence[Box]) -> Picture | None:
    """None: no row has anything to draw."""
    known = [value for row in rows for value in (*row.ends, *(one.x for one in row.singles)) if value > 0]
    if not known:
        return None
    low = floor(log10(min(known)))
    high = max(low + 1, ceil(log10(max(known))))

    def x(value: float) -> float:
        return round(_LEFT + (log10(value) - low) / (high - low) * (WIDTH - RIGHT - _LEFT), 1)

    base = _TOP + _ROW * len(rows)
    marks = range(low, high + 1)
    lines = [Line(f"M{x(10.0**mark)} {_TOP}V{base}", "p-grid") for mark in marks]
    texts = [Text(x(10.0**mark), base + 18, ten(mark)) for mark in marks[:-1]]
    texts.append(Text(WIDTH - RIGHT, base + 18, ten(high), "end"))
    rects: list[Rect] = []
    dots: list[Dot] = []
    for place, row in enumerate(rows):
        middle = _TOP + _ROW * place + _ROW / 2
        texts.append(Text(_LEFT - 8, middle + 4, row.name, "end"))
        if row.ends and min(row.ends) > 0:
            first, half, last = map(x, row.ends)
            width = round(last - first, 1)
            rects.append(Rect(first, middle - _BOX / 2, width, _BOX, "p-box", words=row.words))
            rects.append(Rect(half - 1.5, middle - _BOX / 2 - 3, 3, _BOX + 6, "p-now", words=row.words))
        dots += [Dot(x(one.x), middle, 4, one.css, one.words) for one in row.singles if one.x > 0]
    return Picture(name, WIDTH, base + _BOTTOM, rects, lines, dots, texts)
