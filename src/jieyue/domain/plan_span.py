"""A printed number and what its rounding leaves open: a point and the interval it may stand for.

A number printed as 11.53 may have been anything from 11.525 to 11.535. A recomputation from printed numbers
is therefore an interval too, and a printed result contradicts it only if the two intervals do not meet.
Interval arithmetic over exact fractions (Moore 1966: sums of ends; products and quotients of ends).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from jieyue.catalog.plan import Printed

Agreement = Literal["same", "cut_off", "rounding", "differs"]


@dataclass(frozen=True, slots=True)
class Span:
    """A number ``point`` that may be anything in [``low``, ``high``]."""

    point: Fraction
    low: Fraction
    high: Fraction

    @classmethod
    def of(cls, printed: Printed) -> "Span":
        """What a printed number may stand for, in its unit."""
        value, half = printed.value, printed.half_digit
        return cls(value, value - half, value + half)

    @classmethod
    def sharp(cls, value: Fraction | int) -> "Span":
        """A number without rounding."""
        exact = Fraction(value)
        return cls(exact, exact, exact)

    @classmethod
    def between(cls, ends: Iterable[Fraction], point: Fraction) -> "Span":
        """The interval over all ``ends``."""
        listed = list(ends)
        return cls(point, min(listed), max(listed))

    def __add__(self, other: "Span") -> "Span":
        return Span(self.point + other.point, self.low + other.low, self.high + other.high)

    def __sub__(self, other: "Span") -> "Span":
        return Span(self.point - other.point, self.low - other.high, self.high - other.low)

    def __mul__(self, other: "Span") -> "Span":
        ends = (a * b for a in (self.low, self.high) for b in (other.low, other.high))
        return Span.between(ends, self.point * other.point)

    def __truediv__(self, other: "Span") -> "Span":
        """Raises ZeroDivisionError if the divisor may be zero.

        >>> (Span.sharp(1) / Span(Fraction(4), Fraction(2), Fraction(5))).high
        Fraction(1, 2)
        """
        if other.low <= 0 <= other.high:
            raise ZeroDivisionError("the divisor may be zero")
        ends = (a / b for a in (self.low, self.high) for b in (other.low, other.high))
        return Span.between(ends, self.point / other.point)

    def narrowed(self, other: "Span") -> "Span":
        """The same point within both intervals; unchanged if they do not meet at the point."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Span(self.point, low, high) if low <= self.point <= high else self

    def meets(self, other: "Span") -> bool:
        """Whether the two intervals share a number."""
        return self.low <= other.high and other.low <= self.high


def total(spans: Iterable[Span]) -> Span:
    """The sum; 0 of none."""
    result = Span.sharp(0)
    for span in spans:
        result += span
    return result


def agreement(printed: Span, recomputed: Span) -> Agreement:
    """How a printed number stands to its recomputation.

    ``same``: the recomputed point rounds to the printed digits. ``cut_off``: the printed digits are those of
    the point with the rest cut off, and the intervals meet. ``rounding``: another last digit, which the
    rounding of the inputs explains (the intervals meet). ``differs``: rounding does not explain it.

    >>> half = Fraction(1, 200)
    >>> def near(text): return Span(Fraction(text), Fraction(text) - half, Fraction(text) + half)
    >>> [agreement(near(text), near("2.196")) for text in ("2.20", "2.19", "2.205", "2.10")]
    ['same', 'cut_off', 'rounding', 'differs']
    """
    half = printed.high - printed.point
    gap = recomputed.point - printed.point
    if abs(gap) <= half:
        return "same"
    if not printed.meets(recomputed):
        return "differs"
    outward = gap if printed.point >= 0 else -gap
    return "cut_off" if 0 < outward < 2 * half else "rounding"
