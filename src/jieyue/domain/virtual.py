"""The uses of virtual meters 虚拟表: shares of other points' hours, exact among all that share a point.

A point's use of a day is one cumulative curve; who shares it takes, in the order of their numbers, what lies between
the curve × (shares before) and the curve × (shares up to and with its own), each rounded once by GB/T 8170. So what all
take adds up to the point's use where the shares add up to 1, and a day's portion is that day's use × share to the last
digit. Portions look at their own day alone: a change of one day changes no other.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np

from jieyue.domain.reading_curve import divided
from jieyue.domain.readings import LARGEST, Bools, Bytes, Ints, Quality, ReadingsError
from jieyue.domain.rollup import ABSENT

#: From the worst: what is made of several uses is called by the worst of them.
WORST_FIRST: Final = (
    Quality.MISSING, Quality.SUSPECT, Quality.MANUAL, Quality.ESTIMATED, Quality.CALCULATED, Quality.MEASURED,
)  # fmt: skip
_HOURS: Final = 24
#: Numbers below this are multiplied by a share's numerator without leaving int64.
_SMALL: Final = 2**31


def portion(use: Ints, before: Fraction, share: Fraction) -> Ints:
    """What one takes of each hour of whole days. before: the shares of those who take first.

    >>> import numpy as np
    >>> hours = np.full(24, 10)
    >>> third = Fraction(1, 3)
    >>> taken = [portion(hours, third * n, third) for n in range(3)]
    >>> taken[0][:4].tolist(), [int(one.sum()) for one in taken], bool((sum(taken) == hours).all())
    ([3, 4, 3, 3], [80, 80, 80], True)
    """
    days = use.reshape(-1, _HOURS)
    if float(np.abs(days).sum(axis=1, dtype=np.float64).max(initial=0)) > LARGEST:
        raise ReadingsError(
            "readings_large",
            zh="一天的用量太大，无法精确分摊",
            en="a day's use is too large to be shared exactly",
        )
    curve = np.cumsum(days, axis=1)
    edges = _times(curve, before + share) - _times(curve, before)
    return np.diff(edges, axis=1, prepend=0).reshape(-1)


def _times(curve: Ints, share: Fraction) -> Ints:
    """curve × share, rounded to the even one at halves; nothing leaves int64, for share ≤ 1."""
    num, den = share.numerator, share.denominator
    if num == den:
        return curve
    if den >= _SMALL:
        exact = [round(value * share) for value in curve.reshape(-1).tolist()]
        return np.array(exact, dtype=np.int64).reshape(curve.shape)
    whole, rest = np.divmod(curve, den)
    base = whole * num
    return base + divided(rest * num, np.int64(den) + np.zeros_like(rest), base)


def worst(quality: Bytes) -> tuple[Bytes, Bools]:
    """Of parts × hours: the worst quality of each hour (a part without an interval is missing), and whether any part
    has an interval then.

    >>> import numpy as np
    >>> said, there = worst(np.array([[1, 1, 255], [3, 255, 255]], dtype=np.uint8))
    >>> said.tolist(), there.tolist()
    ([3, 0, 0], [True, True, False])
    """
    rank = np.zeros(256, dtype=np.uint8)
    rank[list(WORST_FIRST)] = np.arange(len(WORST_FIRST), dtype=np.uint8)
    said = np.array(WORST_FIRST, dtype=np.uint8)[rank[quality].min(axis=0)]
    return said, (quality != ABSENT).any(axis=0)


def before_of(number: int, sharers: Sequence[tuple[int, Fraction]]) -> Fraction:
    """The shares of those with smaller numbers."""
    return sum((share for other, share in sharers if other < number), Fraction(0))
