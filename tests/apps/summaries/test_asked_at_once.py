"""Several look at dashboards in one moment: what the worker is asked for does not pass its bound, nor comes twice."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django_tasks_db.models import DBTaskResult

from jieyue.apps.insights.asked import ask_people
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.services.publish import ensure_tables
from jieyue.domain.period import Period
from tests.apps.returns.workflow_desk import Nodes

#: So long [s] somebody may take for his question before the other one goes on: who is locked out takes longer.
PATIENCE = 3
MARCH, APRIL, MAY, JUNE = (Period.parse(f"2026-0{month}") for month in (3, 4, 5, 6))


def asked() -> list[str]:
    return sorted(row.args_kwargs["args"][0] for row in DBTaskResult.objects.all())


def between(period: Period, other: Period) -> None:
    """Ask for `period`; once it is known how many wait, somebody else asks for `other`, on his own connection."""

    def ask() -> None:
        try:
            ask_people(other, last_done())
        finally:
            connections.close_all()

    somebody = threading.Thread(target=ask)

    def met(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        done = execute(sql, *rest)
        if "COUNT(" in sql and connection.in_atomic_block and somebody.ident is None:
            somebody.start()
            somebody.join(PATIENCE)
        return done

    with connection.execute_wrapper(met):
        ask_people(period, last_done())
    assert somebody.ident is not None, "nobody counted what waits"
    somebody.join()


@pytest.mark.postgres
def test_two_at_once_do_not_pass_the_bound(city_trees: Nodes) -> None:
    ensure_tables()
    for month in (MARCH, APRIL):
        ask_people(month, last_done())
    between(MAY, JUNE)
    assert asked() == ["2026-03", "2026-04", "2026-05"], "three wait, and whoever looks again asks again"


@pytest.mark.postgres
def test_the_same_is_not_asked_for_twice_by_two_at_once(city_trees: Nodes) -> None:
    ensure_tables()
    between(MAY, MAY)
    assert asked() == ["2026-05"]
