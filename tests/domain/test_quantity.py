"""Stored quantities: rounding to storage, refusals, exact text, exact sums."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.domain.quantity import (
    LARGEST,
    QuantityError,
    convert,
    exact_sum,
    fixed_array,
    fixed_fraction,
    fixed_text,
    from_fixed,
    to_fixed,
)

stored = st.integers(-LARGEST, LARGEST)


@pytest.mark.parametrize(
    ("value", "fixed", "rounded"),
    [
        ("0", 0, False),
        ("-0", 0, False),
        ("51240", 512_400_000, False),
        ("28694.40", 286_944_000, False),
        ("1.23450000", 12345, False),
        ("1.2E3", 12_000_000, False),
        (".5", 5000, False),
        ("5.", 50000, False),
        ("+7", 70000, False),
        ("0.00005", 0, True),  # a tie goes to the even neighbour
        ("0.00015", 2, True),
        ("0.00025", 2, True),
        ("-0.00015", -2, True),
        ("0.000150000000000000000000000000000000000001", 2, True),
        ("0.000250000000000000000000000000000000000001", 3, True),
        (Decimal("1e-999999"), 0, True),
        ("1e-99999999999", 0, True),
        ("0e99", 0, False),
        (Fraction(2, 3), 6667, True),
        (12, 120_000, False),
        ("99999999999999.9999", 999_999_999_999_999_999, False),
        ("-99999999999999.9999", -999_999_999_999_999_999, False),
    ],
)
def test_to_fixed(value: str | Decimal | Fraction | int, fixed: int, rounded: bool) -> None:
    assert to_fixed(value) == (fixed, rounded)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "not_a_number"),
        ("  1", "not_a_number"),
        ("1,234", "not_a_number"),
        ("1_000", "not_a_number"),
        ("１２", "not_a_number"),
        ("1.2.3", "not_a_number"),
        ("0x10", "not_a_number"),
        (".", "not_a_number"),
        ("不使用", "not_a_number"),
        ("NaN", "not_finite"),
        ("-inf", "not_finite"),
        ("Infinity", "not_finite"),
        (Decimal("NaN"), "not_finite"),
        (Decimal("sNaN"), "not_finite"),
        (Decimal("-Infinity"), "not_finite"),
        ("1e400", "out_of_range"),
        ("1e99999999999999999999", "out_of_range"),
        (Decimal("1e999999"), "out_of_range"),
        ("100000000000000", "out_of_range"),
        ("99999999999999.99995", "out_of_range"),  # would be stored only after rounding up out of the range
        (10**14, "out_of_range"),
        (Fraction(-(10**15), 3), "out_of_range"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_reason(
    value: str | Decimal | Fraction | int, code: str
) -> None:
    with pytest.raises(QuantityError) as caught:
        to_fixed(value)
    assert caught.value.code == code
    assert caught.value.message_zh != caught.value.message_en == str(caught.value)


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(QuantityError) as caught:
        to_fixed("x" * 10_000)
    assert len(str(caught.value)) < 200


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError):
        to_fixed(1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fixed", "text"),
    [
        (0, "0"),
        (1, "0.0001"),
        (-1, "-0.0001"),
        (12_3450, "12.345"),
        (10_0000, "10"),
        (LARGEST, "9" * 14 + ".9999"),
    ],
)
def test_fixed_text(fixed: int, text: str) -> None:
    assert fixed_text(fixed) == text


@given(stored)
@settings(derandomize=True)
def test_text_decimal_and_fraction_round_trip(fixed: int) -> None:
    assert to_fixed(fixed_text(fixed)) == (fixed, False)
    assert to_fixed(from_fixed(fixed)) == (fixed, False)
    assert to_fixed(fixed_fraction(fixed)) == (fixed, False)
    assert "E" not in str(from_fixed(fixed))


@given(st.decimals(min_value=-(10**13), max_value=10**13, allow_nan=False, places=9))
@settings(derandomize=True)
def test_a_decimal_is_stored_as_the_fraction_that_it_is(value: Decimal) -> None:
    assert to_fixed(value) == to_fixed(Fraction(value)) == to_fixed(format(value, "f"))


@given(st.integers(-(10**12), 10**12), st.sampled_from([10, 1000, 10_000, Fraction(5, 2)]))
@settings(derandomize=True)
def test_unit_conversion_round_trips(fixed: int, factor: int | Fraction) -> None:
    there, rounded = convert(fixed, factor)
    if not rounded:
        assert convert(there, 1 / Fraction(factor)) == (fixed, False)


def test_conversion_rounds_once() -> None:
    assert convert(3, Fraction(1, 2)) == (2, True)  # 0.00015 → 0.0002
    assert convert(1, Fraction(1, 2)) == (0, True)  # 0.00005 → 0.0000


def test_fixed_array_keeps_absence_apart_from_zero_and_marks_rounding() -> None:
    column = fixed_array(["0", None, "1.00005", Fraction(1, 4)])
    assert column.values.dtype == np.int64
    assert column.values.tolist() == [0, 0, 10000, 2500]
    assert column.present.tolist() == [True, False, True, True]
    assert column.rounded.tolist() == [False, False, True, False]
    assert fixed_array([]).values.shape == (0,)


def test_fixed_array_names_the_place_of_a_bad_value() -> None:
    with pytest.raises(QuantityError) as caught:
        fixed_array(["1", "2", "abc"])
    assert caught.value.data == {"value": "abc", "index": "2"}


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40))
@settings(derandomize=True)
def test_exact_sum_is_the_sum_of_integers(values: list[int]) -> None:
    assert exact_sum(np.array(values, dtype=np.int64)) == sum(values)


def test_exact_sum_passes_int64() -> None:
    city = np.full((16_685, 12), LARGEST, dtype=np.int64)
    assert exact_sum(city) == 16_685 * 12 * LARGEST > 2**63


def test_exact_sum_refuses_floats() -> None:
    with pytest.raises(TypeError):
        exact_sum(np.array([1.0]))  # type: ignore[arg-type]
