"""Exact arithmetic over many scopes at once: integers over one common denominator.

Sums come from the lake as int64 ten-thousandths; factors are fractions. A column of numbers is kept as
Python integers (numpy object array) with one denominator, so a city's 200 nodes or 16,685 institutions go
through a formula in one pass and nothing is ever rounded before it is printed.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from operator import floordiv
from typing import overload

import numpy as np
from numpy.typing import NDArray

from jieyue.domain.quantity import SCALE

IntColumn = NDArray[np.object_]
Bools = NDArray[np.bool_]


class Quotients(Sequence[Fraction | None]):
    """A column of exact numbers that may be missing: num[i] / den[i] where known; a Fraction only when looked at.

    >>> list(Quotients([6, 1], [4, 0], [True, False]))
    [Fraction(3, 2), None]
    """

    __slots__ = ("den", "known", "num")

    def __init__(
        self,
        num: IntColumn | Sequence[int],
        den: IntColumn | Sequence[int] | int,
        known: Bools | Sequence[bool],
    ) -> None:
        self.num = _column(num)
        self.den = _column([den] * len(self.num) if isinstance(den, int) else den)
        self.known: Bools = np.asarray(known, dtype=bool)

    @classmethod
    def missing(cls, length: int) -> "Quotients":
        """Nothing known."""
        return cls([0] * length, 1, np.zeros(length, dtype=bool))

    def where(self, known: IntColumn | Bools) -> "Quotients":
        """Missing as well where `known` is zero or false."""
        return Quotients(self.num, self.den, self.known & (known != 0))

    def lowest(self) -> tuple[IntColumn, IntColumn]:
        """(numerators, positive denominators) in lowest terms; 0 and 1 where missing.

        >>> [part.tolist() for part in Quotients([6, 1], [-4, 0], [True, False]).lowest()]
        [[-3, 0], [2, 1]]
        """
        if self.known.all():
            num, den = self.num.tolist(), self.den.tolist()
        else:
            num, den = (self.num * self.known).tolist(), np.where(self.known, self.den, 1).tolist()
        common = list(map(gcd, num, den))
        if min(den, default=1) < 0:
            common = [-each if below < 0 else each for each, below in zip(common, den, strict=True)]
        return _column(list(map(floordiv, num, common))), _column(list(map(floordiv, den, common)))

    def __len__(self) -> int:
        return len(self.num)

    @overload
    def __getitem__(self, place: int) -> Fraction | None: ...

    @overload
    def __getitem__(self, place: slice) -> "Quotients": ...

    def __getitem__(self, place: int | slice) -> "Fraction | Quotients | None":
        if isinstance(place, slice):
            return Quotients(self.num[place], self.den[place], self.known[place])
        return Fraction(int(self.num[place]), int(self.den[place])) if self.known[place] else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Quotients({list(self)})"


def _column(values: IntColumn | Sequence[int]) -> IntColumn:
    if isinstance(values, np.ndarray) and values.dtype.char == "O":
        return values
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _times(column: IntColumn, factor: int) -> IntColumn:
    return column if factor == 1 else column * factor


class Exact:
    """A column of rationals with one denominator: value[i] = num[i] / den.

    >>> Exact([15000, 20000], 10000).fractions()
    [Fraction(3, 2), Fraction(2, 1)]
    """

    __slots__ = ("den", "num")

    def __init__(self, num: IntColumn | Sequence[int], den: int = 1) -> None:
        self.num: IntColumn = _column(num)
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
        return Exact(_times(self.num, den // self.den) + _times(other.num, den // other.den), den)

    def __sub__(self, other: "Exact") -> "Exact":
        den = lcm(self.den, other.den)
        return Exact(_times(self.num, den // self.den) - _times(other.num, den // other.den), den)

    def times(self, factor: Fraction | int) -> "Exact":
        """Each value times one factor.

        >>> Exact([10], 1).times(Fraction(1, 4)).fractions()
        [Fraction(5, 2)]
        """
        exact = Fraction(factor)
        return Exact(_times(self.num, exact.numerator), self.den * exact.denominator)

    def per(self, divisor: "Exact") -> Quotients:
        """Value by value ratio; None where the divisor is zero.

        >>> list(Exact([3, 1]).per(Exact([2, 0])))
        [Fraction(3, 2), None]
        """
        return Quotients(self.num * divisor.den, divisor.num * self.den, divisor.num != 0)

    def quotients(self) -> Quotients:
        """The values as a column in which some may be missing; none is."""
        return Quotients(self.num, self.den, np.ones(len(self.num), dtype=bool))

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
