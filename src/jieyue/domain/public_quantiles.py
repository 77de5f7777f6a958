"""Quantiles of a type that may go out: each the mean of a few institutions around its rank, tested like a cell."""

from collections.abc import Sequence
from fractions import Fraction

SHARES = {"p20": Fraction(1, 5), "p50": Fraction(1, 2), "p80": Fraction(4, 5)}


def public_quantiles(
    values: Sequence[Fraction], *, least: int, dominance: Fraction, within: Fraction
) -> dict[str, Fraction] | None:
    """P20, P50 and P80 of a group, or None where they would say too much of one member.

    Formula: the mean of the k members around the rank (n − 1) × share, k = `least`, at least 3. Refused if fewer than
    k members lie below P20 or above P80 (n < 5 k), if one of the k holds more than `dominance` of their sum, or if the
    second largest of them, who knows himself, would work out the largest to within `within`: what is left of the sum
    without the two must be that share of the largest at least. Unit: the values'.

    >>> rule = {"least": 3, "dominance": Fraction(4, 5), "within": Fraction(1, 10)}
    >>> {name: str(value) for name, value in public_quantiles([Fraction(n) for n in range(1, 16)], **rule).items()}
    {'p20': '4', 'p50': '8', 'p80': '12'}
    >>> public_quantiles([Fraction(n) for n in range(1, 15)], **rule) is None
    True
    """
    group = max(least, 3)
    if len(values) < 5 * group:
        return None
    ordered = sorted(values)
    found = {}
    for name, share in SHARES.items():
        middle = (len(ordered) - 1) * share
        start = min(max(round(middle - Fraction(group - 1, 2)), 0), len(ordered) - group)
        members = ordered[start : start + group]
        total = sum(members, Fraction(0))
        if members[-1] > dominance * total or total - members[-1] - members[-2] < within * members[-1]:
            return None
        found[name] = total / group
    return found
