"""Who owes a return of a month, to whom, and how the obligations follow the registry."""

from datetime import date

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.obligations.services.open_periods import open_due, open_periods
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.services.change import change
from jieyue.apps.registry.services.close import close
from jieyue.apps.registry.services.merge import merge
from jieyue.apps.registry.services.set_unit import set_unit
from jieyue.apps.registry.services.transfer import transfer
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.services import edit_return
from jieyue.domain.period import Period
from tests.apps.obligations.duty_desk import DUE, FORM, MONTH, holder, opened, owed, place

Nodes = dict[tuple[str, str], int]
pytestmark = pytest.mark.usefixtures("home")


def test_who_is_in_being_in_the_count_and_files_for_itself_owes_to_its_body(city_trees: Nodes) -> None:
    school = place("A", "L-500103-EDU")
    bureau = place("B", "L-500103")
    member = place("C", "L-500103")
    set_unit(member, bureau, day=date(2020, 1, 2), actor="tester")
    place("D", "L-CENTRAL")  # outside the count by its body
    place("E", "L-500104", in_count=False)  # outside the count by itself
    begins_on_the_last_day = place("F", "L-500104", begin=date(2021, 1, 31))
    place("G", "L-500104", begin=date(2021, 2, 1))  # a day too late
    gone = place("H", "L-500104")
    close(gone, day=date(2021, 1, 31), actor="tester")  # is no more on the last day
    opened()
    assert owed() == {
        school: (city_trees["line", "L-500103-EDU"], DUE),
        bureau: (city_trees["line", "L-500103"], DUE),
        begins_on_the_last_day: (city_trees["line", "L-500104"], DUE),
    }


def test_opening_again_changes_nothing_and_writes_no_entry(city_trees: Nodes) -> None:
    place("A", "L-500103")
    opened()
    entries = ActionLog.objects.filter(verb="obligations.open").count()
    again = open_periods(FORM, [Period.parse(MONTH)], actor="tester")
    assert [(one.due, one.made, one.changed, one.ended) for one in again] == [(1, 0, 0, 0)]
    assert (entries, ActionLog.objects.filter(verb="obligations.open").count()) == (1, 1)


def test_where_nobody_owes_nothing_is_opened_by_itself(city_trees: Nodes) -> None:
    """The form is collected by the month, and no institution is registered yet."""
    before = ActionLog.objects.count()
    assert open_due(FORM, actor="worker") == []
    assert ActionLog.objects.count() == before
    place("A", "L-500103")
    assert [one.made for one in open_due(FORM, actor="worker")] == [1, 1]
    assert ActionLog.objects.filter(verb="obligations.open").count() == 1
    opened_twice = ActionLog.objects.count()
    assert open_due(FORM, actor="worker") == []
    assert ActionLog.objects.count() == opened_twice


@pytest.mark.parametrize(
    ("form", "period", "code"),
    [
        ("NY301", "2021", "form_not_collected"),  # a summary is made, not filed
        ("NY201", "2020-HS", "form_not_collected"),
        ("NY999", "2021-01", "form_not_collected"),
        ("NY203", "2021-01", "form_not_collected"),  # a season or a year
    ],
)
def test_what_nobody_can_be_asked_for_is_refused(
    city_trees: Nodes, form: str, period: str, code: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        open_periods(form, [Period.parse(period)], actor="tester")
    assert refused.value.code == code


def test_a_transfer_brings_the_open_month_to_the_new_body_and_leaves_the_older_one(city_trees: Nodes) -> None:
    school = place("A", "L-500103")
    opened("2021-01", "2021-02")
    transfer(school, "line", "L-500104", day=date(2021, 2, 15), actor="tester")
    before, after = city_trees["line", "L-500103"], city_trees["line", "L-500104"]
    assert (owed("2021-01")[school][0], owed("2021-02")[school][0]) == (before, after)


def test_who_closes_owes_no_more_but_what_was_begun_stays(city_trees: Nodes) -> None:
    idle, begun = place("A", "L-500103"), place("B", "L-500103")
    clerk = holder("clerk", "reporter", begun)
    opened("2021-01", "2021-02")
    edit_return.start(clerk, Key(begun, FORM, "2021-02"))
    for number in (idle, begun):
        close(number, day=date(2021, 2, 10), actor="tester")
    assert set(owed("2021-01")) == {idle, begun}  # in being on its last day
    assert set(owed("2021-02")) == {begun}


def test_who_comes_into_being_owes_what_is_open_and_who_is_merged_does_not(city_trees: Nodes) -> None:
    heir, other = place("A", "L-500103"), place("B", "L-500103")
    opened("2021-01", "2021-02")
    merge(heir, [other], day=date(2021, 2, 1), actor="tester")
    fresh = place("C", "L-500104", begin=date(2021, 2, 20))
    assert set(owed("2021-01")) == {heir, other}
    assert set(owed("2021-02")) == {heir, fresh}


def test_a_member_of_anothers_unit_and_one_out_of_the_count_owe_nothing_from_then_on(
    city_trees: Nodes,
) -> None:
    unit, member, out = place("A", "L-500103"), place("B", "L-500103"), place("C", "L-500103")
    opened("2021-01", "2021-02")
    set_unit(member, unit, day=date(2021, 2, 1), actor="tester")
    change(out, date(2021, 2, 1), actor="tester", in_count=False)
    assert set(owed("2021-01")) == {unit, member, out}
    assert set(owed("2021-02")) == {unit}
