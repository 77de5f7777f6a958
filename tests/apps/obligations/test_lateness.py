"""State × lateness: what is overdue, late, outstanding, worked out by hand for each way that a return can go."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.db import connection

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.progress import lateness, progress
from jieyue.apps.obligations.queries import standing, tasks_of
from jieyue.apps.obligations.scope import read_of
from jieyue.apps.obligations.services.set_deadline import extend
from jieyue.apps.obligations.worklist import Bodies, waiting
from jieyue.apps.returns.models import Return
from jieyue.domain.period import Period
from tests.apps.obligations.duty_desk import (
    DUE,
    FIRST_LATE,
    FORM,
    LAST_INSTANT,
    MONTH,
    OPENED,
    School,
    holder,
    opened,
    place,
)

Nodes = dict[tuple[str, str], int]
pytestmark = pytest.mark.usefixtures("home")
ON_TIME = datetime(2021, 2, 10, 4, 0, tzinfo=UTC)
AFTER = datetime(2021, 2, 25, 4, 0, tzinfo=UTC)
NEXT_DAY = date(2021, 2, 21)


def nothing(school: School) -> None:
    """Nobody begins."""


def begun(school: School) -> None:
    school.begin()


def in_time(school: School) -> None:
    school.begin()
    school.submit(LAST_INSTANT)


def an_instant_late(school: School) -> None:
    school.begin()
    school.submit(FIRST_LATE)


def sent_back(school: School) -> None:
    in_time(school)
    school.send_back(AFTER)


def mended_late(school: School) -> None:
    """The first submission was on time; the second is not, and that is not late."""
    sent_back(school)
    school.submit(AFTER)


def withdrawn(school: School) -> None:
    school.begin()
    school.submit(ON_TIME)
    school.withdraw(AFTER)


def approved_in_time(school: School) -> None:
    in_time(school)
    school.approve(AFTER)


def approved_late(school: School) -> None:
    an_instant_late(school)
    school.approve(AFTER)


def late_and_sent_back(school: School) -> None:
    an_instant_late(school)
    school.send_back(AFTER)


def brought_in_time(school: School) -> None:
    school.bring(LAST_INSTANT)


def brought_late(school: School) -> None:
    school.bring(FIRST_LATE)


def of_the_sample(school: School) -> None:
    """What the sample brought has no day of its own."""
    school.bring(AFTER, kind="sample.returns")


def brought_in_time_and_mended(school: School) -> None:
    """A mend is not the first filing, whether the first was entered or brought."""
    school.bring(LAST_INSTANT)
    school.reopen(AFTER)
    school.submit(AFTER)


def brought_late_and_mended(school: School) -> None:
    school.bring(FIRST_LATE)
    school.reopen(AFTER)
    school.submit(AFTER)


def of_the_sample_and_mended(school: School) -> None:
    of_the_sample(school)
    school.reopen(AFTER)
    school.submit(AFTER)


def submitted_in_time_and_brought_late(school: School) -> None:
    withdrawn(school)
    school.bring(AFTER)


def approved_late_and_mended(school: School) -> None:
    approved_late(school)
    school.reopen(AFTER)
    school.submit(AFTER)


def brought_as_submitted(school: School) -> None:
    school.bring_unfinished("submitted")


def brought_as_submitted_and_mended(school: School) -> None:
    """When it was submitted first nobody knows: it was in time, whatever follows."""
    school.bring_unfinished("submitted")
    school.send_back(AFTER)
    school.submit(AFTER)


def brought_as_sent_back_and_mended(school: School) -> None:
    school.bring_unfinished("returned")
    school.submit(AFTER)


def brought_as_submitted_and_withdrawn(school: School) -> None:
    school.bring_unfinished("submitted")
    school.withdraw(AFTER)


def brought_as_a_draft_and_submitted_late(school: School) -> None:
    school.bring_unfinished("draft")
    school.submit(AFTER)


#: Case → state, overdue, late, outstanding on the day after the due day.
CASES: dict[Callable[[School], None], tuple[str, bool, bool, bool]] = {
    nothing: ("none", True, False, False),
    begun: ("draft", True, False, False),
    in_time: ("submitted", False, False, False),
    an_instant_late: ("submitted", False, True, False),
    sent_back: ("returned", False, False, True),
    mended_late: ("submitted", False, False, False),
    withdrawn: ("draft", False, False, True),
    approved_in_time: ("approved", False, False, False),
    approved_late: ("approved", False, True, False),
    late_and_sent_back: ("returned", False, True, True),
    brought_in_time: ("approved", False, False, False),
    brought_late: ("approved", False, True, False),
    of_the_sample: ("approved", False, False, False),
    brought_in_time_and_mended: ("submitted", False, False, False),
    brought_late_and_mended: ("submitted", False, True, False),
    of_the_sample_and_mended: ("submitted", False, False, False),
    submitted_in_time_and_brought_late: ("approved", False, False, False),
    approved_late_and_mended: ("submitted", False, True, False),
    brought_as_submitted: ("submitted", False, False, False),
    brought_as_submitted_and_mended: ("submitted", False, False, False),
    brought_as_sent_back_and_mended: ("submitted", False, False, False),
    brought_as_submitted_and_withdrawn: ("draft", False, False, True),
    brought_as_a_draft_and_submitted_late: ("submitted", False, True, False),
}
#: Late cases → by how much: the first instant after 20 February, or noon of the 25th, the fifth day after it.
HOW_LATE: dict[Callable[[School], None], str] = {
    an_instant_late: "late_3",
    approved_late: "late_3",
    late_and_sent_back: "late_3",
    brought_late: "late_3",
    brought_late_and_mended: "late_3",
    approved_late_and_mended: "late_3",
    brought_as_a_draft_and_submitted_late: "late_7",
}


@pytest.mark.postgres
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_return_is_judged_by_its_first_filing(city_trees: Nodes, case: Callable[[School], None]) -> None:
    school = School(city_trees)
    opened()
    case(school)
    (row,) = standing(Obligation.objects.all(), NEXT_DAY)
    assert (row.state, row.overdue, row.late, row.outstanding) == CASES[case]
    # The board counts the same.
    (count,) = progress(FORM, MONTH, NEXT_DAY).counts.values()
    state, overdue, late, outstanding = CASES[case]
    assert (count.due, count.overdue, count.late, count.outstanding) == (1, overdue, late, outstanding)
    assert count.collected_late == (late and state in ("submitted", "approved"))
    assert {name for name in ("none", "draft", "submitted", "returned", "approved") if vars(count)[name]} == {
        state
    }
    # Lateness is told of whatever was handed in once, wherever it lies now.
    told = "none" if case in (nothing, begun) else HOW_LATE[case] if late else "on_time"
    assert lateness(FORM, MONTH) == {told: 1}
    # So does the reviewer's list.
    bodies = Bodies(read_of(school.checker), Period.parse(MONTH).last_day)
    assert [one.late for one in waiting(bodies, FORM, Period.parse(MONTH))] == [late] * (state == "submitted")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("case", "undated"),
    [
        (brought_as_submitted, True),
        (lambda school: school.bring_unfinished("returned"), True),
        (begun, False),
        (in_time, False),
        (sent_back, False),
        (brought_late, False),
        (lambda school: (school.bring(FIRST_LATE), school.reopen(AFTER)), False),
    ],
)
def test_a_home_of_before_gets_its_undated_returns_marked(
    city_trees: Nodes, case: Callable[[School], None], undated: bool
) -> None:
    """Back to the office database without the mark, and forth again."""
    school = School(city_trees)
    opened()
    case(school)
    call_command("migrate", "returns", "0006", verbosity=0)
    call_command("migrate", "returns", verbosity=0)
    assert list(Return.objects.values_list("undated", flat=True)) == [undated]


@pytest.mark.postgres
def test_an_entry_that_becomes_visible_after_a_later_one_is_counted(city_trees: Nodes) -> None:
    """On a server entry 100 may be committed after 101: what was kept at 101 is not what holds after both."""
    school = School(city_trees)
    opened()
    school.begin()
    newest = ActionLog.objects.latest("pk")
    ActionLog(pk=newest.pk + 5, at=newest.at, actor="x", verb="x", object="x", source="cli").save()
    assert progress(FORM, MONTH, NEXT_DAY).counts[school.department].draft == 1
    school.submit(ON_TIME)
    if connection.vendor == "postgresql":
        assert ActionLog.objects.get(verb="returns.submit").pk < newest.pk + 5
    assert progress(FORM, MONTH, NEXT_DAY).counts[school.department].submitted == 1


def test_the_last_day_is_on_time_until_midnight_of_the_authoritys_zone(city_trees: Nodes) -> None:
    school = School(city_trees)
    opened()
    (row,) = standing(Obligation.objects.all(), DUE)
    assert (row.due, row.overdue) == (date(2021, 2, 20), False)
    assert row.late_from == FIRST_LATE
    assert school.number == row.subject


def test_what_was_there_before_it_was_asked_for_is_not_late(city_trees: Nodes) -> None:
    """A month opened long after: old files count as on time, what comes after that is late."""
    early, late = School(city_trees, "E"), School(city_trees, "L")
    early.bring(AFTER)
    opened(instant=datetime(2021, 6, 1, tzinfo=UTC))
    late.bring(datetime(2021, 6, 2, tzinfo=UTC))
    rows = {row.subject: row.late for row in standing(Obligation.objects.all(), date(2021, 6, 3))}
    assert rows == {early.number: False, late.number: True}


def test_more_time_makes_a_late_one_timely(city_trees: Nodes) -> None:
    school = School(city_trees)
    keeper = holder("keeper", "district_admin", school.bureau)
    opened()
    an_instant_late(school)
    extend(keeper, FORM, Period.parse(MONTH), school.number, date(2021, 2, 22), reason="停电")
    (row,) = standing(Obligation.objects.all(), NEXT_DAY)
    assert (row.due, row.late) == (date(2021, 2, 22), False)
    assert progress(FORM, MONTH, NEXT_DAY).counts[school.department].late == 0


def test_the_tasks_of_a_reporter_most_urgent_first(city_trees: Nodes) -> None:
    """February is due on 20 March, January on 20 February; on 21 February February is not open yet."""
    school = School(city_trees)
    opened("2021-01", "2021-02", instant=OPENED)
    before = tasks_of(school.clerk, date(2021, 1, 31))
    assert before.count == 0
    (one,) = tasks_of(school.clerk, DUE).rows
    assert (one.period, one.state, one.days_left, one.overdue, one.returned) == (
        "2021-01",
        "none",
        0,
        False,
        False,
    )
    in_time(school)
    assert tasks_of(school.clerk, NEXT_DAY).count == 0
    school.send_back(AFTER)
    both = tasks_of(school.clerk, date(2021, 3, 1))
    assert [(one.period, one.state, one.days_left, one.returned) for one in both.rows] == [
        ("2021-01", "returned", -9, True),
        ("2021-02", "none", 19, False),
    ]
    assert (both.count, both.overdue, both.returned, both.begun, both.waiting) == (2, 0, 1, 0, 1)
    (second,) = tasks_of(school.clerk, date(2021, 3, 1), page=2, size=1).rows
    assert second.period == "2021-02"


def test_tasks_are_of_ones_own_institutions_only(city_trees: Nodes) -> None:
    school, other = School(city_trees), place("O", "L-500104")
    opened()
    assert [one.institution for one in tasks_of(school.clerk, NEXT_DAY).rows] == [school.number]
    bureau = {one.institution for one in tasks_of(school.checker, NEXT_DAY).rows}
    assert bureau == {school.number}  # a reviewer enters on behalf, at his body only
    whole = holder("whole", "reviewer", city_trees["line", "city"])
    assert {one.institution for one in tasks_of(whole, NEXT_DAY).rows} == {school.number, other}
    assert tasks_of(school.chief, NEXT_DAY).count == 0  # an approver enters nothing
