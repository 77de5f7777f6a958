"""The restatement bridge: four effects in one declared order that sum exactly."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.domain.restate import PARTS, STATIONS, Corner, RestateError, bridge

numbers = st.fractions(max_denominator=10**6)


def test_the_plans_electricity_restated_by_hand() -> None:
    """58.21×10⁸ kWh at 0.404 → 58.30×10⁸ kWh at 0.5581 kg/kWh, in 10⁴ t; a district leaves; the method stays."""

    def value(at: Corner) -> Fraction:
        kwh = Fraction("58.30") if at.data else Fraction("58.21")
        factor = Fraction("0.5581") if at.factor else Fraction("0.404")
        left = Fraction("1.3") if at.boundary else Fraction(0)
        return (kwh - left) * factor * 10

    found = bridge(value)
    assert found.old == Fraction("235.1684")
    assert found.data == Fraction("0.3636")  # 0.09 × 0.404 × 10
    assert found.factor == Fraction("89.8403")  # 58.30 × 0.1541 × 10
    assert found.boundary == Fraction("-7.2553")  # −1.3 × 0.5581 × 10
    assert found.method == 0
    assert found.new == Fraction("318.117")


def test_the_five_stations_follow_the_declared_order() -> None:
    seen: list[Corner] = []

    def value(at: Corner) -> int:
        seen.append(at)
        return 1

    bridge(value)
    assert tuple(seen) == STATIONS
    assert [str(corner) for corner in seen] == [
        "old",
        "data",
        "data+factor",
        "data+factor+boundary",
        "data+factor+boundary+method",
    ]
    assert PARTS == ("data", "factor", "boundary", "method")


def test_a_figure_without_a_value_is_named_and_never_zero() -> None:
    with pytest.raises(RestateError) as caught:
        bridge(lambda at: None if at.boundary and not at.method else 1)
    assert caught.value.code == "no_value"
    assert caught.value.data == {"corner": "data+factor+boundary"}


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError):
        bridge(lambda at: 1.5)  # type: ignore[arg-type, return-value]


def test_decimals_stay_exact() -> None:
    found = bridge(lambda at: Decimal("0.3") if at.factor else Decimal("0.1"))
    assert (found.old, found.factor, found.new) == (Fraction(1, 10), Fraction(1, 5), Fraction(3, 10))


@given(st.lists(numbers, min_size=16, max_size=16))
@settings(derandomize=True)
def test_the_effects_sum_exactly_whatever_the_figure(corners: list[Fraction]) -> None:
    def value(at: Corner) -> Fraction:
        return corners[at.data + 2 * at.factor + 4 * at.boundary + 8 * at.method]

    found = bridge(value)
    assert (found.old, found.new) == (corners[0], corners[15])
    assert found.old + found.data + found.factor + found.boundary + found.method == found.new


@given(st.lists(st.tuples(numbers, numbers), min_size=4, max_size=4), st.sampled_from(PARTS))
@settings(derandomize=True)
def test_what_did_not_change_has_no_effect(pairs: list[tuple[Fraction, Fraction]], same: str) -> None:
    def value(at: Corner) -> Fraction:
        product = Fraction(1)
        for part, (old, new) in zip(PARTS, pairs, strict=True):
            product *= new if getattr(at, part) and part != same else old
        return product

    assert getattr(bridge(value), same) == 0
