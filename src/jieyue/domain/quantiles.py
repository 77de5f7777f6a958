"""Quantiles of a group that give away no member's number, and a member's own percentile."""

from collections.abc import Sequence
from fractions import Fraction


def between(values: Sequence[Fraction], share: Fraction) -> Fraction:
    """Return the quantile of a group of three or more, always from two different members.

    Formula: h = (n − 1) × share on the ascending values, counted from 0; between two places the values are joined by a
    straight line; at a place itself the mean of its two neighbours is taken, so that no member's number is printed.
    Unit: the values'.

    >>> ten = [Fraction(n) for n in range(1, 11)]
    >>> between(ten, Fraction(1, 2)), between(ten[:9], Fraction(1, 2)), between(ten, Fraction(1, 5))
    (Fraction(11, 2), Fraction(5, 1), Fraction(14, 5))
    >>> between([Fraction(n) for n in (1, 2, 9)], Fraction(1, 2))
    Fraction(5, 1)
    """
    if len(values) < 3 or not 0 < share < 1:
        raise ValueError("three or more values, and a share between 0 and 1")
    ordered = sorted(values, key=_by_size)
    exact = (len(ordered) - 1) * share
    place = int(exact)
    if exact == place:
        return (ordered[place - 1] + ordered[place + 1]) / 2
    return ordered[place] + (ordered[place + 1] - ordered[place]) * (exact - place)


def _by_size(value: Fraction) -> tuple[float, Fraction]:
    """The order of fractions, of which floats tell all but the closest: they compare twenty times as fast."""
    return float(value), value


def percentile(values: Sequence[Fraction], own: Fraction) -> Fraction:
    """Return where `own` stands among the values, itself one of them, from low to high [%].

    Formula: (how many are lower + half of those that are equal) ÷ n × 100.

    >>> [str(percentile([Fraction(n) for n in (1, 2, 2, 3)], Fraction(n))) for n in (1, 2, 3)]
    ['25/2', '50', '175/2']
    """
    lower = sum(value < own for value in values)
    equal = sum(value == own for value in values)
    return Fraction(100 * (2 * lower + equal), 2 * len(values))
