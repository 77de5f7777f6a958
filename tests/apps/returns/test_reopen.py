"""Reopening: by who collects the institution today, and with the longer periods that hold the corrected one."""

from datetime import date

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.obligations.desk import desk_of, find_return
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.services.transfer import transfer
from jieyue.apps.returns import guards
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.services import approve_return, edit_return
from jieyue.apps.returns.services.publish_waiting import publish_waiting
from jieyue.apps.trees.queries import Tree
from jieyue.domain.workflow import Verb
from tests.apps.returns.workflow_desk import Nodes, Office, everything, holder, kwh, place, row

TODAY = date(2026, 11, 26)


@pytest.fixture
def office(home, city_trees: Nodes) -> Office:
    return Office(city_trees)


def approved(office: Office, period: str) -> Key:
    key = Key(office.school, "NY201", period)
    edit_return.start(office.clerk, key)
    edit_return.edit_cells(office.clerk, key, {"110": kwh(100)}, revision=0)
    office.submit(key)
    approve_return.approve(office.chief, key)
    publish_waiting()
    return key


def desk(user, key: Key):
    from jieyue.apps.accounts.scope import access_for

    access = access_for(user, last_done())
    found = find_return(access, row(key).pk)
    return None if found is None else desk_of(access, found, TODAY)


def test_after_a_transfer_the_successor_reopens_and_the_one_before_does_not(office: Office) -> None:
    key = approved(office, "2021-01")
    transfer(office.school, Tree.LINE, office.nodes["line", "L-500104"], day=date(2022, 7, 1), actor="tests")
    successor = holder("successor", "approver", office.nodes["line", "L-500104"])
    for user, acts in ((office.chief, frozenset()), (successor, frozenset({Verb.REOPEN}))):
        shown = desk(user, key)
        assert shown is not None, "both read it"
        assert shown.acts == acts
    before = everything()
    with pytest.raises(RefusedError) as refused:
        approve_return.reopen(office.chief, key, reason="抄错")
    assert (refused.value.code, everything()) == ("return_right", before)
    approve_return.reopen(successor, key, reason="抄错")
    assert place(key) == ("returned", 0)


@pytest.mark.parametrize(
    ("period", "opened", "left"),
    [
        ("2021-02", ["2021-Q1", "2021"], ["2021-01", "2021-Q2", "2022"]),
        ("2021-Q2", ["2021"], ["2021-02", "2021-Q1", "2022"]),
        ("2021", [], ["2021-02", "2021-Q1", "2022"]),
    ],
)
def test_the_quarter_and_the_year_that_hold_a_period_open_with_it(
    office: Office, period: str, opened: list[str], left: list[str]
) -> None:
    for each in {period, *opened, *left}:
        approved(office, each)
    approve_return.reopen(office.chief, Key(office.school, "NY201", period), reason="抄错")
    for each in (period, *opened):
        assert place(Key(office.school, "NY201", each)) == ("returned", 0), each
    for each in left:
        assert place(Key(office.school, "NY201", each)) == ("approved", 0), each
    entries = ActionLog.objects.filter(verb="returns.reopen")
    assert entries.count() == 1 + len(opened)
    assert Return.objects.filter(current=None).count() == 0, "what was in force stays so"


def test_where_the_year_may_not_open_the_month_does_not_either(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    month, _year = approved(office, "2021-02"), approved(office, "2021")

    def locked(_actor: object, key: Key, _row: object) -> None:
        if key.period == "2021":
            raise RefusedError("in_sent_summary", zh="在综合表里", en="in a summary")

    monkeypatch.setattr(guards, "_guards", {"tests": locked})
    before = everything()
    with pytest.raises(RefusedError) as refused:
        approve_return.reopen(office.chief, month, reason="抄错")
    assert (refused.value.code, everything()) == ("in_sent_summary", before)
