"""The Chongqing plan is kept whole: every number of its text stands in its data, in its own words."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from jieyue.catalog.plan import PlanTask, Statement, load_plan
from tests.plans import CHONGQING

PLAN = load_plan(CHONGQING)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def plain(text: str) -> str:
    """Without blanks, line breaks and emphasis marks."""
    return re.sub(r"[\s*]", "", text)


TEXT = plain((Path(__file__).resolve().parents[1] / "data" / "chongqing_14fyp.txt").read_text("utf-8"))


def section(first: str, last: str) -> str:
    start, end = TEXT.index(plain(first)), TEXT.index(plain(last))
    assert start < end
    return TEXT[start:end]


@pytest.mark.parametrize("task", PLAN.tasks, ids=lambda task: task.code)
def test_a_task_is_in_the_plans_own_words(task: PlanTask) -> None:
    assert plain(task.statement) in TEXT


@pytest.mark.parametrize("statement", PLAN.statements, ids=lambda statement: statement.id)
def test_a_statement_quotes_the_plan(statement: Statement) -> None:
    assert statement.quote
    assert plain(statement.quote) in TEXT


def test_every_number_of_the_achievements_is_declared() -> None:
    text = section("一、现状基础与主要成就", "二、“十四五”形势展望")
    declared = {
        row.number.text + row.number.printed_unit.removeprefix("下降")
        for row in PLAN.declared.values()
        if row.clause in ("1", "1.1", "1.2")
    }
    found = [match for match in _NUMBER.finditer(text) if not text[match.end() :].startswith("年")]
    assert len(found) == 61
    missing = [
        text[match.start() : match.end() + 8]
        for match in found
        if not any(text.startswith(known, match.start()) for known in declared)
    ]
    assert missing == []


def test_every_declared_achievement_stands_in_the_text() -> None:
    text = section("一、现状基础与主要成就", "二、“十四五”形势展望")
    absent = [
        row.code
        for row in PLAN.declared.values()
        if row.clause in ("1", "1.1", "1.2")
        and row.number.text + row.number.printed_unit.removeprefix("下降") not in text
    ]
    assert absent == []


def test_every_number_of_goals_and_actions_stands_in_a_task() -> None:
    text = section("（四）主要目标", "六、推进成渝两地协同发展")
    covered: set[int] = set()
    for task in PLAN.tasks:
        words = plain(task.statement)
        start = text.find(words)
        while start >= 0:
            covered.update(range(start, start + len(words)))
            start = text.find(words, start + 1)
    left = [
        text[match.start() - 2 : match.end() + 2]
        for match in _NUMBER.finditer(text)
        if match.start() not in covered
    ]
    # Years and ordinals, and the two statements of 4.1 that are declared values, not goals.
    assert left == [
        "；以2020年能",
        "专栏1：“",
        "值(2020年)",
        "值(2025年)",
        "系为1：1",
        "1：1.74：1",
        "4：1.13：1",
        "3：1.44：1",
        "4：1.50，提",
        "量的94.23%，",
        "专栏2：低",
        "作-1.分",
        "。-2.建",
        "。-3.开",
        "专栏3：建",
        "作-1.实",
        "。-2.食",
        "。-3.能",
        "专栏4：可",
        "作-1.光",
        "。-2.卫",
        "专栏5：数",
        "工作1.重",
        "理。2.区",
        "专栏6：餐",
    ]


# Every goal with a number outside box 1, read off the plan by hand.
GOALS = {
    "action_plans_managing_bodies": ("", None, ""),
    "chiller_grade": ("<=", "2", "级"),
    "split_unit_grade": ("<=", "1", "级"),
    "pue": ("<", "1.5", "PUE"),
    "retrofit_area": (">=", "100", "万平方米"),
    "trusteeship_projects": (">=", "200", "个"),
    "nev_share": (">=", "30", "%"),
    "solar_pilots": (">=", "10", "个"),
    "new_building_fittings": (">=", "100", "%"),
    "water_metering_levels": (">=", "100", "%"),
    "washroom_fittings": (">=", "100", "%"),
    "submetering": (">=", "100", "%"),
    "district_platforms": (">=", "100", "%"),
    "sorting_accuracy": (">=", "90", "%"),
    "sorting_sites": (">=", "50", "个"),
    "winter_temperature": ("<=", "20", "℃"),
    "summer_temperature": (">=", "26", "℃"),
    "saving_organs": (">=", "100", "%"),
    "water_saving_units_municipal": (">=", "100", "%"),
    "water_saving_units_district_organs": (">=", "100", "%"),
    "water_saving_units_district_other": (">=", "70", "%"),
    "training_attendances": (">=", "20", "万人次"),
}


def test_the_goals_with_numbers_are_these() -> None:
    tasks = {task.code: task for task in PLAN.tasks if task.kind != "indicator"}
    for code, (op, number, unit) in GOALS.items():
        task = tasks[code]
        assert task.op == op, code
        assert (task.number.text if task.number else None) == number, code
        assert (task.number.printed_unit if task.number else "") == unit, code
        assert task.countable, code
        assert task.denominator_zh, code
        assert task.denominator_en, code
    with_number = {code for code, task in tasks.items() if task.number}
    # The two dates of peak and neutrality are the nation's own, with no denominator.
    assert with_number - GOALS.keys() == {"carbon_peak_2030", "carbon_neutral_2060"}


def test_values_are_in_the_products_units() -> None:
    tasks = {task.code: task for task in PLAN.tasks}
    retrofit, training = tasks["retrofit_area"].number, tasks["training_attendances"].number
    assert retrofit is not None
    assert training is not None
    assert (retrofit.value, training.value) == (Fraction(1_000_000), Fraction(200_000))


def test_what_the_plan_prints_as_all_says_so() -> None:
    silent = [
        task.code
        for task in PLAN.tasks
        if task.number and task.number.text not in plain(task.statement) and "100 %" not in task.note
    ]
    assert silent == []


def test_boxes_and_clauses_are_all_there() -> None:
    assert {task.box for task in PLAN.tasks} == {"", "1", "2", "3", "4", "5", "6"}
    clauses = {task.clause for task in PLAN.tasks}
    assert {f"4.{action}" for action in range(1, 12)} <= clauses
    assert {"3.4", "5.1", "5.2", "5.3", "6", "7.1", "7.2", "7.3", "7.4"} <= clauses


def test_each_of_the_seven_indicators_is_a_goal_twice() -> None:
    by_box = {
        box: sorted(task.indicator for task in PLAN.tasks if task.kind == "indicator" and task.box == box)
        for box in ("", "1")
    }
    assert by_box[""] == by_box["1"] == sorted(indicator.code for indicator in PLAN.indicators)


def test_countable_tasks_say_what_they_are_counted_of() -> None:
    shares = [task.code for task in PLAN.tasks if task.kind in ("share", "count", "limit")]
    assert len(shares) > 40
    assert [
        task.code
        for task in PLAN.tasks
        if task.kind in ("share", "count", "limit") and not (task.denominator_zh and task.denominator_en)
    ] == []
