"""What becomes of open returns, and who reads which, when institutions merge, split, move and close.

A month belongs to whom its last day finds. The months below are worked out by hand from the day of each change.
"""

import json
from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.duties import who_files
from jieyue.apps.registry.scope import institutions_for
from jieyue.apps.registry.services.close import close
from jieyue.apps.registry.services.create import create
from jieyue.apps.registry.services.merge import merge
from jieyue.apps.registry.services.set_unit import set_unit
from jieyue.apps.registry.services.split import Part, split
from jieyue.apps.registry.services.transfer import transfer
from jieyue.apps.returns.batch import ReturnsBatch
from jieyue.apps.returns.cells import CellColumns
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.scope import returns_for
from jieyue.apps.returns.services.publish_returns import publish_returns
from jieyue.apps.returns.services.save_drafts import save_drafts

Nodes = dict[tuple[str, str], int]
BEGIN, MID_OCTOBER = date(2020, 1, 1), date(2025, 10, 15)


def institution(code: str, line: str = "L-500103-EDU") -> int:
    places = {"area": "500103", "type": "021", "line": line}
    return create({"code": code, "name": code}, places=places, valid_from=BEGIN, actor="tester")


def holder(role: str, node: int) -> User:
    user = create_user(f"{role}-{node}", actor="tester")
    grant(user, role, node=node, valid_from=BEGIN, actor="tester")
    return user


def batch(subject: int, periods: Sequence[str], kwh: int) -> ReturnsBatch:
    values = np.full((len(periods), 1), kwh * 10_000, dtype=np.int64)
    cells = CellColumns(("110",), values, np.full(values.shape, 3, dtype=np.uint8))
    return ReturnsBatch("NY201", [subject] * len(periods), list(periods), cells)


def draft(subject: int, *periods: str, kwh: int = 1, state: str = "draft") -> None:
    save_drafts(batch(subject, periods, kwh), actor="tester", states=[state] * len(periods))


def published(subject: int, *periods: str) -> None:
    publish_returns([batch(subject, periods, 5)], actor="tester")


def held() -> set[tuple[int, str, str, str]]:
    """(subject, period, state, kWh of the draft) of every return."""
    rows = Return.objects.values_list("subject", "period", "state", "draft")
    return {
        (who, period, state, json.loads(text)["110"][0] if text else "") for who, period, state, text in rows
    }


def read(user: User) -> set[tuple[int, str]]:
    return set(returns_for(user).values_list("subject", "period"))


def carried(origin: int) -> ActionLog:
    return ActionLog.objects.get(verb="returns.carry_open", object=f"institution:{origin}")


@pytest.mark.postgres
def test_a_merger_carries_what_is_the_heirs_and_keeps_the_rest_beside(city_trees: Nodes) -> None:
    gone, into = institution("B"), institution("A", "L-M-HEALTH")
    published(gone, "2025-08")
    draft(gone, "2025-09", "2025", "2025-11", "2025-Q4", "2024-12..2025-01", kwh=7)
    draft(gone, "2025-10", kwh=8, state="submitted")
    draft(into, "2025-11", kwh=9)
    merge(into, [gone], MID_OCTOBER, actor="clerk")
    assert held() == {
        (gone, "2025-08", "approved", ""),
        (gone, "2025-09", "draft", "7"),  # ended before the day: its own month
        (gone, "2025", "draft", "7"),  # only partly the heir's
        (gone, "2024-12..2025-01", "draft", "7"),
        (into, "2025-10", "submitted", "8"),  # 31 October finds the heir
        (into, "2025-Q4", "draft", "7"),
        (gone, "2025-11", "draft", "7"),  # the heir has its own
        (into, "2025-11", "draft", "9"),
    }
    entry = carried(gone)
    assert (entry.actor, entry.data["from"], entry.data["to"], entry.data["filer"]) == (
        "clerk",
        gone,
        into,
        into,
    )
    moved = {(row["period"], row["state"], row["from"], row["to"]) for row in entry.data["moved"]}
    assert moved == {("2025-10", "submitted", gone, into), ("2025-Q4", "draft", gone, into)}
    assert {(row["period"], row["why"]) for row in entry.data["stays"]} == {
        ("2025-09", "own_months"),
        ("2025", "own_months"),
        ("2024-12..2025-01", "own_months"),
        ("2025-11", "heir_has_its_own"),
    }
    assert ActionLog.objects.get(verb="registry.merge").data["seq"] == entry.data["seq"]
    left = {(gone, period) for period in ("2025-08", "2025-09", "2025", "2025-11", "2024-12..2025-01")}
    went_on = {(into, period) for period in ("2025-10", "2025-11", "2025-Q4")}
    # The body of its last day keeps what was left; the heir's body and its reporter read both.
    assert read(holder("approver", city_trees["line", "L-500103"])) == left
    heirs = holder("approver", city_trees["line", "L-M-HEALTH"])
    assert read(heirs) == read(holder("reporter", into)) == left | went_on
    assert read(holder("viewer", city_trees["line", "L-500104"])) == set()
    assert read(holder("viewer", city_trees["line", "city"])) == left | went_on


