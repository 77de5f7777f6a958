"""A plan's indicators in a year, worked out by hand: by the plan's own method only, expected and binding apart."""

from collections.abc import Iterator
from fractions import Fraction

import pytest

from jieyue.apps.targets.queries import PlanStatusRow, other_methods, plan_status
from tests.apps.accounts import desk

PLAN = "chongqing-14fyp"
#: kWh, t coal, m³ gas, L petrol, L diesel: 774,270 + 14,286 + 212,800 + 64,446 + 6,192.5 = 1,071,994.5 tce.
FUELS = {"110": "6300000000", "130": "20000", "140": "160000000", "150": "60000000", "160": "5000000"}
YEARS = {
    "2020": desk.plan_cells(),
    "2023": FUELS | {"102": "90000000", "103": "5500000", "120": "128000000"},
    "2025": FUELS | {"102": "91431000", "103": "6000000", "120": "135100000"},
    "2026": {
        "110": "8000000000",
        "140": "160000000",
        "102": "91431000",
        "103": "6000000",
        "120": "140000000",
    },
}
BINDING = {"energy_per_area_kgce_m2", "energy_per_person_kgce", "water_per_person_m3", "co2_per_area_kg_m2"}


@pytest.fixture(scope="module", autouse=True)
def home(sqlite_home) -> Iterator[None]:
    place = {"type": "01", "region": "500103", "valid_from": "2015-01-01", "reporting_parent": "L-500103"}
    with sqlite_home():
        desk.register([{"code": "CQ", "name": "全市公共机构", **place}])
        desk.publish({("CQ", year): cells for year, cells in YEARS.items()})
        yield


def board(year: int) -> dict[str, PlanStatusRow]:
    return {row.indicator: row for row in plan_status(PLAN, year)}


def test_the_target_year(home: None) -> None:
    rows = board(2025)
    assert {code: row.status for code, row in rows.items()} == {
        "energy_total_tce": "met",  # 107.20 ≤ 112
        "water_total_m3": "met",  # 13,510 ≤ 13,526 of the box, and above the 1.35 × 10⁸ of the text
        "co2_total_t": "met",  # 306.8 ≤ 335
        "energy_per_area_kgce_m2": "missed",  # 10.952 > 10.95, a hair
        "energy_per_person_kgce": "met",  # 178.67 ≤ 183.10
        "water_per_person_m3": "missed",  # 22.52 > 22.25
        "co2_per_area_kg_m2": "missed",  # 33.55 > 32.98
    }
    area = rows["energy_per_area_kgce_m2"]
    assert Fraction(area.actual[:12]) == Fraction(int(Fraction(1_001_356_000, 91_431_000) * 10**9), 10**9)
    assert (area.base, area.target, area.path, area.shown_actual) == ("11.53", "10.95", "10.95", "10.95")
    # By the percentage rule, 11.53 × 0.95 = 10.9535, it would be met: shown beside, the verdict stays.
    assert (area.rule_value, area.status_by_rule) == ("10.9535", "met")
    water = rows["water_total_m3"]
    assert (water.also_target, water.status_by_also) == ("135000000", "missed")
    assert rows["co2_total_t"].shown_actual == "306.77"


def test_on_the_way_there(home: None) -> None:
    rows = board(2023)
    area, person = rows["energy_per_area_kgce_m2"], rows["energy_per_person_kgce"]
    # Three of five years of 11.53 → 10.95 and of 194.79 → 183.10.
    assert (area.path, area.status) == ("11.182", "on_path")  # 1,001,356 ÷ 90 = 11.126
    assert (person.path, person.status) == ("187.776", "off_path")  # 194.91
    total = rows["energy_total_tce"]
    assert (total.path, total.shown_path, total.status) == ("1089080", "108.91", "on_path")


def test_the_base_year_is_on_its_own_base(home: None) -> None:
    """The printed base is a rounded figure: 104.272 is not off a path that begins at 104.27."""
    rows = board(2020)
    assert {row.status for row in rows.values()} == {"on_path"}
    assert rows["energy_total_tce"].shown_actual == "104.27"


def test_a_year_without_facts(home: None) -> None:
    rows = board(2024)
    assert {(row.status, row.actual, row.figure_status) for row in rows.values()} == {
        ("no_data", None, "missing")
    }
    assert rows["co2_total_t"].words_zh == "无数据"


def test_a_missed_total_is_not_a_missed_binding_target(home: None) -> None:
    """2026: 119.6 × 10⁴ tce against 112, and 14,000 × 10⁴ m³ against 13,526, both expected."""
    rows = board(2026)
    for code in ("energy_total_tce", "water_total_m3"):
        row = rows[code]
        assert (row.status, row.binding) == ("missed", False)
        assert row.words_zh == "预期性指标超过，不计为约束性目标未完成"
        assert row.words_en == "expected value passed; this is not a missed binding target"
    per_area = rows["energy_per_area_kgce_m2"]  # 1,196,000 ÷ 91.431 = 13.08
    assert (per_area.status, per_area.binding, per_area.words_zh) == ("missed", True, "约束性目标未完成")


def test_binding_and_expected_as_the_box_says(home: None) -> None:
    assert {code for code, row in board(2025).items() if row.binding} == BINDING
    words = {row.words_zh for row in board(2025).values() if row.status == "met"}
    assert words == {"在预期性控制值以内", "约束性目标完成"}


def test_other_methods_stand_beside_with_the_difference(home: None) -> None:
    """35.5 kg/m² at 0.404 kg/kWh and 46.3 at 0.5581 for the same consumption of 2020; the verdict is the plan's."""
    before = board(2020)["co2_per_area_kg_m2"]
    choices = [
        {"electricity_factor": "chongqing-plan-implied-2020"},
        {"electricity_factor": "2023"},
        {"factor_set": "jst-303-2026", "electricity_factor": "2021"},
    ]
    rows = other_methods(PLAN, 2020, "co2_per_area_kg_m2", choices)
    assert [row.figure.display[:4] for row in rows[:2]] == ["35.4", "46.3"]
    assert round(rows[0].figure.exact, 1) == Fraction("35.5")
    own = Fraction("293.77") * 10_000_000 / 82_821_900
    cells = desk.plan_cells()
    kwh = Fraction(cells["110"])
    rest = own * 82_821_900 - kwh * Fraction("0.1229") * desk.T_PER_TCE["110"]
    for row, kg in zip(rows[:2], ("0.404", "0.5581"), strict=True):
        there = (rest + kwh * Fraction(kg)) / 82_821_900
        assert abs(row.figure.exact - there) < Fraction(1, 10**6)
        assert abs(Fraction(row.difference) - (there - own)) < Fraction(1, 10**6)
        assert row.shown_difference in row.explain_zh
    assert rows[2].figure.factor_set == "jst-303-2026@2021"
    assert "不作为考核结论" in rows[2].explain_zh
    assert board(2020)["co2_per_area_kg_m2"] == before
    assert before.status == "on_path"


def test_every_row_has_the_receipt_of_the_plans_method(home: None) -> None:
    for row in board(2025).values():
        assert row.receipt == desk.figure("city", "2025", row.indicator).receipt
