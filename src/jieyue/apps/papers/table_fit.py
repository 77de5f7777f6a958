"""How wide the columns of a table are set, and how large its type, so that no number is broken or printed over another.

Columns stand in the shares that the paper asks for; one whose longest number (or other word without a place to break)
needs more takes it from those that have it to spare, and where none has, the type is smaller.
"""

import re
import unicodedata
from dataclasses import dataclass

from jieyue.apps.papers.content import TableBlock, cell_said

#: Sizes of type [pt] that a table is tried in, the largest first; of a long list.
SIZES, DENSE_SIZES = (10.5, 9, 8, 7, 6), (8, 7, 6, 5.5, 5)
#: Beside the words of a cell, both sides [pt].
AIR = 6.5
#: Widths of a character [em], no smaller than those of the fonts in use: full width, sign, digit or letter, point.
_FULL, _BROAD, _NARROW, _POINT = 1.0, 0.95, 0.64, 0.34
_SIGNS, _POINTS = set("+%‰±=<>@MW"), set(",.:;'|!/ -()")
#: Where a line may break: behind these, and on both sides of a character of full width.
_BREAKS = re.compile(
    r"[\s\u200b]+|(?<=[/⺀-\uffff\U00020000-\U0003ffff])|(?=[⺀-\uffff\U00020000-\U0003ffff])"
)
#: At least so much [em] where there is so much to say, of a column of numbers (不计算) and of one of words; no more
#: than the last for a word without a place to break.
_FEW, _SOME, _LONGEST = 3.0, 4.0, 12.0


@dataclass(frozen=True)
class Fit:
    """size: of the type [pt]; widths: of the columns [pt], in all the room that there is."""

    size: float
    widths: tuple[float, ...]


def fitted(table: TableBlock, room: float) -> Fit:
    """Size and widths of a table in a room [pt]; if the smallest is too large, columns share by their need."""
    sizes = DENSE_SIZES if table.dense else SIZES
    needs = _needs(table)
    size = next((one for one in sizes if _taken(needs, one) <= room), sizes[-1])
    least = [need * size + AIR for need in needs]
    over = sum(least)
    if over > room:
        return Fit(size, tuple(one * room / over for one in least))
    return Fit(size, tuple(_shared([column.share for column in table.columns], least, room)))


def _taken(needs: list[float], size: float) -> float:
    return sum(need * size + AIR for need in needs)


def _shared(shares: list[int], least: list[float], room: float) -> list[float]:
    """The room in shares, none below its least: those that would be have it, the rest is shared by the others."""
    fixed: set[int] = set()
    while True:
        left = room - sum(least[place] for place in fixed)
        whole = sum(share for place, share in enumerate(shares) if place not in fixed)
        given = [
            least[place] if place in fixed else left * share / whole for place, share in enumerate(shares)
        ]
        short = {place for place, width in enumerate(given) if place not in fixed and width < least[place]}
        if not short:
            return given
        fixed |= short


def _needs(table: TableBlock) -> list[float]:
    """The longest words of each column [em]; of the names of columns, as they are set as large as the cells."""
    found = []
    for place, column in enumerate(table.columns):
        cells = [cell_said(row[place]) for row in table.rows]
        longest = max(map(_longest, [column.title, column.unit, *cells]))
        if not column.number:
            longest = min(longest, _LONGEST)
        unit = f"（{column.unit}）" if column.unit else ""
        whole = max(_wide(text) for text in [column.title, unit, *cells])
        found.append(max(longest, min(whole, _FEW if column.number else _SOME)))
    return found


def _longest(text: str) -> float:
    """The longest run that is not broken [em]: a character of full width is one of its own."""
    return max((_wide(run) for run in _BREAKS.split(text)), default=0)


def _wide(text: str) -> float:
    return sum(map(_of_char, text))


def _of_char(char: str) -> float:
    if char in _SIGNS:
        return _BROAD
    if unicodedata.east_asian_width(char) in "WFA":
        return _FULL
    return _POINT if char in _POINTS else _NARROW
