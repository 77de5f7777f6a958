"""When a return is due: the most specific decision wins; more time by who may give it."""

from datetime import date

import pytest

from jieyue.apps.obligations.models import Deadline
from jieyue.apps.obligations.services.set_deadline import (
    Decision,
    extend,
    set_deadline,
    set_for_period,
)
from jieyue.apps.publication.errors import RefusedError
from jieyue.domain.period import Period
from tests.apps.obligations.duty_desk import FORM, MONTH, holder, opened, owed, place

Nodes = dict[tuple[str, str], int]
pytestmark = pytest.mark.usefixtures("home")
FEBRUARY = Period.parse("2021-02")


def rule(days: int, target: int | None = None, valid_from: date = date(2021, 1, 1)) -> None:
    set_deadline(FORM, "M", Decision(due_days=days), actor="tester", target=target, valid_from=valid_from)


def due(number: int, period: str = MONTH) -> date:
    return owed(period)[number][1]


def test_without_a_decision_the_product_default_holds(city_trees: Nodes) -> None:
    """Months: the 20th after; the year: 31 March, also where February has 29 days."""
    school = place("A", "L-500103")
    opened("2021-01", "2021-02", "2021-Q1", "2020", "2023")
    assert {text: due(school, text) for text in ("2021-01", "2021-02", "2021-Q1", "2020", "2023")} == {
        "2021-01": date(2021, 2, 20),
        "2021-02": date(2021, 3, 20),
        "2021-Q1": date(2021, 4, 20),
        "2020": date(2021, 3, 31),
        "2023": date(2024, 3, 31),
    }


def test_unit_beats_group_beats_authority_and_the_deeper_group_the_higher(city_trees: Nodes) -> None:
    """January 2021 ends on the 31st; each decision names another number of days."""
    far = place("A", "L-M-HEALTH", kind="024")
    typed = place("B", "L-500104")  # a school: only its type (second level) has a decision
    bureau = place("C", "L-500103", kind="01")
    department = place("D", "L-500103-EDU", kind="01")
    own = place("E", "L-500103-EDU", kind="01")
    opened()
    rule(15)
    rule(10, city_trees["type", "021"])
    rule(12, city_trees["line", "L-500103"])
    rule(14, city_trees["line", "L-500103-EDU"])
    rule(5, own)
    assert [due(number).day for number in (far, typed, bureau, department, own)] == [15, 10, 12, 14, 5]


def test_of_two_groups_as_deep_the_reporting_line_goes_before(city_trees: Nodes) -> None:
    school = place("A", "L-500103", kind="01")
    opened()
    rule(8, city_trees["type", "01"])
    rule(9, city_trees["line", "L-500103"])
    assert due(school).day == 9


def test_a_single_period_beats_the_general_rule_of_the_same_level_only(city_trees: Nodes) -> None:
    school, other = place("A", "L-500103"), place("B", "L-500104")
    opened("2021-01", "2021-02")
    rule(12, city_trees["line", "L-500103"])
    set_for_period(FORM, FEBRUARY, Decision(due_on=date(2021, 3, 25)), actor="tester")
    assert (due(school), due(school, "2021-02")) == (date(2021, 2, 12), date(2021, 3, 12))
    assert (due(other), due(other, "2021-02")) == (date(2021, 2, 20), date(2021, 3, 25))


def test_a_rule_holds_from_its_day_on_and_the_later_one_goes_before(city_trees: Nodes) -> None:
    school = place("A", "L-500103")
    opened("2021-01", "2021-02", "2021-03")
    rule(15, valid_from=date(2021, 1, 1))
    rule(10, valid_from=date(2021, 3, 1))
    assert [due(school, f"2021-0{month}").day for month in (1, 2, 3)] == [15, 15, 10]


def test_what_is_withdrawn_gives_way_to_what_was_below_it(city_trees: Nodes) -> None:
    school = place("A", "L-500103")
    node = city_trees["line", "L-500103"]
    opened()
    rule(15)
    rule(12, node)
    assert due(school).day == 12
    set_deadline(FORM, "M", Decision(gone=True), actor="tester", target=node, valid_from=date(2021, 1, 1))
    assert due(school).day == 15


@pytest.mark.parametrize(
    ("decision", "code"),
    [
        (Decision(), "deadline_empty"),
        (Decision(due_days=5, gone=True), "deadline_empty"),
        (Decision(due_months=1), "deadline_empty"),
        (Decision(due_days=400), "deadline_far"),
        (Decision(due_on=date(2021, 2, 2)), "deadline_days"),
    ],
)
def test_a_decision_without_sense_is_refused_and_nothing_is_kept(
    city_trees: Nodes, decision: Decision, code: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        set_deadline(FORM, "M", decision, actor="tester", valid_from=date(2021, 1, 1))
    assert (refused.value.code, Deadline.objects.count()) == (code, 0)


def test_a_district_gives_more_time_to_a_body_or_a_unit_of_its_own(city_trees: Nodes) -> None:
    first, second = place("A", "L-500103"), place("B", "L-500103-EDU")
    keeper = holder("keeper", "district_admin", city_trees["line", "L-500103"])
    opened()
    period = Period.parse(MONTH)
    assert extend(keeper, FORM, period, first, date(2021, 2, 25), reason="停电") == 1
    assert (due(first).day, due(second).day) == (25, 20)
    node = city_trees["line", "L-500103"]
    assert extend(keeper, FORM, period, node, date(2021, 2, 26), reason="系统停机") == 1
    # The unit's own decision is nearer than its body's.
    assert (due(first).day, due(second).day) == (25, 26)


@pytest.mark.parametrize(
    ("target", "day", "reason", "code"),
    [
        ("L-500104", 25, "停电", "not_yours"),
        ("city", 25, "停电", "not_yours"),
        ("B", 25, "停电", "not_yours"),
        ("A", 20, "停电", "no_extension"),
        ("A", 19, "停电", "no_extension"),
        ("A", 25, "  ", "no_reason"),
        ("L-500103-EDU", 25, "停电", "nothing_owed"),
    ],
)
def test_more_time_is_only_for_ones_own_only_later_and_only_with_a_reason(
    city_trees: Nodes, target: str, day: int, reason: str, code: str
) -> None:
    own, other = place("A", "L-500103"), place("B", "L-500104")
    keeper = holder("keeper", "district_admin", city_trees["line", "L-500103"])
    opened()
    numbers = {"A": own, "B": other}
    number = numbers[target] if target in numbers else city_trees["line", target]
    with pytest.raises(RefusedError) as refused:
        extend(keeper, FORM, Period.parse(MONTH), number, date(2021, 2, day), reason=reason)
    assert (refused.value.code, Deadline.objects.count()) == (code, 0)
    assert (due(own).day, due(other).day) == (20, 20)


def test_a_reviewer_gives_no_more_time(city_trees: Nodes) -> None:
    own = place("A", "L-500103")
    reviewer = holder("reviewer", "reviewer", city_trees["line", "L-500103"])
    opened()
    with pytest.raises(RefusedError) as refused:
        extend(reviewer, FORM, Period.parse(MONTH), own, date(2021, 2, 25), reason="停电")
    assert refused.value.code == "not_yours"
