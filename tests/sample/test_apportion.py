"""Parts add up to their total, whatever the weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.sample.apportion import apportion, spread

weights_of_many = st.lists(st.integers(0, 10**7), min_size=1, max_size=40).filter(any)


@settings(derandomize=True, deadline=None)
@given(total=st.integers(0, 10**14), weights=weights_of_many, unit=st.sampled_from([1, 100, 10_000]))
def test_parts_add_up_and_stay_near_their_share(total: int, weights: list[int], unit: int) -> None:
    parts = apportion(total, np.array(weights, dtype=np.int64), unit=unit).tolist()
    assert sum(parts) == total
    largest = weights.index(max(weights))
    for place, (part, weight) in enumerate(zip(parts, weights, strict=True)):
        assert part >= 0
        slack = 2 * unit if place == largest else unit
        # |part − total × weight ÷ whole| ≤ one step, in whole numbers.
        assert abs(part * sum(weights) - total * weight) <= slack * sum(weights)
        if weight == 0:
            assert part == 0


def test_remainders_go_to_the_largest_fractions_first() -> None:
    assert apportion(7, np.array([2, 3, 5], dtype=np.int64)).tolist() == [1, 2, 4]
    assert apportion(100, np.array([1, 1, 1], dtype=np.int64)).tolist() == [34, 33, 33]


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (5, [0, 0]), (5, [2, -1])])
def test_what_cannot_be_shared_out_is_refused(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="apportion"):
        apportion(total, np.array(weights, dtype=np.int64))


def test_weights_too_large_for_64_bits_are_refused_and_never_wrap() -> None:
    with pytest.raises(OverflowError):
        apportion(10, np.array([2**40, 2**40], dtype=np.int64))
    with pytest.raises(OverflowError):
        spread(np.array([2**50]), np.array([[2**20, 1]]), unit=1)


@settings(derandomize=True, deadline=None)
@given(
    value=st.integers(0, 10**12),
    weights=st.lists(st.integers(0, 20_000), min_size=12, max_size=12),
    unit=st.sampled_from([1, 100, 10_000]),
)
def test_months_add_up_to_the_year(value: int, weights: list[int], unit: int) -> None:
    months = spread(np.array([value]), np.array([weights]), unit=unit)[0].tolist()
    assert sum(months) == (value if any(weights) else 0)
    assert all(month >= 0 for month in months)
    assert all(month == 0 for month, weight in zip(months, weights, strict=True) if weight == 0)
