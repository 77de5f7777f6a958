"""A change in words, the one rule for pages and papers: the direction is a word, and the number beside it has no sign.

What rounds to nothing at the last printed digit is 持平.
"""

from fractions import Fraction

from jieyue.domain.derived import Direction, direction
from jieyue.domain.rounding import display

DIRECTIONS = {
    Direction.UP: ("上升", "up"),
    Direction.DOWN: ("下降", "down"),
    Direction.LEVEL: ("持平", "level"),
}
#: Decimals of a change that is told in per cent or percentage points.
PERCENT_DECIMALS = 1


def word(change: Fraction, decimals: int = PERCENT_DECIMALS) -> tuple[str, str]:
    """The direction of a change as it is printed.

    >>> word(Fraction("-10.4")), word(Fraction("0.04"))
    (('下降', 'down'), ('持平', 'level'))
    """
    return DIRECTIONS[direction(change, decimals)]


def is_level(change: Fraction, decimals: int = PERCENT_DECIMALS) -> bool:
    """Whether nothing of a change is left at the last printed digit."""
    return direction(change, decimals) is Direction.LEVEL


def in_percent(share: Fraction) -> tuple[str, str]:
    """A relative change as a sentence of a page has it; share: of one.

    >>> in_percent(Fraction("-0.1042")), in_percent(Fraction(0))
    (('下降 10.4%', 'down 10.4%'), ('持平', 'level'))
    """
    change = share * 100
    zh, en = word(change)
    if is_level(change):
        return zh, en
    size = display(abs(change), PERCENT_DECIMALS)
    return f"{zh} {size}%", f"{en} {size}%"
