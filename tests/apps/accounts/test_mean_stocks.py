"""Stocks by the rule `mean`: what the returns of the period state, by months; exact, and said in the receipt.

Areas of months grow by one square metre a month (small_city.py), so a mean is worked out in the head: SC-02 states
9,001 to 9,012 over the year, 9,006.5 in the mean. Vehicles keep the rule `last` beside it.
"""

import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.apps.accounts import receipts
from jieyue.apps.accounts.queries import all_institutions, figures, scopes
from jieyue.apps.publication import rules
from jieyue.config.home import Home
from tests.apps.accounts import desk
from tests.apps.accounts import small_city as sc
from tests.mean_rule import write_rule

AREA, PER_AREA = "floor_area_m2", "energy_per_area_kgce_m2"
#: Area of 2025 by the mean. GA-01 lacks May: (78 − 5) ÷ 11 above 3,000, which no decimal says.
AREA_2025 = {
    "SC-01": Fraction(24_000),
    "SC-02": Fraction(9_000) + Fraction(78, 12),
    "OR-01": Fraction(6_000),
    "OR-02": Fraction(15_000),
    "HO-01": Fraction(45_000),
    "HO-02": Fraction(14_000),
    "JB-01": Fraction(5_000),
    "JB-02": Fraction(12_000),
    "NE-01": Fraction(8_000) + Fraction(7 + 8 + 9 + 10 + 11 + 12, 6),
    "SI-01": Fraction(4_000),  # from the registry
    "GA-01": Fraction(3_000) + Fraction(78 - 5, 11),
    "NU-01": Fraction(1_500),  # from the registry
    "CL-01": Fraction(2_000) + Fraction(1 + 2 + 3 + 4 + 5 + 6, 6),  # closed on 1 July
    "MG-01": Fraction(4_000) + Fraction(1 + 2 + 3, 3),  # taken in by SC-01 on 1 April
}
AT_END = [who for who in AREA_2025 if who not in ("CL-01", "MG-01")]


@pytest.fixture(scope="module")
def mean_home(small_city_home: Path, sqlite_home) -> Iterator[Path]:
    """The small city's folder under rules of its own: area, persons and petrol vehicles are means."""
    folder = small_city_home.parent / "mean"
    shutil.copytree(small_city_home, folder)
    write_rule(folder / "catalog" / "overlay")
    yield folder
    rules.forget()


@pytest.fixture(scope="module")
def mean_city(mean_home: Path, sqlite_home) -> Iterator[Home]:
    with sqlite_home(mean_home) as home:
        rules.forget()
        yield home
    rules.forget()


@pytest.fixture
def own_mean_city(mean_home: Path, sqlite_home) -> Iterator[Home]:
    with sqlite_home(mean_home) as home:
        rules.forget()
        yield home
    rules.forget()


def test_the_mean_of_single_institutions(mean_city) -> None:
    """A year's return states its own value; a member's registry row stands in the compound's return; who is there
    at the end counts, as with the last value."""
    found = {
        row.scope.removeprefix("institution:"): row.exact
        for row in all_institutions("2025", indicators=[AREA])
    }
    central = {"CE-01": 70_000, "CE-02": 1_000}
    assert {who: area for who, area in found.items() if area is not None} == {
        **{who: AREA_2025[who] for who in AT_END}, **central
    }  # fmt: skip
    for who, expected in (
        ("SC-02", Fraction("9006.5")),
        ("GA-01", 3_000 + Fraction(73, 11)),
        ("ME-01", None),
    ):
        assert desk.value(who, "2025", AREA) == expected


def test_the_city_adds_up_means_exactly(mean_city) -> None:
    total = sum((AREA_2025[who] for who in AT_END), Fraction())
    assert total.denominator == 11
    assert desk.value("city", "2025", AREA) == total
    line = ["OR-02", "HO-02", "NE-01", "SI-01"]
    assert desk.value("line:L-500104", "2025", AREA) == sum(AREA_2025[who] for who in line)


def test_parts_of_every_tree_add_up_to_the_whole(mean_city) -> None:
    for tree in ("line", "type"):
        top = [s.scope for s in scopes("2025", tree) if s.parent_scope == "city" and s.code != "L-CENTRAL"]
        parts = [row.exact or Fraction() for row in figures(top, "2025", indicators=[AREA])]
        left = {"line": ["JB-01", "JB-02"], "type": []}[tree]  # they report to the city itself
        assert sum(parts, Fraction()) + sum(AREA_2025[who] for who in left) == desk.value(
            "city", "2025", AREA
        )


def test_the_mean_weighs_days_in_being(mean_city) -> None:
    """NE-01 was founded on 1 July: 184 days; CL-01 was closed then: 181; MG-01 was taken in on 1 April: 90."""
    for who, days in (("NE-01", 184), ("CL-01", 181), ("MG-01", 90)):
        energy = desk.tce({code: str(n) for code, n in sc.year_of(who, 2025).items()})
        assert desk.value(who, "2025", PER_AREA) == energy * 1000 / (AREA_2025[who] * Fraction(days, 365))
    below = sum(
        (AREA_2025[who] * Fraction(sc.DAYS_2025.get(who, 365), 365) for who in sc.COUNTED_2025), Fraction()
    )
    power = sc.total("110", 2025, sc.COUNTED_2025)
    assert desk.value("city", "2025", "electricity_per_area_kwh_m2") == power / below


