"""GB/T 8170-2008 rounding: the standard's own examples, ties on exact values, and exact text."""

from decimal import Context, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.domain.rounding import display, exact_fraction, exact_text, finite_decimals, round_gb8170

EXAMPLES_OF_THE_STANDARD = [
    # clause 3.2.1 to 3.2.5 and 3.3.1: number, decimals, rounded
    ("12.1498", 0, "12"),
    ("12.1498", 1, "12.1"),
    ("1268", -2, "1300"),
    ("10.5002", 0, "11"),
    ("1.050", 1, "1.0"),
    ("0.35", 1, "0.4"),
    ("2500", -3, "2000"),
    ("3500", -3, "4000"),
    ("0.0325", 3, "0.032"),
    ("32500", -3, "32000"),
    ("-355", -1, "-360"),
    ("-325", -1, "-320"),
    ("-365", -1, "-360"),
    ("-0.0365", 3, "-0.036"),
    ("97.46", 0, "97"),
    ("15.4546", 0, "15"),
]


@pytest.mark.parametrize(("number", "decimals", "expected"), EXAMPLES_OF_THE_STANDARD)
def test_examples_of_the_standard(number: str, decimals: int, expected: str) -> None:
    assert str(round_gb8170(Decimal(number), decimals)) == expected


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (Decimal("2.675"), 2, "2.68"),  # the float 2.675 lies below the tie and would give 2.67
        (Decimal("1.005"), 2, "1.00"),
        (Decimal("1.0050000000000000000000000000000000000001"), 2, "1.01"),  # beyond 28 digits: not a tie
        (Fraction(1, 6), 3, "0.167"),
        (0, 2, "0.00"),
        (Decimal("-0.001"), 2, "0.00"),
        (10**40 + 5, -1, "1" + "0" * 40),
        (Decimal("1E+3"), 1, "1000.0"),
        (-7, 2, "-7.00"),
    ],
)
def test_display_is_plain_and_exact(value: Fraction | Decimal | int, decimals: int, expected: str) -> None:
    assert display(value, decimals) == expected


def test_the_decimal_context_of_the_caller_changes_nothing() -> None:
    with localcontext(Context(prec=2)):
        assert str(round_gb8170(Decimal("123456.785"), 2)) == "123456.78"
        assert exact_text(Fraction(1234567, 100)) == "12345.67"


@pytest.mark.parametrize("value", [1.5, True, "1.5", None])
def test_an_inexact_type_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        exact_fraction(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_what_is_not_finite_is_refused(value: str) -> None:
    with pytest.raises(ValueError):
        round_gb8170(Decimal(value), 2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(0), "0"),
        (Fraction(5), "5"),
        (Fraction(1200), "1200"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(1, 10**12), "0.000000000001"),
        (Fraction(1, 2**40), "0.0000000000009094947017729282379150390625"),
        (Fraction(1, 3), "0." + "3" * 34),
        (Fraction(2, 3), "0." + "6" * 33 + "7"),
        (Fraction(10, 3), "3." + "3" * 33),
        (Fraction(1, 300), "0.00" + "3" * 34),
        (Fraction(10**36, 3), "3" * 34 + "00"),
        (Fraction(-1, 7), "-0.1428571428571428571428571428571429"),
    ],
)
def test_exact_text(value: Fraction, expected: str) -> None:
    assert exact_text(value) == expected


@given(st.integers(-(10**30), 10**30), st.integers(0, 12))
@settings(derandomize=True)
def test_an_exact_tie_goes_to_the_even_digit(units: int, decimals: int) -> None:
    tie = Fraction(2 * units + 1, 2 * 10**decimals)
    rounded = Fraction(round_gb8170(tie, decimals)) * 10**decimals
    assert rounded % 2 == 0
    assert abs(rounded - tie * 10**decimals) == Fraction(1, 2)


@given(st.fractions(), st.integers(-6, 12))
@settings(derandomize=True)
def test_rounding_is_nearest_odd_and_idempotent(value: Fraction, decimals: int) -> None:
    rounded = round_gb8170(value, decimals)
    assert abs(Fraction(rounded) - value) * 2 <= Fraction(10) ** -decimals
    assert round_gb8170(-value, decimals) == -rounded
    assert round_gb8170(rounded, decimals) == rounded
    assert "E" not in str(display(value, decimals))


@given(st.fractions())
@settings(derandomize=True)
def test_exact_text_is_exact_or_right_to_34_digits(value: Fraction) -> None:
    text = exact_text(value)
    if finite_decimals(value) is not None:
        assert Fraction(text) == value
    else:
        assert abs(Fraction(text) - value) <= abs(value) * Fraction(1, 2 * 10**33)
        assert len(text.lstrip("-0.").replace(".", "")) <= 34
