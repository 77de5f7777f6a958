"""A pass over the whole city, and persons who explain and submit while it runs: neither undoes the other."""

import threading
from collections.abc import Callable, Mapping

import pytest
from django.db import connection, connections

from jieyue.apps.publication.services.publish import ensure_tables
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.services import edit_return, review_return
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.review.services import check_returns as passes
from jieyue.apps.review.services import submit as reviewed
from jieyue.apps.review.services.explain import explain
from jieyue.domain.period import Period
from tests.apps.returns.test_workflow_snapshots import DEAR
from tests.apps.returns.workflow_desk import Nodes, Office, row


def somebody_waits() -> bool:
    """Whether the act has come to where it has to wait for the pass. The desk's own file lets one writer in anyhow."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


class Person(threading.Thread):
    """Somebody who acts on a connection of his own; came: what went wrong."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self.came: list[str] = []
        self._act = act

    def run(self) -> None:
        try:
            self._act()
        except Exception as error:
            self.came.append(repr(error))
        finally:
            connections.close_all()


def in_between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> Person:
    """A person acts once, after the pass has read the findings and before it writes them."""
    person, own = Person(act), passes._own

    def met(facts: Mapping[str, str]) -> dict[str, str]:
        if person.ident is None:
            person.start()
            while person.is_alive() and not somebody_waits():
                person.join(0.01)
        return own(facts)

    monkeypatch.setattr(passes, "_own", met)
    return person


@pytest.fixture
def dear(city_trees: Nodes) -> tuple[Office, Key, ReviewFinding]:
    """A return, sent back, with a price out of bounds that a pass has found; the numbers of others have moved since."""
    office = Office(city_trees)
    ensure_tables()
    office.at("approved")  # a pass looks at those whom a publication has brought
    key = office.key()
    revision = edit_return.start(office.clerk, key).revision
    edit_return.edit_cells(office.clerk, key, DEAR, revision=revision)
    office.submit(key)
    review_return.send_back(office.checker, key, code="value")  # a pass leaves out what was never submitted
    passes.check_returns(key.form, [Period.parse(key.period)], actor="tests")
    found = ReviewFinding.objects.get(rule="P01", period=key.period)
    ReviewFinding.objects.filter(pk=found.pk).update(facts={**found.facts, "usual": "0.55"})
    return office, key, found


@pytest.mark.postgres
def test_an_explanation_given_while_a_pass_runs_stands(
    dear: tuple[Office, Key, ReviewFinding], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, key, found = dear
    person = in_between(
        monkeypatch, lambda: explain(found.pk, "十月补收了三个月的电费", actor=office.clerk.username)
    )
    passes.check_returns(key.form, [Period.parse(key.period)], actor="tests")
    person.join(60)
    assert person.came == []
    found.refresh_from_db()
    assert (found.state, found.explanation) == ("explained", "十月补收了三个月的电费")
    assert "usual" not in found.facts or found.facts["usual"] != "0.55", "the pass wrote what it found"


@pytest.mark.postgres
def test_a_return_submitted_while_a_pass_runs_keeps_what_was_said(
    dear: tuple[Office, Key, ReviewFinding], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, key, found = dear
    said = {(found.rule, found.item): "十月补收了三个月的电费"}
    person = in_between(
        monkeypatch, lambda: reviewed.submit(office.clerk, key, revision=row(key).revision, explanations=said)
    )
    passes.check_returns(key.form, [Period.parse(key.period)], actor="tests")
    person.join(60)
    assert person.came == []
    found.refresh_from_db()
    assert (row(key).state, found.state, found.explanation) == (
        "submitted",
        "explained",
        said[found.rule, found.item],
    )
