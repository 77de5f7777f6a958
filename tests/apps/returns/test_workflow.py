"""The state machine of a return: every state × verb × role, and who may not, whatever the account allows.

The tables of what is allowed are written out here by hand from docs/explanation/returns.md.
"""

import itertools
import threading
from collections.abc import Callable

import pytest
from django.db import connections

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.models import Publication
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import ReturnComment, ReturnSnapshot, ReturnVersion
from jieyue.apps.returns.refusals import StaleRevisionError
from jieyue.apps.returns.services import approve_return, edit_return, review_return, submit_return
from tests.apps.returns.workflow_desk import (
    BEGIN,
    BLIND,
    ROLES,
    VERBS,
    Nodes,
    Office,
    everything,
    holder,
    kwh,
    place,
    row,
)

#: State → verb → (state, step) afterwards; at a body that approves by itself, and behind one that checks.
ALONE = {
    "none": {"start": ("draft", 0)},
    "draft": {"edit": ("draft", 0), "submit": ("submitted", 1)},
    "returned": {"edit": ("returned", 0), "submit": ("submitted", 1)},
    "submitted": {"withdraw": ("draft", 0), "return": ("returned", 0), "approve": ("approved", 0)},
    "approved": {"reopen": ("returned", 0)},
}
CHECKED = {
    "submitted": {"withdraw": ("draft", 0), "return": ("returned", 0), "pass": ("submitted", 2)},
    "passed": {"return": ("returned", 0), "approve": ("approved", 0)},
    "approved": {"reopen": ("returned", 0)},
}
CASES = [("alone", state) for state in ALONE] + [("checked", state) for state in CHECKED]
LOGGED = {
    "start": "returns.start",
    "submit": "returns.submit",
    "withdraw": "returns.withdraw",
    "pass": "returns.pass",
    "return": "returns.send_back",
    "approve": "returns.approve",
    "reopen": "returns.reopen",
}


def refused(code: str, act: Callable[[], object]) -> RefusedError:
    """The act is refused with this code and changes nothing."""
    before = everything()
    with pytest.raises(RefusedError) as error:
        act()
    assert error.value.code == code, error.value.code
    assert everything() == before
    return error.value


@pytest.mark.parametrize(("line", "state"), CASES)
def test_every_verb_of_every_role_is_allowed_or_refused(city_trees: Nodes, line: str, state: str) -> None:
    office = Office(city_trees, checks=line == "checked")
    persons = office.persons()
    allowed = (CHECKED if line == "checked" else ALONE)[state]
    may = {(verb, role) for verb in allowed for role in ROLES if verb in ROLES[role]}
    still = office.at(state)
    before = everything()
    for verb, role in itertools.product(VERBS, persons):
        if (verb, role) in may:
            continue
        with pytest.raises(RefusedError) as error:
            office.act(verb, persons[role], still)
        right = "return_unknown" if role in BLIND else "return_right"
        assert error.value.code == ("return_state" if verb in ROLES.get(role, ()) else right), (verb, role)
        if error.value.code == "return_state":  # 重新打开 is the verb “reopen” and no word for loading a page
            assert error.value.message_zh.endswith("；请刷新页面后再办理")
            assert error.value.message_en.endswith("; reload the page")
            assert ("重新打开" in error.value.message_zh) == (verb == "reopen")
        assert everything() == before, (verb, role)
    for verb, role in sorted(may):
        key, user = office.at(state), persons[role]
        entries = ActionLog.objects.count()
        office.act(verb, user, key)
        assert place(key) == allowed[verb], (verb, role)
        new = list(ActionLog.objects.order_by("pk")[entries:].values_list("verb", "actor"))
        assert new == ([] if verb == "edit" else [(LOGGED[verb], user.username)]), (verb, role)
    assert may


def test_a_whole_way_with_a_second_body_and_a_return_starts_again_at_the_first_step(
    city_trees: Nodes,
) -> None:
    office = Office(city_trees, checks=True)
    inspector = holder("inspector", "reviewer", office.department)
    head = holder("head", "approver", office.department)
    key = office.at("submitted")
    # The department only checks: its approver approves nothing, and its reviewer has no second step.
    refused("return_state", lambda: approve_return.approve(head, key))
    review_return.pass_step(inspector, key)
    refused("return_right", lambda: approve_return.approve(head, key))
    refused("return_state", lambda: review_return.pass_step(inspector, key))
    refused("return_right", lambda: review_return.send_back(inspector, key, code="value"))
    refused("return_state", lambda: submit_return.withdraw(office.clerk, key))
    review_return.send_back(office.chief, key, code="value", comments={"110": "偏大"}, reason="请核对")
    said = list(ReturnComment.objects.order_by("item").values_list("item", "code", "text", "actor"))
    assert said == [("", "value", "请核对", "chief"), ("110", "value", "偏大", "chief")]
    office.submit(key)
    assert (place(key), row(key).passed_by) == (("submitted", 1), [])
    # Outside the line nobody sees it; above it the city may do what its bodies may.
    stranger = holder("stranger", "reviewer", _node(office, "L-500104"))
    refused("return_unknown", lambda: review_return.pass_step(stranger, key))
    review_return.pass_step(holder("city", "reviewer", _node(office, "city")), key)
    approve_return.approve(office.chief, key)
    office.publish()
    (version,) = ReturnVersion.objects.all()
    assert (version.method, version.approver, version.number) == ("reviewed", "chief", 1)


