"""How an act of a person is killed: what stands in the office before and after, and whom the acts are of."""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection, connections

from jieyue.apps.audit.services.sequence import sequence
from jieyue.apps.audit.verify import verify_home
from jieyue.config.home import Home
from tests.crash import crash
from tests.fault import kills
from tests.fault.state import complaints, rows_of, verbs

BEGIN = date(2020, 1, 1)
#: Numbers that the database gives out and does not take back.
COUNTERS = {"sqlite_sequence"}
Rows = Mapping[str, list[tuple[Any, ...]]]
#: Act and the verbs of its entries.
Story = Sequence[tuple[Callable[[], object], list[str]]]


def office() -> Rows:
    """All rows of all tables."""
    names = set(connection.introspection.table_names()) - COUNTERS
    return {name: rows_of(name) for name in sorted(names)}


def person(name: str) -> Any:
    from jieyue.apps.identity.models import User

    return User.objects.get(username=name)


def body(code: str) -> int:
    from jieyue.apps.trees.queries import tree

    return next(number for number, node in tree("line").nodes.items() if node.code == code)


def differing(before: Rows) -> set[str]:
    """The tables that are not as they were."""
    return {name for name, rows in office().items() if rows != before[name]}


def and_die(act: Callable[[], object]) -> None:
    """The act, and the end of the process before it says so."""
    act()
    os.kill(os.getpid(), signal.SIGKILL)


def each_is_done_whole_or_not_at_all(city: Home, story: Story) -> None:
    """Each act on the state that the one before it left: killed after each of its entries, then when it is done.

    An act without entries is no act of a person here: it is only done, for the next.
    """
    (place,) = kills.ACTS
    for act, entries in story:
        if not entries:
            act()
            continue
        before, said = office(), verbs()
        connections.close_all()
        for count in range(1, len(entries) + 1):
            crash(city, f"{place}:{count}", act)
            assert not (changed := differing(before)), f"{act.__name__}: {changed}"
        connections.close_all()
        crash(city, "none of the source: it dies by itself", and_die, act)
        assert (now := verbs()) == [*said, *entries], f"{act.__name__}: {now[len(said) :]}"
        assert (changed := differing(before)) > {"audit_actionlog"}, f"{act.__name__}: {changed}"
    sequence(everything=True)
    assert verify_home().problems == []
    assert complaints() == []
