"""Why a hospital's energy and money changed: worked out by hand, each effect with a receipt that says the same."""

import math
from fractions import Fraction

import pytest

from jieyue.apps.accounts.derived import Derived
from jieyue.apps.accounts.derived_receipts import DerivedView, replay_any, view_any
from jieyue.apps.accounts.derived_words import words
from jieyue.apps.accounts.queries import figures_of, run_for
from jieyue.apps.insights import why
from tests.apps.accounts import desk


def year(code: str, period: str) -> dict:
    plan = run_for(period)
    rows = figures_of(plan, [code], why.indicators(plan.method.account))
    return {row.indicator: row for row in rows}


def method():
    return run_for("2025").method.account


def checked(found: Derived) -> Derived:
    view = view_any(found.receipt)
    assert isinstance(view, DerivedView)
    assert view.derived == found
    assert replay_any(found.receipt).equal
    return found


def test_the_effects_of_area_and_carriers_sum_to_the_change(city) -> None:
    """A school: 90,000 → 101,000 kWh on 20,000 → 24,000 m²; petrol is vehicle fuel and stays out.

    By hand: 11.061 → 12.4129 tce; L = 1.3519 ÷ ln(101 ÷ 90) = 1.3519 ÷ 0.115310; × ln 1.2 = 0.182322 gives 2.13755.
    """
    cause = why.causes(year("SC-01", "2024"), year("SC-01", "2025"), method())[0]
    assert (cause.gaps, cause.whole) == ((), "energy_building_tce")
    assert cause.change is not None
    assert cause.size is not None
    assert cause.intensities is not None
    assert list(cause.intensities) == ["electricity"]
    size, power = checked(cause.size), checked(cause.intensities["electricity"])
    assert float(size.value) == pytest.approx(1.3519 / math.log(101 / 90) * math.log(1.2), abs=1e-9)
    assert (size.display, size.unit) == ("2.14", "tce")
    assert words(size)[0] == "上升 2.14"
    assert words(power)[0] == "下降 0.79"
    assert size.value + power.value == cause.change.value == Fraction("1.3519")


def test_without_a_change_of_area_all_is_use_per_area(city) -> None:
    """12,000 m² on both sides; 61,000 → 60,000 kWh; 12.5 → 10 t of coal."""
    cause = why.causes(year("JB-02", "2024"), year("JB-02", "2025"), method())[0]
    assert cause.size is not None
    assert cause.intensities is not None
    assert cause.size.value == 0
    assert {name: one.value for name, one in cause.intensities.items()} == {
        "electricity": Fraction(-1000) * desk.KGCE["110"] / 1000,
        "raw_coal": Fraction("-2.5") * desk.KGCE["130"] / 1000,
    }


def test_a_carrier_stated_in_one_year_only_is_a_gap(city) -> None:
    """The hospital's heat is stated in 2025 alone; nobody knows whether it was used before."""
    cause = why.causes(year("HO-01", "2024"), year("HO-01", "2025"), method())[0]
    assert cause.gaps == (("energy_share_heat", "then"),)
    assert (cause.change, cause.size, cause.intensities) == (None, None, None)


def test_nothing_reported_names_the_gap(city) -> None:
    cause = why.causes({}, year("HO-01", "2025"), method())[0]
    assert ("energy_total_tce", "then") in cause.gaps
    assert cause.size is None
    assert why.money({}, {}, method()) == ()


def test_money_of_a_carrier_is_quantity_and_price(own_city) -> None:
    """1,000 kWh at 0.5 → 1,100 kWh at 0.6: 500 → 660 yuan, of which L(660, 500) × ln 1.2 = 105.072 is the price."""
    stocks = {"102": "100", "103": "10", "104": "1"}
    desk.publish(
        {
            ("OR-02", "2022"): {"110": "1000", "111": "500", "120": "1", **stocks},
            ("OR-02", "2023"): {"110": "1100", "111": "660", "120": "1", **stocks},
        }
    )
    (found,) = why.money(year("OR-02", "2022"), year("OR-02", "2023"), method())
    assert (found.carrier, found.then, found.now) == ("electricity", 500, 660)
    quantity, price = checked(found.quantity), checked(found.price)
    assert float(price.value) == pytest.approx(160 / math.log(1.32) * math.log(1.2), abs=1e-9)
    assert price.unit == "yuan"
    assert quantity.value + price.value == 160


def test_a_price_that_nobody_stated_gives_no_effect(city) -> None:
    (found,) = why.money(year("SC-01", "2024"), year("SC-01", "2025"), method())[:1]
    assert (found.then, found.price.value, found.price.status) == (None, None, "missing")