def _node(office: Office, code: str) -> int:
    return office.nodes["line", code]


def test_nobody_judges_what_he_entered_or_reviewed(city_trees: Nodes) -> None:
    office = Office(city_trees, checks=True)
    both = holder("both", "reviewer", office.bureau)
    for role in ("approver", "reporter"):
        grant(both, role, node=office.bureau, valid_from=BEGIN, actor="tester")
    mine = office.at("draft")
    edit_return.edit_cells(both, mine, {"120": kwh(3)}, revision=1)
    office.submit(mine)
    refused("own_cell", lambda: review_return.pass_step(both, mine))
    review_return.pass_step(office.checker, mine)
    refused("own_cell", lambda: approve_return.approve(both, mine))
    approve_return.approve(office.chief, mine)
    office.publish()
    # The cell stands in the version: it bars him after a reopening too, until another person has put it right.
    approve_return.reopen(office.chief, mine, reason="抄错")
    office.submit(mine)
    refused("own_cell", lambda: review_return.pass_step(both, mine))
    submit_return.withdraw(office.clerk, mine)
    edit_return.edit_cells(office.clerk, mine, {"120": kwh(4)}, revision=row(mine).revision)
    office.submit(mine)
    review_return.pass_step(both, mine)
    refused("own_review", lambda: approve_return.approve(both, mine))
    approve_return.approve(office.chief, mine)
    office.publish()
    assert [v.approver for v in ReturnVersion.objects.order_by("number")] == ["chief", "chief"]


