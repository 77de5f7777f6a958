"""Completeness 完整率 and status: how much of what was due is approved, and what a figure may be called."""

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from math import lcm

from jieyue.domain.errors import DomainError
from jieyue.domain.quantity import BoolArray, Int64Array, exact_sum


class CompletenessError(DomainError):
    """Counts that cannot be: below zero, or more approved than expected (`counts`); a negative weight."""


class Status(StrEnum):
    """What a figure may be called: final 终值, provisional 初步, missing 缺数."""

    FINAL = "final"
    PROVISIONAL = "provisional"
    MISSING = "missing"


def completeness(approved: int, expected: int) -> Fraction | None:
    """Return the share of expected institution-periods that are approved, in [0, 1]; None if none is expected.

    An institution-period is one institution that owes a return for one period (a member of another's
    reporting unit owes none). `approved` counts only such as are expected.
    Formula: approved ÷ expected. Unit: 1. Raises CompletenessError.

    >>> completeness(351, 380)
    Fraction(351, 380)
    >>> completeness(0, 0) is None
    True
    """
    if not 0 <= approved <= expected:
        raise CompletenessError(
            "counts",
            zh=f"已审 {approved}、应报 {expected} 不成立；只计应报中已审的",
            en=f"{approved} approved of {expected} expected cannot be; count only approved ones that are expected",
        )
    return Fraction(approved, expected) if expected else None


def weighted(approved: BoolArray, expected: BoolArray, last_year: Int64Array) -> Fraction | None:
    """Return the completeness weighted by last year's value, in [0, 1]; None if nothing expected has weight.

    Arrays of one shape, an entry for each institution-period: whether it is approved, whether it is expected,
    and last year's value of the same period [ten-thousandths of any one unit, ≥ 0; 0 where unknown, so that
    it weighs nothing on either side].
    Formula: Σ last_year over approved and expected ÷ Σ last_year over expected. Unit: 1.

    >>> import numpy as np
    >>> due = np.array([True, True, False])
    >>> weighted(np.array([True, False, True]), due, np.array([30_000, 10_000, 70_000], dtype=np.int64))
    Fraction(3, 4)
    """
    if bool((last_year < 0).any()):
        raise CompletenessError(
            "negative_weight",
            zh="加权完整率的上年值不能为负；请先核对上年数据",
            en="last year's values must not be negative as weights; check last year's data first",
        )
    return completeness(exact_sum(last_year[approved & expected]), exact_sum(last_year[expected]))


def weighted_periods(
    approved: Sequence[int], expected: Sequence[int], last_year: Sequence[Fraction]
) -> Fraction | None:
    """Return `weighted` where each institution owes several periods that share its last year's value equally.

    One entry an institution: periods approved, periods expected (> 0), and last year's value [any one unit].
    Formula: sum of last_year × approved ÷ expected, ÷ sum of last_year. Unit: 1; None if nothing has weight.

    >>> weighted_periods([12, 6], [12, 12], [Fraction(30), Fraction(10)])
    Fraction(7, 8)
    """
    den = lcm(*{value.denominator for value in last_year})
    numbers = [value.numerator * (den // value.denominator) for value in last_year]
    whole = sum(numbers)
    part = Fraction(0)
    complete = 0
    for number, done, due in zip(numbers, approved, expected, strict=True):
        if done == due:
            complete += number
        else:
            part += Fraction(number * done, due)
    return (part + complete) / whole if whole else None


def status(
    share: Fraction | None,
    threshold: Fraction,
    *,
    any_value: bool,
    provisional_reasons: Sequence[str] = (),
) -> Status:
    """Return the status of a figure.

    `share`: completeness, None if nothing was expected (a declared total stands for itself then);
    `threshold`: from the catalog; `any_value`: whether there is a value at all; `provisional_reasons`: codes of
    what else makes it provisional (a carrier without a factor, a factor of another year).
    Rule: missing without a value; provisional below the threshold or with a reason; else final.

    >>> status(Fraction(351, 380), Fraction(95, 100), any_value=True).value
    'provisional'
    >>> status(Fraction(95, 100), Fraction(95, 100), any_value=True).value
    'final'
    """
    if not any_value:
        return Status.MISSING
    if provisional_reasons or (share is not None and share < threshold):
        return Status.PROVISIONAL
    return Status.FINAL