@pytest.mark.postgres
def test_the_heir_files_the_months_but_its_body_does_not_approve_them(city_trees: Nodes) -> None:
    gone, into = institution("B"), institution("A", "L-M-HEALTH")
    merge(into, [gone], MID_OCTOBER, actor="tester")
    reporter = holder("reporter", into)
    before = holder("approver", city_trees["line", "L-500103"])
    after = holder("approver", city_trees["line", "L-M-HEALTH"])

    def may(user: User, verb: str, day: date | None = None) -> set[int]:
        return set(institutions_for(user, day, verb=verb).values_list("pk", flat=True))

    assert may(reporter, "view") == may(reporter, "enter") == {into, gone}
    assert (may(before, "approve"), may(after, "approve")) == ({gone}, {into})
    assert (may(before, "view"), may(after, "view")) == ({gone}, {into, gone})
    # Before the merger nothing was the heir's.
    assert may(reporter, "view", date(2025, 10, 14)) == {into}
    assert may(before, "view", date(2025, 10, 14)) == {gone}


@pytest.mark.postgres
def test_two_that_merge_with_one_month_open_both_keep_theirs(city_trees: Nodes) -> None:
    first, second, into = institution("B"), institution("C"), institution("A")
    draft(first, "2025-10", kwh=1)
    draft(second, "2025-10", kwh=2)
    merge(into, [first, second], MID_OCTOBER, actor="tester")
    assert held() == {(into, "2025-10", "draft", "1"), (second, "2025-10", "draft", "2")}
    assert [row["why"] for row in carried(second).data["stays"]] == ["heir_has_its_own"]


def test_an_heir_that_reports_inside_another_takes_no_return_over(city_trees: Nodes) -> None:
    gone, into, unit = institution("B"), institution("A"), institution("U")
    set_unit(into, unit, BEGIN, actor="tester")
    draft(gone, "2025-10")
    merge(into, [gone], MID_OCTOBER, actor="tester")
    assert held() == {(gone, "2025-10", "draft", "1")}
    assert [row["why"] for row in carried(gone).data["stays"]] == ["heir_reports_inside_another"]


@pytest.mark.postgres
def test_mergers_one_after_the_other_hand_the_months_on(city_trees: Nodes) -> None:
    first, second, last = institution("B"), institution("C", "L-500104"), institution("A", "L-M-HEALTH")
    draft(first, "2025-06")
    merge(second, [first], date(2025, 7, 1), actor="tester")
    merge(last, [second], date(2025, 10, 1), actor="tester")
    assert read(holder("reporter", last)) == {(first, "2025-06")}
    # Who filed them in between does so no more; what reported to it is still its body's.
    assert set(
        institutions_for(holder("viewer", city_trees["line", "L-500104"])).values_list("pk", flat=True)
    ) == {second}


@pytest.mark.postgres
def test_where_it_ends_in_january_the_year_before_goes_over_too(city_trees: Nodes) -> None:
    gone, into = institution("B"), institution("A", "L-M-HEALTH")
    draft(gone, "2025-12", "2026-01")
    duties = merge(into, [gone], date(2026, 1, 1), actor="tester")
    assert [(d.institution, d.filer, d.year, d.first_month, d.last_month) for d in duties] == [
        (gone, into, 2025, 1, 12),
        (into, into, 2026, 1, 12),
    ]
    assert held() == {(gone, "2025-12", "draft", "1"), (into, "2026-01", "draft", "1")}
    assert read(holder("reporter", into)) == {(gone, "2025-12"), (into, "2026-01")}


