"""Break-evens: put back, each turns the verdict on the last digit."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieyue.catalog.plan import load_plan
from jieyue.domain.break_even import confidence, floor_area_error, grid_factor, missing_use
from jieyue.domain.plan_verdict import verdict

PLAN = load_plan("chongqing-14fyp")
#: One unit of a digit far behind those that anybody prints.
LAST = Fraction(1, 10**12)
positive = st.fractions(min_value=Fraction(1, 1000), max_value=10**9, max_denominator=10**6)
share = st.fractions(min_value=Fraction(1, 100), max_value=Fraction(99, 100), max_denominator=10**4)


def judged(code: str, actual: Fraction, target: Fraction | None = None) -> str:
    """The verdict of the plan's own indicator, of 2025; ``target``: another cap in its place."""
    indicator = PLAN.indicator(code)
    if target is not None:
        printed = replace(indicator.target, text=str(target.numerator), scale=Fraction(1, target.denominator))
        indicator = replace(indicator, target=printed)
    return verdict(indicator, actual, 2025, base_year=2020, target_year=2025).status


def test_by_hand_energy_per_area() -> None:
    """900 × 10⁶ kgce on 83 × 10⁶ m² is 10.843 against 10.95; 2 × 10⁶ m² did not report.

    10.95 × 85 × 10⁶ − 900 × 10⁶ = 30.75 × 10⁶ kgce; 1 − 900 ÷ (10.95 × 83) = 8.85 ÷ 908.85.
    """
    limit, use, area, silent = Fraction("10.95"), Fraction(900_000_000), Fraction(83_000_000), 2_000_000
    b = missing_use(limit, use, over=area, unreported=Fraction(silent))
    assert b == 30_750_000
    assert judged("energy_per_area_kgce_m2", (use + b) / (area + silent)) == "met"
    assert judged("energy_per_area_kgce_m2", (use + b + 1) / (area + silent)) == "missed"
    less = floor_area_error(limit, use / area)
    assert less == Fraction("8.85") / Fraction("908.85")
    assert judged("energy_per_area_kgce_m2", use / (area * (1 - less))) == "met"
    assert judged("energy_per_area_kgce_m2", use / (area * (1 - less - LAST))) == "missed"


def test_by_hand_a_total() -> None:
    """112 × 10⁴ tce less 1,113,400 tce leaves 6,600."""
    b = missing_use(Fraction(1_120_000), Fraction(1_113_400))
    assert b == 6_600
    assert judged("energy_total_tce", 1_113_400 + b) == "met"
    assert judged("energy_total_tce", 1_113_400 + b + Fraction(1, 100)) == "missed"


def test_by_hand_the_grid_factor() -> None:
    """2,600 × 10⁶ kg, of which 5 × 10⁹ kWh × 0.4; T × D = 32.98 × 80 × 10⁶ = 2,638.4 × 10⁶: 0.4 + 0.00768."""
    area, kwh, co2 = Fraction(80_000_000), Fraction(5_000_000_000), Fraction(2_600_000_000)
    star = grid_factor(Fraction("32.98"), co2, electricity=kwh, used=Fraction("0.4"), over=area)
    assert star == Fraction("0.40768")
    again = (co2 - Fraction("0.4") * kwh + star * kwh) / area
    assert judged("co2_per_area_kg_m2", again) == "met"
    assert judged("co2_per_area_kg_m2", again + LAST) == "missed"
    assert grid_factor(Fraction("32.98"), co2, electricity=Fraction(0), used=Fraction(1), over=area) is None


def test_a_passed_limit_that_nothing_mends_is_below_zero() -> None:
    assert missing_use(Fraction(10), Fraction(1_100), over=Fraction(100)) == -100
    assert floor_area_error(Fraction(10), Fraction(11)) == Fraction(-1, 10)
    assert floor_area_error(Fraction(0), Fraction(11)) is None
    # 12 passed against 10, of which 1 is electricity at 0.5: even at 0 it is 11.5.
    assert grid_factor(Fraction(10), Fraction(12), electricity=Fraction(1), used=Fraction("0.5")) == Fraction(
        "-1.5"
    )


@given(limit=positive, area=positive, silent=positive, part=share)
def test_the_missing_turn_an_intensity(
    limit: Fraction, area: Fraction, silent: Fraction, part: Fraction
) -> None:
    use = limit * area * part
    b = missing_use(limit, use, over=area, unreported=silent)
    assert judged("energy_per_area_kgce_m2", (use + b) / (area + silent), limit) == "met"
    assert judged("energy_per_area_kgce_m2", (use + b + LAST) / (area + silent), limit) == "missed"


@given(limit=positive, use=positive, kwh=positive, used=share)
def test_the_factor_turns_a_carbon_intensity(
    limit: Fraction, use: Fraction, kwh: Fraction, used: Fraction
) -> None:
    star = grid_factor(limit, use, electricity=kwh, used=used)
    assert star is not None
    at = use + (star - used) * kwh
    assert judged("co2_per_area_kg_m2", at, limit) == "met"
    assert judged("co2_per_area_kg_m2", use + (star + LAST - used) * kwh, limit) == "missed"


@given(limit=positive, part=share)
def test_the_area_turns_an_intensity(limit: Fraction, part: Fraction) -> None:
    intensity = limit * part
    less = floor_area_error(limit, intensity)
    assert less is not None
    assert judged("energy_per_person_kgce", intensity / (1 - less), limit) == "met"
    assert judged("energy_per_person_kgce", intensity / (1 - less - part * LAST), limit) == "missed"


@pytest.mark.parametrize(
    ("tests", "complete", "grade", "reasons"),
    [
        ({"a": False, "b": False}, "0.95", "high", ()),
        ({"a": True, "b": False}, "0.95", "medium", ("one_turns",)),
        ({"a": None, "b": False}, "0.95", "medium", ("undone",)),
        ({"a": True, "b": True}, "0.95", "low", ("several_turn",)),
        ({"a": False, "b": False}, "0.9499", "low", ("completeness_low",)),
        ({"a": False}, None, "low", ("completeness_unknown",)),
    ],
)
def test_the_grade_and_its_reasons(
    tests: dict[str, bool | None], complete: str | None, grade: str, reasons: tuple[str, ...]
) -> None:
    found = confidence(
        tests, completeness=None if complete is None else Fraction(complete), threshold=Fraction("0.95")
    )
    assert (found.grade, found.reasons) == (grade, reasons)
