"""Approving and publishing what waits, killed at every step: before or after, and a log entry if and only if."""

from typing import Any

import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.identity.models import User
from jieyue.apps.publication import queries as publication
from jieyue.apps.publication.services.publish import finish_pending
from jieyue.apps.returns.acting import Key
from jieyue.apps.returns.models import Return, ReturnSnapshot, ReturnVersion
from jieyue.apps.returns.services.approve_return import approve
from jieyue.apps.returns.services.publish_waiting import publish_waiting
from jieyue.config.home import Home
from tests.apps.returns.workflow_desk import Nodes, Office, place, row
from tests.crash import crash
from tests.fault import kills
from tests.fault.kills import AFTER
from tests.fault.state import complaints, lake_rows

#: Kills whose outcome is the database's doing: these run on PostgreSQL as well.
ON_THE_SERVER = (
    "returns.after_waiting",
    "publish.in_office",
    "publish.after_office",
    "publish.after_append:2",
)


def approve_it(subject: int, period: str) -> None:
    """In the child: the chief presses the button."""
    approve(User.objects.get(username="chief"), Key(subject, "NY201", period))


def publish_it() -> None:
    """In the child: the worker's five seconds are over."""
    publish_waiting(reported=True)


def entries(verb: str) -> int:
    return ActionLog.objects.filter(verb=verb).count()


def rows_of(table: str) -> int:
    """What readers see of a lake table about the school of these tests."""
    return len([one for one in lake_rows().get(table, []) if "'period', '2021-" in one])


@pytest.mark.postgres
@pytest.mark.parametrize("at", kills.APPROVE)
def test_a_killed_approval_is_before_or_after(city: Home, city_trees: Nodes, at: str) -> None:
    office = Office(city_trees)
    key = office.at("submitted")
    crash(city, at, approve_it, office.school, key.period)
    after = kills.APPROVE[at] is AFTER
    assert place(key) == (("approved", 0) if after else ("submitted", 1))
    assert (row(key).publishing is not None) == after
    assert entries("returns.approve") == ReturnSnapshot.objects.filter(verb="approve").count() == after
    # The person presses the button again where it had not come to anything.
    if not after:
        approve(office.chief, key)
    assert len(publish_waiting().numbers) == 1
    assert ReturnVersion.objects.get(parent=row(key)).approver == "chief"


def check_publication(home: Home, nodes: Nodes, at: str) -> None:
    """Kill the worker, start again, look; then let it work once more."""
    office = Office(nodes)
    keys = [office.at("waiting") for _ in range(2)]
    crash(home, at, publish_it)
    seen = (rows_of("facts_NY201"), rows_of("reported_NY201"))
    finished = finish_pending()
    after = kills.WAITING[at] is AFTER
    assert publication.pending() == []
    assert complaints() == []
    assert seen == ((2, 2) if after and not finished else (0, 0))
    assert state(keys) == (("published",) * 2 if after else ("waiting",) * 2)
    assert entries("returns.publish_waiting") == after
    assert (rows_of("facts_NY201"), rows_of("reported_NY201")) == ((2, 2) if after else (0, 0))
    assert len(publish_waiting(reported=True).numbers) == (0 if after else 1)
    assert state(keys) == ("published",) * 2
    assert entries("returns.publish_waiting") == 1
    assert (rows_of("facts_NY201"), rows_of("reported_NY201")) == (2, 2)
    assert complaints(deep=True) == []


def state(keys: list[Key]) -> tuple[Any, ...]:
    """What became of each: all of it, or nothing."""
    found = []
    for key in keys:
        now: Return = row(key)
        versions = list(now.versions.values_list("pk", flat=True))
        if now.publishing is not None:
            assert (versions, now.current, now.draft != "") == ([], None, True)
            found.append("waiting")
        else:
            assert (versions, now.draft) == ([now.current], "")
            found.append("published")
    return tuple(found)


@pytest.mark.parametrize("at", [at for at in kills.WAITING if at not in ON_THE_SERVER])
def test_a_killed_publication_is_before_or_after(city: Home, city_trees: Nodes, at: str) -> None:
    check_publication(city, city_trees, at)


@pytest.mark.postgres
@pytest.mark.parametrize("at", ON_THE_SERVER)
def test_a_killed_publication_on_both_databases(city: Home, city_trees: Nodes, at: str) -> None:
    check_publication(city, city_trees, at)
