"""Exact arithmetic over many scopes at once: integers over one common denominator.

Sums come from the lake as int64 ten-thousandths; factors are fractions. A column of numbers is kept as
Python integers (numpy object array) with one denominator, so a city's 200 nodes or 16,685 institutions go
through a formula in one pass and nothing is ever rounded before it is printed.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from jieyue.domain.quantity import SCALE

IntColumn = NDArray[np.object_]


class Exact:
    """A column of rationals with one denominator: value[i] = num[i] / den.

    >>> Exact([15000, 20000], 10000).fractions()
    [Fraction(3, 2), Fraction(2, 1)]
    """

    __slots__ = ("den", "num")

    def __init__(self, num: IntColumn | Sequence[int], den: int = 1) -> None:
        column = np.empty(len(num), dtype=object)
        column[:] = num
        self.num: IntColumn = column
        self.den = den

    @classmethod
    def from_fixed(cls, column: IntColumn | Sequence[int]) -> "Exact":
        """Ten-thousandths, as the lake sums them.

        >>> Exact.from_fixed([12345]).fractions()
        [Fraction(2469, 2000)]
        """
        return cls(column, SCALE)

    @classmethod
    def zeros(cls, length: int) -> "Exact":
        """A column of zeros."""
        return cls([0] * length)

    def __len__(self) -> int:
        return len(self.num)

    def __add__(self, other: "Exact") -> "Exact":
        den = lcm(self.den, other.den)
        return Exact(self.num * (den // self.den) + other.num * (den // other.den), den)

    def __sub__(self, other: "Exact") -> "Exact":
        den = lcm(self.den, other.den)
        return Exact(self.num * (den // self.den) - other.num * (den // other.den), den)

    def times(self, factor: Fraction | int) -> "Exact":
        """Each value times one factor.

        >>> Exact([10], 1).times(Fraction(1, 4)).fractions()
        [Fraction(5, 2)]
        """
        exact = Fraction(factor)
        return Exact(self.num * exact.numerator, self.den * exact.denominator)

    def per(self, divisor: "Exact") -> list[Fraction | None]:
        """Value by value ratio; None where the divisor is zero.

        >>> Exact([3, 1]).per(Exact([2, 0]))
        [Fraction(3, 2), None]
        """
        return [
            Fraction(a * divisor.den, b * self.den) if b else None
            for a, b in zip(self.num, divisor.num, strict=True)
        ]

    def fractions(self) -> list[Fraction]:
        """The values one by one."""
        return [Fraction(int(n), self.den) for n in self.num]

    def negative(self) -> list[bool]:
        """Where a value is below zero."""
        return [n < 0 for n in self.num]


def total(columns: Iterable[Exact], length: int) -> Exact:
    """Sum of columns; zeros of the given length if there are none.

    >>> total([Exact([1], 2), Exact([1], 3)], 1).fractions()
    [Fraction(5, 6)]
    """
    result: Exact | None = None
    for column in columns:
        result = column if result is None else result + column
    return Exact.zeros(length) if result is None else result
