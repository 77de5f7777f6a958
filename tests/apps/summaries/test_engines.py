"""The way of a summary on both databases, and what waits to be published."""

import json

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.services.publish import ensure_tables
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.services.approve_return import approve, reopen
from jieyue.apps.returns.services.publish_waiting import publish_waiting
from jieyue.apps.summaries.ledger import ledger_of
from jieyue.apps.summaries.models import Summary
from jieyue.apps.summaries.outstanding import outstanding
from jieyue.apps.summaries.services import decide
from jieyue.apps.summaries.services.send import send
from jieyue.apps.summaries.tables import summed
from jieyue.domain.period import Period
from tests.apps.returns.test_workflow import at_once
from tests.apps.summaries import dozen
from tests.apps.summaries.dozen import MONTH, YEAR, Dozen
from tests.apps.summaries.test_unapproved import bring
from tests.apps.summaries.test_upward import refused


@pytest.mark.postgres
def test_sent_accepted_and_held_fast_on_both_databases(city_trees: dict[tuple[str, str], int]) -> None:
    ensure_tables()
    dozen.build()
    desk = Dozen()
    row = send(desk.user("d-approver"), desk.node("L-500103"), "NY301", YEAR)
    assert (row.versions, json.loads(row.cells)["110"][0]) == (21, "162099.5")
    key = Key(desk.number("G1"), "NY201", YEAR)
    assert refused(lambda: reopen(desk.user("d-approver"), key, reason="抄错")) == "in_sent_summary"
    decide.accept(desk.user("c-approver"), row.pk)
    assert refused(lambda: reopen(desk.user("d-approver"), key, reason="抄错")) == "in_accepted_summary"
    decide.consent(desk.user("c-approver"), row.pk, key.subject, YEAR, "确有差错")
    reopen(desk.user("d-approver"), key, reason="抄错")


@pytest.mark.postgres
def test_of_a_hundred_that_decide_at_once_one_wins_and_is_logged(
    city_trees: dict[tuple[str, str], int],
) -> None:
    """Ten send the same table, then forty accept, thirty send back and thirty recall what was sent."""
    ensure_tables()
    dozen.build()
    desk = Dozen()
    chief, city, node = desk.user("d-approver"), desk.user("c-approver"), desk.node("L-500103")
    before = ActionLog.objects.count()
    said = at_once([lambda: send(chief, node, "NY301", YEAR)] * 10)
    assert (said.count("done"), len(set(said))) == (1, 2), said
    (row,) = Summary.objects.all()
    assert ActionLog.objects.count() == before + 1
    said = at_once(
        [
            *[lambda: decide.accept(city, row.pk)] * 40,
            *[lambda: decide.send_back(city, row.pk, "请核对用电量")] * 30,
            *[lambda: decide.recall(chief, row.pk)] * 30,
        ]
    )
    assert (said.count("done"), len(set(said))) == (1, 2), said
    row.refresh_from_db()
    assert row.state in ("accepted", "returned", "recalled")
    assert ActionLog.objects.count() == before + 2


def test_an_approval_that_waits_to_be_published_is_said_to(dozen: Dozen) -> None:
    """Approved, not yet in the lake: in no table of approved data, and nobody is told that it is missing."""
    bring(dozen, "G1", MONTH, 440, "submitted")
    approve(dozen.user("d-approver"), Key(dozen.number("G1"), "NY201", MONTH))
    node, month = dozen.node("L-500103"), Period.parse(MONTH)

    def now(*, unapproved: bool = False) -> tuple[str | None, str | None]:
        found = ledger_of(node, "NY301", month, sequence=last_done(), unapproved=unapproved)
        reasons = {one.institution: one.reason for one in outstanding(found, node)}
        return summed(found, node).line("110").texts[0], reasons.get(dozen.number("G1"))

    assert now() == (None, "publishing")
    assert now(unapproved=True)[0] == "440"
    publish_waiting()
    assert now() == ("440", None)