def test_it_is_kept_who_entered_which_cell_and_for_whom(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key = office.at("draft")
    edit_return.edit_cells(office.checker, key, {"110": kwh(100), "120": kwh(5)}, revision=1)
    # The same value again is nobody's new entry; a reviewer's entry is one on behalf of the institution.
    assert row(key).entered_by == {"110": {"by": ["clerk"]}, "120": {"by": ["checker"], "on_behalf": True}}
    edit_return.edit_cells(office.clerk, key, {"120": None, "130": (0, 9)}, revision=2)
    assert row(key).entered_by == {"110": {"by": ["clerk"]}, "130": {"by": ["clerk"]}}
    assert row(key).draft == '{"110":["100","kWh",3],"130":[null,"t",9]}'


def test_two_editors_see_one_another_and_nothing_is_lost(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key = office.at("draft")
    edit_return.edit_cells(office.checker, key, {"110": kwh(90)}, revision=1)
    mine = {"110": kwh(80), "120": kwh(5)}
    with pytest.raises(StaleRevisionError) as error:
        edit_return.edit_cells(office.clerk, key, mine, revision=1)
    assert error.value.revision == 2
    assert error.value.conflicts["110"] == ("80", "90", ["checker"])
    assert error.value.conflicts["120"][:2] == ("5", None)
    assert row(key).draft == '{"110":["90","kWh",3]}'
    refused("return_stale", lambda: edit_return.edit_cells(office.clerk, key, mine, revision=1))
    # What was looked at is what is submitted.
    stale = lambda: submit_return.submit(office.clerk, key, revision=1, judge=lambda _: None)  # noqa: E731
    refused("return_moved", stale)
    # Solar power came in 2022: the form of January 2021 has no such item.
    for bad in ({"999": kwh(1)}, {"pv_kwh": kwh(1)}, {"110": (1, 0)}, {"110": (10**18, 3)}, {"110": (1, 9)}):
        with pytest.raises(RefusedError):
            edit_return.edit_cells(office.clerk, key, bad, revision=2)
    assert row(key).draft == '{"110":["90","kWh",3]}'


def test_nobody_judges_what_he_has_not_looked_at(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key = office.at("submitted")
    seen = ReturnSnapshot.objects.get().digest
    submit_return.withdraw(office.clerk, key)
    edit_return.edit_cells(office.clerk, key, {"110": kwh(999)}, revision=1)
    now = office.submit(key).digest
    moved = refused("return_moved", lambda: approve_return.approve(office.chief, key, seen=seen))
    assert moved.message_zh == "您看到的内容后来又变了；请刷新页面后再办理"
    refused("return_moved", lambda: review_return.send_back(office.chief, key, code="value", seen=seen))
    approve_return.approve(office.chief, key, seen=now)


def test_only_what_is_due_begins(city_trees: Nodes) -> None:
    office = Office(city_trees)
    for form, period, instance in (
        ("NY101", "2025", ""),  # no facts
        ("NY203", "2025-01", ""),  # heating is not filed by the month
        ("NY202", "2025-01", ""),  # of which room?
        ("NY202", "2025-01", "9" * 21),
        ("NY202", "2025-01", " 1"),
        ("NY201", "2025-01", "1"),
        ("NY201", "2019-12", ""),  # not yet in being
        ("NY999", "2025-01", ""),
    ):
        key = Key(office.school, form, period, instance)
        with pytest.raises(RefusedError):
            edit_return.start(office.clerk, key)
    refused("unknown_reason", lambda: _send_back(office, "whim"))
    assert ActionLog.objects.filter(verb="returns.start").count() == 0


def _send_back(office: Office, code: str) -> None:
    review_return.send_back(office.checker, Key(office.school, "NY201", "2025-01"), code=code)


def test_a_reopened_return_keeps_its_version_current_until_the_next_is_approved(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key = office.at("approved")
    (first,) = ReturnVersion.objects.all()
    refused("no_reason", lambda: approve_return.reopen(office.chief, key, reason=" "))
    approve_return.reopen(office.chief, key, reason="抄错")
    assert (place(key), row(key).current) == (("returned", 0), first.pk)
    edit_return.edit_cells(office.clerk, key, {"110": kwh(90)}, revision=row(key).revision)
    office.submit(key)
    assert row(key).current == first.pk
    approve_return.approve(office.chief, key)
    assert row(key).current == first.pk
    office.publish()
    second = ReturnVersion.objects.get(number=2)
    assert (second.replaces, second.cells, row(key).current) == (
        first.pk,
        '{"110":["90","kWh",3]}',
        second.pk,
    )


def at_once(acts: list[Callable[[], object]]) -> list[str]:
    """All acts begin together, each in a thread and connection of its own; what each came to."""
    gate, said = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            connections["default"].ensure_connection()
            gate.wait(60)
            act()
            said.append("done")
        except RefusedError as error:
            said.append(error.code)
        except BaseException as error:
            said.append(repr(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return sorted(said)


@pytest.mark.postgres
def test_a_hundred_approvals_at_once_are_one(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key = office.at("submitted")
    before = ActionLog.objects.count()
    said = at_once([lambda: approve_return.approve(office.chief, key)] * 100)
    assert said == ["done"] + ["return_state"] * 99
    assert ReturnSnapshot.objects.filter(verb="approve").count() == 1
    assert ActionLog.objects.count() == before + 1
    # Ten workers find it waiting at once.
    assert at_once([office.publish] * 10) == ["done"] * 10
    (version,) = ReturnVersion.objects.all()
    assert (row(key).current, row(key).publishing) == (version.pk, None)
    assert Publication.objects.filter(kind="returns.publish_waiting").count() == 1
    assert ActionLog.objects.count() == before + 2


@pytest.mark.postgres
def test_of_withdrawals_returns_and_approvals_at_once_one_wins(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key = office.at("submitted")
    acts = [
        lambda: approve_return.approve(office.chief, key),
        lambda: submit_return.withdraw(office.clerk, key),
        lambda: review_return.send_back(office.checker, key, code="value"),
    ]
    said = at_once(acts * 10)
    assert said == ["done"] + ["return_state"] * 29
    office.publish()
    published = ReturnVersion.objects.count()
    assert (place(key)[0] == "approved") == (published == 1)


@pytest.mark.postgres
def test_ten_begin_at_once_and_one_has_begun(city_trees: Nodes) -> None:
    office = Office(city_trees)
    key = office.key()
    said = at_once([lambda: edit_return.start(office.clerk, key)] * 10)
    assert said == ["done"] + ["return_state"] * 9
    said = at_once(
        [lambda number=number: edit_return.edit_cells(office.clerk, key, {"110": kwh(number)}, revision=0)
         for number in range(1, 11)]
    )  # fmt: skip
    assert said == ["done"] + ["return_stale"] * 9
    assert row(key).revision == 1
