"""Dashboards and parts of them that the worker is asked to compute: a page is no place to wait for seconds."""

from collections.abc import Collection
from typing import Final

from django.db import connection, transaction
from django_tasks.base import Task

from jieyue.apps.insights.overview_periods import CITY, Times
from jieyue.apps.insights.standard import Progress as Parts
from jieyue.apps.insights.standard import dashboard_steps, people_steps, progress_of
from jieyue.apps.insights.tasks import compute_dashboard, compute_people
from jieyue.apps.schedule.asked import FAILED, OPEN, RUNNING, WAITING, Progress, percent_of
from jieyue.apps.schedule.queries import count_asked, last_asked
from jieyue.domain.period import Period

#: So many wait or run at once: whoever may look at a dashboard asks, by looking, for any period and publication, and
#: they go before what is kept ready for all.
MOST_OPEN: Final = 3
#: All scopes but the whole.
_NODES: Final = "nodes"
#: Key of the advisory lock of who asks (a word as bytes); any number that nothing else uses.
_LOCK_KEY: Final = int.from_bytes(b"people", "big")


def has_people(period: Period, published: Collection[str]) -> bool:
    """Whether there is anything to compute: a return of the period itself, or of a month that is read."""
    return not {str(period), *map(str, Times(period).over)}.isdisjoint(published)


def ask_people(period: Period, sequence: int, *, again: bool = False) -> Progress[Parts]:
    """The months by single institutions: how far they are, asked for if nobody did. again: though it failed.

    While too many wait it is not asked for yet: who looks again asks again.
    """
    parts = progress_of(people_steps(period, sequence), sequence)
    return _asked(compute_people, (str(period), sequence), parts, again=again)


def ask_dashboard(
    scope: str, period: Period, sequence: int, *, again: bool = False
) -> Progress[Parts] | None:
    """The figures of a dashboard of a period that is not kept ready, likewise; None: all of them are there.

    The whole has its own; what one node asks for is there for all others.
    """
    of = CITY if scope == CITY else _NODES
    parts = progress_of(dashboard_steps(period, sequence, of), sequence)
    if parts.done == parts.total:
        return None
    return _asked(compute_dashboard, (str(period), sequence, of), parts, again=again)


def _asked(
    task: Task[..., int], values: tuple[str | int, ...], parts: Parts, *, again: bool
) -> Progress[Parts]:
    state = last_asked(task.module_path, *values)
    if state not in OPEN and (again or state != FAILED):
        state = _enqueue(task, values)
    assert state is not None
    return Progress(parts, state, percent_of(parts.done, parts.total))


def _enqueue(task: Task[..., int], values: tuple[str | int, ...]) -> str:
    """Ask the worker, if few wait; how it stands then. One looks and asks at a time, so that nobody passes the bound
    nor asks for the same with another.

    SQLite's transaction excludes other writers already; PostgreSQL has a lock for it.
    """
    if _waiting() >= MOST_OPEN:
        return WAITING  # nor is anybody kept from writing by who looks on
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
        waits = _waiting()
        now = last_asked(task.module_path, *values)
        if now not in OPEN and waits < MOST_OPEN:
            task.enqueue(*values)
    return RUNNING if now == RUNNING else WAITING


def _waiting() -> int:
    return sum(count_asked(one.module_path) for one in (compute_people, compute_dashboard))
