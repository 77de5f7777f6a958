"""Verdicts on tasks: against the printed number, by the owner's word where none is printed, never without data."""

from datetime import date
from fractions import Fraction

import pytest

from jieyue.catalog.plan import PlanTask, load_plan
from jieyue.domain.task_verdict import Declaration, after_due, by_indicator, declares_number, task_status

TASKS = {task.code: task for task in load_plan("chongqing-14fyp").tasks}
END = date(2025, 12, 31)


@pytest.mark.parametrize(
    ("task", "value", "status"),
    [
        ("retrofit_area", "100", "done"),  # at least 100 × 10⁴ m²
        ("retrofit_area", "99.99", "not_done"),
        ("pue", "1.5", "not_done"),  # printed 1.5 以下: below, not at
        ("pue", "1.499", "done"),
        ("chiller_grade", "2", "done"),  # grade 2 or better
        ("chiller_grade", "3", "not_done"),
        ("summer_temperature", "25.9", "not_done"),
        ("water_saving_units_district_other", "70", "done"),
    ],
)
def test_a_value_is_held_against_the_printed_number(task: str, value: str, status: str) -> None:
    assert task_status(TASKS[task], Declaration(Fraction(value), None, END)) == status


def test_a_task_without_a_number_is_done_when_its_owner_says_so() -> None:
    task = TASKS["carbon_database"]
    said = [task_status(task, Declaration(None, done, END)) for done in (True, False, None)]
    assert said == ["done", "not_done", "no_data"]
    assert task_status(TASKS["green_canteens"], Declaration(Fraction(12), None, END)) == "no_data"


def test_no_verdict_without_data() -> None:
    assert {task_status(task, None) for task in TASKS.values()} == {"no_data"}
    assert task_status(TASKS["retrofit_area"], Declaration(None, True, END)) == "no_data"


def test_what_comes_after_the_due_day_is_late() -> None:
    plans: PlanTask = TASKS["action_plans_managing_bodies"]  # by 30 June 2022
    assert not after_due(plans, Declaration(None, True, date(2022, 6, 30)))
    assert after_due(plans, Declaration(None, True, date(2022, 7, 1)))
    assert not after_due(TASKS["carbon_database"], Declaration(None, True, date(2030, 1, 1)))


def test_indicators_are_judged_elsewhere() -> None:
    """16 tasks restate the seven indicators; of the countable others 22 have a number of their own."""
    assert [by_indicator(TASKS[code]) for code in ("box1_energy_total", "retrofit_area")] == [True, False]
    assert not declares_number(TASKS["green_canteens"])
