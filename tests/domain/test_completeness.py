"""Completeness and status."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.domain.completeness import CompletenessError, Status, completeness, status, weighted

THRESHOLD = Fraction(95, 100)


def test_completeness_is_exact_and_none_if_nothing_is_due() -> None:
    assert completeness(351, 380) == Fraction(351, 380)
    assert completeness(0, 12) == 0
    assert completeness(12, 12) == 1
    assert completeness(0, 0) is None


@pytest.mark.parametrize(("approved", "expected"), [(13, 12), (-1, 12), (1, 0), (0, -1)])
def test_counts_that_cannot_be_are_refused(approved: int, expected: int) -> None:
    with pytest.raises(CompletenessError) as caught:
        completeness(approved, expected)
    assert caught.value.code == "counts"


def arrays(*columns: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    approved, expected, values = columns
    return np.array(approved, dtype=bool), np.array(expected, dtype=bool), np.array(values, dtype=np.int64)


def test_weighted_counts_only_what_is_expected() -> None:
    # approved but not expected (a member of another's reporting unit) weighs nothing
    assert weighted(*arrays([1, 0, 1, 1], [1, 1, 1, 0], [60, 30, 10, 900])) == Fraction(70, 100)


def test_weighted_without_a_past_is_none() -> None:
    assert weighted(*arrays([1], [1], [0])) is None
    assert weighted(*arrays([], [], [])) is None


def test_weights_pass_int64_and_negative_ones_are_refused() -> None:
    large = 10**18 - 1
    assert weighted(*arrays([1] * 15 + [0] * 5, [1] * 20, [large] * 20)) == Fraction(3, 4)
    with pytest.raises(CompletenessError) as caught:
        weighted(*arrays([1, 1], [1, 1], [5, -1]))
    assert caught.value.code == "negative_weight"


@pytest.mark.parametrize(
    ("share", "any_value", "reasons", "expected"),
    [
        (Fraction(1), True, (), Status.FINAL),
        (THRESHOLD, True, (), Status.FINAL),
        (THRESHOLD - Fraction(1, 10**9), True, (), Status.PROVISIONAL),
        (Fraction(1), True, ("carrier_without_factor",), Status.PROVISIONAL),
        (None, True, (), Status.FINAL),
        (None, True, ("carrier_without_factor",), Status.PROVISIONAL),
        (Fraction(0), False, (), Status.MISSING),
        (None, False, (), Status.MISSING),
        (Fraction(1), False, ("carrier_without_factor",), Status.MISSING),
    ],
)
def test_status(share: Fraction | None, any_value: bool, reasons: tuple[str, ...], expected: Status) -> None:
    assert status(share, THRESHOLD, any_value=any_value, provisional_reasons=reasons) is expected


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 10**18 - 1)), max_size=30))
@settings(derandomize=True)
def test_shares_lie_between_0_and_1_and_grow_with_each_approval(rows: list[tuple[bool, bool, int]]) -> None:
    approved, expected, values = arrays(*[[row[k] for row in rows] for k in range(3)])
    share = weighted(approved, expected, values)
    assert share is None or 0 <= share <= 1
    for place in range(len(rows)):
        more = approved.copy()
        more[place] = True
        grown = weighted(more, expected, values)
        assert (grown is None and share is None) or grown >= share