@pytest.mark.parametrize(
    ("period", "months"),
    [
        ("2025-05", [5]),
        ("2025-Q2", [4, 5, 6]),
        ("2024-11..2025-10", range(1, 11)),
        ("2025-03..2025-06", range(3, 7)),
    ],
)
def test_a_period_takes_its_own_months(mean_city, period: str, months) -> None:
    assert desk.value("SC-02", period, AREA) == 9_000 + Fraction(sum(months), len(months))


def test_other_stocks_keep_the_last_value(mean_city) -> None:
    assert desk.value("city", "2025", "vehicles") == 12 + 4 + 12 + 30 + 25 + 9 + 6 + 5 + 1 + 4 + 5 + 2
    assert desk.value("SC-01", "2025", "fuel_per_vehicle_l") == 320  # 8 petrol (mean) + 2 diesel (last)


def test_a_month_that_does_not_state_is_no_zero_and_a_stated_zero_is_one(own_mean_city) -> None:
    desk.publish({("SC-02", "2025-03"): {"102": "清空"}, ("SC-02", "2025-12"): {"102": "0"}}, restate="有误")
    assert desk.value("SC-02", "2025", AREA) == Fraction(11 * 9_000 - 9_000 + 78 - 3 - 12, 11)


def test_where_no_month_states_the_registry_does(own_mean_city) -> None:
    months = {("CL-01", f"2025-{month:02d}"): {"103": "清空"} for month in range(1, 7)}
    desk.publish(months, restate="有误")
    found = desk.figure("CL-01", "2025", "energy_per_person_kgce")
    energy = desk.tce({code: str(n) for code, n in sc.year_of("CL-01", 2025).items()})
    assert found.exact == energy * 1000 / (99 * Fraction(181, 365))
    assert receipts.view(found.receipt).behind.sources == {"registry": 1}


def test_quarters_stand_for_three_months_and_months_beat_them(own_mean_city) -> None:
    """SI-01 has filed nothing: quarters of 101, nothing and 106 give 103.5; one month that states beats them."""
    quarters = {"2025-Q1": "101", "2025-Q3": "106"}
    desk.publish({("SI-01", quarter): {"110": "9", "102": area} for quarter, area in quarters.items()})
    desk.publish({("SI-01", "2025-Q2"): {"110": "9"}})
    assert desk.value("SI-01", "2025", AREA) == Fraction(207, 2)
    desk.publish({("SI-01", "2025-02"): {"110": "3", "102": "50"}})
    assert desk.value("SI-01", "2025", AREA) == 50
    desk.publish({("SI-01", "2025"): {"110": "36", "102": "70"}})
    assert desk.value("SI-01", "2025", AREA) == 70


def test_a_declared_total_states_its_own_value(own_mean_city) -> None:
    cells = {"110": "1000000", "102": "8000.5", "103": "70", "150": "600", "1501": "600", "160": "0", "1601": "0",
             "1041": "3", "1042": "1"}  # fmt: skip
    desk.publish({("line:L-500104", "2023"): cells})
    assert desk.value("line:L-500104", "2023", AREA) == Fraction("8000.5")
    assert desk.value("line:L-500104", "2023", "electricity_per_area_kwh_m2") == Fraction(
        1_000_000
    ) / Fraction("8000.5")
    assert desk.value("line:L-500104", "2023", "fuel_per_vehicle_l") == 150
    found = receipts.view(desk.figure("line:L-500104", "2023", AREA).receipt)
    assert found.behind.sources == {"declared": 1}


def test_the_receipt_says_the_rule(mean_city) -> None:
    whole = receipts.view(desk.figure("city", "2025", AREA).receipt)
    assert (whole.behind.stock, whole.behind.rule) == ("floor_area", "mean")
    assert whole.behind.sources == {"return": 7, "mean_of_parts": 3, "registry": 2}
    assert (whole.formula_zh, whole.formula_en) == (
        "建筑面积（各期所载数按月数的平均，未载的期不计）",
        "floor area (the mean of the periods that state it, by their months)",
    )
    ratio = receipts.view(desk.figure("city", "2025", PER_AREA).receipt)
    assert "建筑面积（各期所载数按月数的平均，未载的期不计；按在册天数 ÷ 期间天数加权）" in ratio.formula_zh
    assert (
        "the mean of the periods that state it, by their months; weighted by days in being"
        in ratio.formula_en
    )
    cars = receipts.view(desk.figure("city", "2025", "vehicles").receipt)
    assert (cars.behind.rule, cars.formula_en) == ("last", "vehicles (the value at the period's end)")
    fuel = receipts.view(desk.figure("SC-01", "2025", "fuel_per_vehicle_l").receipt)
    assert "各期所载数按月数的平均，未载的期不计；期末值" in fuel.formula_zh
    assert receipts.view(desk.figure("city", "2025", "water_total_m3").receipt).behind.rule == ""


def test_a_rule_that_changes_makes_another_run_and_leaves_old_receipts(own_city) -> None:
    before = desk.figure("city", "2025", AREA)
    by_end = (
        sum(AREA_2025[who] for who in AT_END) - AREA_2025["SC-02"] - AREA_2025["NE-01"] - AREA_2025["GA-01"]
    )
    assert before.exact == by_end + 9_012 + 8_012 + 3_012
    assert receipts.view(before.receipt).formula_zh == "建筑面积（期末值）"
    write_rule(own_city.path / "catalog" / "overlay")
    rules.forget()
    after = desk.figure("city", "2025", AREA)
    assert after.exact == sum(AREA_2025[who] for who in AT_END)
    assert after.receipt.split("/")[0] != before.receipt.split("/")[0]
    assert receipts.view(before.receipt).behind.rule == "last"
    assert receipts.replay(before.receipt).equal
    assert receipts.replay(after.receipt).equal
    rules.forget()
