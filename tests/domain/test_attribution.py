"""Why a sum changed: effects worked out by hand, and nothing left over."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieyue.domain.attribution import AttributionError, Side, attribute, size_effects

_AMOUNTS = st.fractions(min_value=0, max_value=10**9, max_denominator=10**6)
_SIZES = st.fractions(min_value=Fraction(1, 100), max_value=10**7, max_denominator=10**4)
_NAMES = ("electricity", "natural_gas", "heat")


def _parts(values: list[Fraction]) -> dict[str, Fraction | None]:
    return dict(zip(_NAMES, values, strict=True))


def test_a_house_that_grew_and_saved() -> None:
    """1000 → 1200 m²; electricity 80 → 90 t, gas 20 → 15 t. By hand with a table of logarithms:

    ln 1.2 = 0.182321557; L(90, 80) = 10 ÷ ln 1.125 = 10 ÷ 0.117783036 = 84.901871; its size effect 15.479441;
    L(15, 20) = −5 ÷ ln 0.75 = 5 ÷ 0.287682072 = 17.380297; its size effect 3.168803.
    """
    found = attribute(
        Side(Fraction(1000), {"electricity": Fraction(80), "natural_gas": Fraction(20)}),
        Side(Fraction(1200), {"electricity": Fraction(90), "natural_gas": Fraction(15)}),
    )
    assert found.change == 5
    assert found.size is not None
    assert found.intensities is not None
    assert float(found.size) == pytest.approx(15.479441 + 3.168803, abs=2e-6)
    assert float(found.intensities["electricity"]) == pytest.approx(10 - 15.479441, abs=2e-6)
    assert float(found.intensities["natural_gas"]) == pytest.approx(-5 - 3.168803, abs=2e-6)


def test_a_carrier_that_comes_or_goes_is_a_change_of_intensity() -> None:
    """The limit of the mean is zero: the whole of what came or went is the carrier's own."""
    found = attribute(
        Side(Fraction(10), {"heat": Fraction(0), "coal": Fraction(4), "gas": Fraction(0)}),
        Side(Fraction(20), {"heat": Fraction(9), "coal": Fraction(0), "gas": Fraction(0)}),
    )
    assert found.size == 0
    assert found.intensities == {"heat": 9, "coal": -4, "gas": 0}


def test_the_same_size_makes_no_effect() -> None:
    assert attribute(
        Side(Fraction(7), {"electricity": Fraction(3)}), Side(Fraction(7), {"electricity": Fraction(5)})
    ).intensities == {"electricity": 2}


@pytest.mark.parametrize(
    ("then", "now", "gaps"),
    [
        (Side(None, {"a": Fraction(1)}), Side(Fraction(1), {"a": Fraction(1)}), ("size_then",)),
        (Side(Fraction(1), {"a": Fraction(1)}), Side(Fraction(0), {"a": Fraction(1)}), ("size_now",)),
        (Side(Fraction(1), {"a": None}), Side(Fraction(1), {"a": Fraction(1)}), ("a_then",)),
        (Side(Fraction(1), {"a": Fraction(1)}), Side(Fraction(1), {}), ("a_now",)),
        (Side(Fraction(1), {"a": Fraction(-1)}), Side(Fraction(1), {"a": Fraction(1)}), ("a_then",)),
    ],
)
def test_a_gap_is_named_and_nothing_is_attributed(then: Side, now: Side, gaps: tuple[str, ...]) -> None:
    found = attribute(then, now)
    assert (found.gaps, found.size, found.intensities) == (gaps, None, None)


def test_money_is_quantity_and_price() -> None:
    """1000 kWh at 0.5 → 1100 kWh at 0.6: 500 → 660 yuan; L = 160 ÷ ln 1.32 = 576.310; × ln 1.1 = 54.928."""
    effect = size_effects(
        [Fraction(500)], [Fraction(660)], size_then=[Fraction(1000)], size_now=[Fraction(1100)]
    )
    assert float(effect[0]) == pytest.approx(54.928, abs=1e-3)


def test_columns_are_refused_that_have_no_logarithm_or_no_place() -> None:
    one = [Fraction(1)]
    with pytest.raises(AttributionError, match="of one length"):
        size_effects(one, [], size_then=one, size_now=one)
    with pytest.raises(AttributionError, match="above 0"):
        size_effects(one, one, size_then=one, size_now=[Fraction(0)])


@given(st.lists(_AMOUNTS, min_size=3, max_size=3), st.lists(_AMOUNTS, min_size=3, max_size=3), _SIZES, _SIZES)
def test_the_effects_sum_to_the_change_to_the_last_digit(
    then: list[Fraction], now: list[Fraction], small: Fraction, large: Fraction
) -> None:
    found = attribute(Side(small, _parts(then)), Side(large, _parts(now)))
    assert found.size is not None
    assert found.intensities is not None
    assert found.size + sum(found.intensities.values()) == sum(now) - sum(then)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6))
def test_what_is_left_is_the_intensity_by_its_own_formula(
    then: int, now: int, small: int, large: int
) -> None:
    """L × ln(I now ÷ I then) in floating point; and turning time round turns every sign."""
    before, after = Side(Fraction(small), {"a": Fraction(then)}), Side(Fraction(large), {"a": Fraction(now)})
    found, back = attribute(before, after), attribute(after, before)
    assert found.intensities is not None
    assert back.intensities is not None
    mean = then if then == now else (now - then) / math.log(now / then)
    expected = mean * (math.log(now / large) - math.log(then / small))
    assert float(found.intensities["a"]) == pytest.approx(expected, rel=1e-6, abs=1e-3)
    assert found.intensities["a"] + back.intensities["a"] == 0
