"""How the plan's indicators stand in a small city: verdicts, tests, break-evens, by numbers worked out by hand.

Two institutions: CQ reports 2024 and 2025, LATE reported 2024 and is silent in 2025.
"""

from collections.abc import Iterator
from fractions import Fraction

import pytest

from jieyue.apps.publication.services.publish import ensure_tables
from jieyue.apps.targets.models import StandingRow
from jieyue.apps.targets.services.compute_standing import compute_standing, stored_standing
from jieyue.apps.targets.standing import Standing
from jieyue.apps.targets.standing_words import changes, conclusion, parts_of, verdict_words
from jieyue.catalog.plan import load_plan
from tests.apps.accounts import desk
from tests.shared_home import home_from, turned_to

PLAN = "chongqing-14fyp"
#: Electricity alone, 0.1229 kgce a kWh: 8 × 10⁹ kWh = 983,200 tce on 90 × 10⁶ m² (10.924 kgce/m²), 5.5 × 10⁶ persons.
CQ = {"110": "8000000000", "102": "90000000", "103": "5500000", "120": "121000000"}
#: LATE, a year ago: 0.25 × 10⁹ kWh = 30,725 tce; 2 × 10⁶ m², 0.1 × 10⁶ persons.
LATE = {"110": "250000000", "102": "2000000", "103": "100000", "120": "3000000"}


@pytest.fixture(scope="module")
def home(seeded_sqlite, tmp_path_factory, django_db_blocker) -> Iterator[None]:
    place = {"type": "01", "region": "500103", "valid_from": "2015-01-01", "reporting_parent": "L-500103"}
    made = home_from(seeded_sqlite, tmp_path_factory.mktemp("standing") / "home", plan=PLAN, clock=desk.TODAY)
    with django_db_blocker.unblock(), turned_to(made.path):
        ensure_tables()
        desk.register([{"code": code, "name": code, **place} for code in ("CQ", "LATE")])
        desk.publish({("CQ", "2024"): CQ, ("LATE", "2024"): LATE, ("CQ", "2025"): CQ})
        yield


@pytest.fixture(scope="module")
def rows(home: None) -> dict[str, Standing]:
    assert stored_standing(PLAN, 2025) is None
    return {row.indicator: row for row in compute_standing(PLAN, 2025)}


def test_the_missing_and_their_break_even(rows: dict[str, Standing]) -> None:
    """b = 10.95 × (90 + 2) × 10⁶ − 983.2 × 10⁶ = 24.2 × 10⁶ kgce; a year ago they used 30.725 × 10⁶."""
    row = rows["energy_per_area_kgce_m2"]
    assert (row.value, row.status, row.silent) == (Fraction(983_200_000, 90_000_000), "met", 1)
    assert (row.silent_of, row.silent_before) == (2_000_000, 30_725_000)
    assert row.turn_missing == 24_200_000
    assert row.ratio == Fraction(24_200_000, 30_725_000)
    filled = row.trial("missing_filled")
    assert filled is not None
    assert filled.value == Fraction(983_200_000 + 30_725_000, 92_000_000)  # 11.02 against 10.95
    assert (filled.status, row.turns(filled)) == ("missed", True)


def test_a_total_has_no_denominator(rows: dict[str, Standing]) -> None:
    row = rows["energy_total_tce"]
    assert (row.value, row.limit, row.turn_missing) == (983_200, 1_120_000, 136_800)
    assert (row.turn_area, row.silent_of) == (None, None)
    filled = row.trial("missing_filled")
    assert filled is not None
    assert (filled.value, filled.status) == (983_200 + 30_725, "met")


def test_the_electricity_factor_that_turns_the_carbon_verdict(rows: dict[str, Standing]) -> None:
    """All CO2 is electricity: 32.98 kg/m² ÷ (8 × 10⁹ ÷ 90 × 10⁶ kWh/m²) = 0.371025; put back it just keeps the cap."""
    row = rows["co2_per_area_kg_m2"]
    assert row.turn_factor == Fraction("32.98") * 90 / 8000
    assert row.factor is not None
    assert row.value == row.factor * Fraction(8000, 90)
    assert row.turn_factor * Fraction(8000, 90) == row.limit
    assert rows["co2_total_t"].turn_factor == Fraction(3_350_000_000, 8_000_000_000)
    assert rows["water_total_m3"].turn_factor is None


def test_completeness_by_weight_makes_the_confidence(rows: dict[str, Standing]) -> None:
    """LATE is 30,725 of 1,013,925 tce: 96.97 % is there, above 95 %; of water 3 of 124: 97.58 %."""
    row = rows["energy_per_area_kgce_m2"]
    assert row.weighted == Fraction(983_200, 1_013_925)
    assert row.confidence.grade == "medium"
    assert row.confidence.turning == ("missing_filled",)
    assert rows["energy_total_tce"].confidence.grade == "high"


def test_words_never_call_an_expected_value_a_missed_target(rows: dict[str, Standing]) -> None:
    plan = load_plan(PLAN)
    zh, _en = conclusion(plan, list(rows.values()), final=True)
    assert zh == "约束性指标 4 项中 3 项完成；预期性指标 3 项中 3 项在控制值以内。"
    assert verdict_words("missed", binding=False)[0] == "超过控制值"
    said = [line for line, _ in changes(plan, rows["energy_per_area_kgce_m2"])]
    assert said[0].startswith("未报的 1 家用量超过 24200.00 吨标准煤")
    assert "（为其上年值的 0.79 倍）" in said[0]
    assert any(line.startswith("建筑面积若实际少 0.23% 以上") for line in said), said  # 1 − 10.92444 ÷ 10.95
    parts = [line for line, _ in parts_of(rows["energy_per_area_kgce_m2"], 3)]
    assert "完整率（按上年用量加权） 96.97%" in parts
    assert "未处理的审核错误 3 项" in parts


def test_it_is_computed_once_and_found_again(rows: dict[str, Standing]) -> None:
    before = StandingRow.objects.count()
    assert stored_standing(PLAN, 2025) == list(rows.values())
    assert compute_standing(PLAN, 2025) == list(rows.values())
    assert StandingRow.objects.count() == before