@pytest.mark.postgres
def test_a_split_carries_to_the_part_that_inherits(city_trees: Nodes) -> None:
    origin = institution("A")
    draft(origin, "2025-09", "2025-10", kwh=3)
    parts = [
        Part({"code": "A1", "name": "一部"}),
        Part({"code": "A2", "name": "二部"}, {"line": "L-M-HEALTH"}),
    ]
    first, second = split(origin, parts, MID_OCTOBER, actor="tester", heir=1).parts
    assert held() == {(origin, "2025-09", "draft", "3"), (second, "2025-10", "draft", "3")}
    assert (carried(origin).data["by"], carried(origin).data["to"]) == ("split", second)
    assert read(holder("reporter", second)) == {(origin, "2025-09"), (second, "2025-10")}
    assert read(holder("reporter", first)) == set()


def test_a_split_that_leaves_the_origin_moves_nothing(city_trees: Nodes) -> None:
    origin = institution("A")
    draft(origin, "2025-10")
    split(origin, [Part({"code": "A1", "name": "分校"})], MID_OCTOBER, actor="tester", remains={})
    assert held() == {(origin, "2025-10", "draft", "1")}
    assert not ActionLog.objects.filter(verb="returns.carry_open").exists()


@pytest.mark.postgres
def test_closing_tells_what_is_open_and_who_files_it(city_trees: Nodes) -> None:
    gone, other = institution("B"), institution("A", "L-M-HEALTH")
    draft(gone, "2025-09", "2025-10")
    close(gone, MID_OCTOBER, actor="tester", filer=other)
    assert held() == {(gone, "2025-09", "draft", "1"), (gone, "2025-10", "draft", "1")}
    entry = carried(gone)
    assert (entry.data["to"], entry.data["filer"], entry.data["moved"]) == (None, other, [])
    assert [row["why"] for row in entry.data["stays"]] == ["own_months", "no_heir"]
    both = {(gone, "2025-09"), (gone, "2025-10")}
    assert read(holder("reporter", other)) == read(holder("reporter", gone)) == both
    assert read(holder("reviewer", city_trees["line", "L-500103-EDU"])) == both


@pytest.mark.postgres
def test_after_a_transfer_each_body_reads_its_own_time(city_trees: Nodes) -> None:
    number = institution("A", "L-500103")
    months = ("2025-09", "2025-10", "2025-11")
    published(number, *months)
    # By last days: 30 September, and 31 March and 30 September of the others, stand before the day.
    older = ("2024", "2024-HS", "2025-Q3", "2025-01..2025-09")
    newer = ("2025", "2025-HS", "2025-Q4", "2025-01..2025-10")
    draft(number, *older, *newer)
    transfer(number, "line", "L-500104", day=MID_OCTOBER, actor="tester")
    before = holder("approver", city_trees["line", "L-500103"])
    after = holder("approver", city_trees["line", "L-500104"])
    assert read(before) == {(number, period) for period in ("2025-09", *older)}
    assert read(after) == {(number, period) for period in (*months, *older, *newer)}
    assert set(institutions_for(before)) == set()
    assert read(holder("approver", city_trees["line", "L-M-HEALTH"])) == set()


@pytest.mark.postgres
def test_who_comes_inside_anothers_return_hands_its_later_months_on(city_trees: Nodes) -> None:
    member, unit = institution("M"), institution("U", "L-M-HEALTH")
    published(member, "2025-08")
    draft(member, "2025-09", "2025", "2025-11", kwh=7)
    draft(member, "2025-10", kwh=8, state="submitted")
    draft(unit, "2025-11", kwh=9)
    duties = set_unit(member, unit, MID_OCTOBER, actor="clerk")
    # September ended before the day and is its own; 31 October finds it inside the unit's return.
    assert [(d.institution, d.filer, d.first_month, d.last_month) for d in duties] == [
        (member, member, 1, 9),
        (member, unit, 10, 12),
    ]
    assert who_files([member], 2025) == duties
    assert held() == {
        (member, "2025-08", "approved", ""),
        (member, "2025-09", "draft", "7"),
        (member, "2025", "draft", "7"),
        (unit, "2025-10", "submitted", "8"),
        (member, "2025-11", "draft", "7"),  # the unit has its own
        (unit, "2025-11", "draft", "9"),
    }
    entry = carried(member)
    assert (entry.actor, entry.data["by"], entry.data["to"], entry.data["filer"]) == (
        "clerk", "set_unit", unit, member,
    )  # fmt: skip
    assert {(row["period"], row["why"]) for row in entry.data["stays"]} == {
        ("2025-09", "own_months"),
        ("2025", "own_months"),
        ("2025-11", "heir_has_its_own"),
    }
    change = ActionLog.objects.get(verb="registry.set_unit")
    assert change.data["seq"] == entry.data["seq"]
    assert [row["months"] for row in change.data["duties"]] == ["2025-01..2025-09", "2025-10..2025-12"]
    assert read(holder("reporter", unit)) >= {(unit, "2025-10"), (member, "2025-09")}


