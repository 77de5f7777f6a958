"""Verdicts: the path, the exact comparison, expected and binding told apart."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.catalog.plan import load_plan
from jieyue.domain.errors import DomainError
from jieyue.domain.plan_verdict import Verdict, lower_is_better, path_value, rule_value, verdict

PLAN = load_plan("chongqing-14fyp")


def judge(code: str, actual: str | None, year: int) -> Verdict:
    value = None if actual is None else Fraction(actual)
    return verdict(PLAN.indicator(code), value, year, base_year=2020, target_year=2025)


@pytest.mark.parametrize(
    ("year", "value"),
    [(2020, "11.53"), (2021, "11.414"), (2023, "11.182"), (2025, "10.95"), (2026, "10.95")],
)
def test_the_path_is_a_straight_line_and_stays_at_the_target(year: int, value: str) -> None:
    base, target = Fraction("11.53"), Fraction("10.95")
    assert path_value(base, target, base_year=2020, target_year=2025, year=year) == Fraction(value)


def test_printed_years_bend_the_path() -> None:
    printed = {2022: Fraction(8)}
    values = [
        path_value(Fraction(10), Fraction(2), base_year=2020, target_year=2025, year=year, printed=printed)
        for year in range(2020, 2026)
    ]
    assert values == [10, 9, 8, 6, 4, 2]


def test_a_year_before_the_plan_is_refused_in_both_languages() -> None:
    with pytest.raises(DomainError) as refused:
        judge("energy_total_tce", "1", 2019)
    assert refused.value.code == "year_before_plan"
    assert "2019" in refused.value.message_zh
    assert "2020" in refused.value.message_en


@pytest.mark.parametrize(
    ("actual", "status"), [("10.95", "met"), ("10.9500001", "missed"), ("10.94", "met"), (None, "no_data")]
)
def test_the_unrounded_value_is_compared_with_the_printed_target(actual: str | None, status: str) -> None:
    assert judge("energy_per_area_kgce_m2", actual, 2025).status == status


def test_printed_target_and_percentage_rule_may_disagree() -> None:
    # The rule says 23.43 x 0.95 = 22.2585, the box prints 22.25.
    found = judge("water_per_person_m3", "22.255", 2025)
    assert (found.status, found.status_by_rule) == ("missed", "met")
    assert found.rule_value == Fraction("22.2585")
    assert found.gap == Fraction("0.005")


def test_both_printed_water_caps_are_judged() -> None:
    found = judge("water_total_m3", "135100000", 2025)
    assert found.target == 135260000
    assert (found.status, found.also_target, found.status_by_also) == ("met", 135000000, "missed")


def test_a_missed_expected_total_is_never_a_missed_binding_target() -> None:
    total, intensity = judge("energy_total_tce", "1130000", 2025), judge("co2_per_area_kg_m2", "33", 2025)
    assert (total.status, total.binding) == ("missed", False)
    assert total.words[0] == "预期性指标超过，不计为约束性目标未完成"
    assert (intensity.status, intensity.binding) == ("missed", True)
    assert intensity.words[0] == "约束性目标未完成"


@pytest.mark.parametrize(("actual", "status"), [("11.182", "on_path"), ("11.1821", "off_path")])
def test_between_base_and_target_year_the_path_is_the_limit(actual: str, status: str) -> None:
    assert judge("energy_per_area_kgce_m2", actual, 2023).status == status


@pytest.mark.parametrize(("actual", "status"), [("11.5322", "on_path"), ("11.5351", "off_path")])
def test_in_the_base_year_the_printed_digits_are_compared(actual: str, status: str) -> None:
    assert judge("energy_per_area_kgce_m2", actual, 2020).status == status


def test_the_base_year_of_a_total_is_compared_in_its_printed_unit() -> None:
    # 104.272 x 10^4 tce rounds to the printed 104.27.
    assert judge("energy_total_tce", "1042720", 2020).status == "on_path"
    assert judge("energy_total_tce", "1042751", 2020).status == "off_path"


def test_where_no_target_is_printed_the_rule_is_the_target() -> None:
    national = load_plan("national-14fyp")
    found = verdict(
        national.indicator("energy_per_area_kgce_m2"),
        Fraction("17.6"),
        2025,
        base_year=2020,
        target_year=2025,
    )
    # 18.48 x 0.95 = 17.556
    assert (found.target, found.judged_by, found.status) == (Fraction("17.556"), "rule", "missed")


def test_a_plan_without_a_base_is_judged_from_the_base_years_own_figure() -> None:
    indicator = load_plan("national-15fyp").indicator("co2_per_area_kg_m2")
    years = {"base_year": 2025, "target_year": 2030}
    assert verdict(indicator, Fraction(30), 2030, **years).status == "no_data"
    found = verdict(indicator, Fraction(30), 2030, base=Fraction(33), **years)
    # 33 x 0.915 = 30.195
    assert (found.target, found.status) == (Fraction("30.195"), "met")


def test_a_target_without_a_base_is_judged_only_in_its_year() -> None:
    indicator = load_plan("national-14fyp").indicator("co2_total_t")
    years = {"base_year": 2020, "target_year": 2025}
    assert verdict(indicator, Fraction(390000000), 2025, **years).status == "met"
    assert verdict(indicator, Fraction(390000000), 2023, **years).status == "no_data"


def test_a_floor_is_kept_from_above() -> None:
    floor = replace(PLAN.indicator("energy_total_tce"), target_op=">=")
    years = {"base_year": 2020, "target_year": 2025}
    assert not lower_is_better(floor)
    assert verdict(floor, Fraction(1120001), 2025, **years).status == "met"
    assert verdict(floor, Fraction(1119999), 2025, **years).status == "missed"


def test_a_bare_target_without_percentage_takes_its_direction_from_the_base() -> None:
    bare = replace(PLAN.indicator("energy_per_area_kgce_m2"), change=None)
    assert lower_is_better(bare)
    assert rule_value(bare) is None
    with pytest.raises(DomainError) as unknown:
        lower_is_better(replace(bare, base=None))
    assert unknown.value.code == "target_direction_unknown"


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    base=st.fractions(min_value=1, max_value=1000, max_denominator=10_000),
    target=st.fractions(min_value=1, max_value=1000, max_denominator=10_000),
)
def test_the_steps_of_the_path_are_equal_and_add_up(base: Fraction, target: Fraction) -> None:
    values = [
        path_value(base, target, base_year=2020, target_year=2025, year=year) for year in range(2020, 2026)
    ]
    steps = {later - earlier for earlier, later in pairwise(values)}
    assert len(steps) == 1
    assert base + 5 * steps.pop() == target