def test_who_gets_a_return_of_its_own_again_takes_none_from_its_unit(city_trees: Nodes) -> None:
    member, unit = institution("M"), institution("U")
    set_unit(member, unit, BEGIN, actor="tester")
    draft(unit, "2025-09", "2025-10", kwh=3)
    duties = set_unit(member, None, MID_OCTOBER, actor="tester")
    assert held() == {(unit, "2025-09", "draft", "3"), (unit, "2025-10", "draft", "3")}
    assert [(d.filer, d.first_month, d.last_month) for d in duties] == [(unit, 1, 9), (member, 10, 12)]
    assert not ActionLog.objects.filter(verb="returns.carry_open").exists()


def test_the_heir_of_a_unit_files_for_its_members_too(city_trees: Nodes) -> None:
    member, unit, heir = institution("M"), institution("U"), institution("H")
    set_unit(member, unit, date(2025, 4, 1), actor="tester")
    merge(heir, [unit], MID_OCTOBER, actor="tester")
    # January to March its own, from April on inside the unit's return, which is the heir's to file since October.
    assert [
        (d.filer, d.first_month, d.last_month) for d in who_files([member], 2025) if d.institution == member
    ] == [
        (member, 1, 3),
        (heir, 4, 12),
    ]


def test_a_refused_unit_moves_nothing(city_trees: Nodes) -> None:
    member, unit, third = institution("M"), institution("U"), institution("T")
    set_unit(unit, third, BEGIN, actor="tester")
    draft(member, "2025-10")
    with pytest.raises(RefusedError):
        set_unit(member, unit, MID_OCTOBER, actor="tester")
    assert held() == {(member, "2025-10", "draft", "1")}
    assert who_files([member], 2025) == []


def test_nothing_open_makes_no_entry_and_a_refused_merger_moves_nothing(city_trees: Nodes) -> None:
    gone, into, third = institution("B"), institution("A"), institution("C")
    merge(into, [gone], MID_OCTOBER, actor="tester")
    assert not ActionLog.objects.filter(verb="returns.carry_open").exists()
    draft(third, "2025-10")
    with pytest.raises(RefusedError):
        merge(into, [third], MID_OCTOBER, actor="tester", attributes={"code": "B", "persons": -1})
    assert held() == {(third, "2025-10", "draft", "1")}


def test_what_was_found_of_a_return_goes_with_it(city_trees: Nodes) -> None:
    """A submitted return whose warning nobody has accepted is not clean because another institution has it now."""
    from jieyue.apps.review.models import ReviewFinding, ReviewRun
    from jieyue.apps.review.services.approve_many import approve_many

    old, new = institution("OLD"), institution("NEW")
    draft(old, "2025-10", state="submitted")
    run = ReviewRun.objects.create(
        form="NY201", kind="M", periods=["2025-10"], seq=1, ruleset="x", ruleset_digest="x", returns=1, counts={},
        unset=[], actor="tester",
    )  # fmt: skip
    about = {
        "form": "NY201",
        "period": "2025-10",
        "severity": "warning",
        "facts": {},
        "first_run": run,
        "last_run": run,
    }
    ReviewFinding.objects.create(
        subject=old, rule="P01", item="111", state="explained", explanation="预付", **about
    )
    ReviewFinding.objects.create(subject=old, rule="R10", item="", state="gone", **about)
    ReviewFinding.objects.create(subject=new, rule="R10", item="", state="open", **about)
    merge(new, (old,), MID_OCTOBER, actor="tester")
    (row,) = Return.objects.filter(form="NY201", period="2025-10")
    assert row.subject == new
    found = {(one.rule, one.subject, one.state, one.explanation) for one in ReviewFinding.objects.all()}
    assert found == {("P01", new, "explained", "预付"), ("R10", new, "gone", "")}
    chief = holder("approver", city_trees["line", "L-500103"])
    (outcome,) = approve_many(chief, [(row.pk, "")])
    assert outcome.code == "open_finding"
