"""What the worker does for the dashboards: after a publication it keeps their figures ready."""

from datetime import timedelta
from typing import Final

from django.utils import timezone
from django_tasks import task

from jieyue.apps.accounts.prepared import prepared_at, prepared_sequence
from jieyue.apps.insights.standard import dashboard_steps, people_steps, prepare, store_missing
from jieyue.apps.publication.queries import last_done, recent
from jieyue.apps.schedule.priorities import LOOKED_AT
from jieyue.apps.schedule.queries import is_asked
from jieyue.domain.period import Period

#: Publications come every few seconds while a period is collected: wait until there is none for so long ...
QUIET: Final = timedelta(minutes=1)
#: ... but never longer than this.
LONGEST: Final = timedelta(minutes=10)


@task(priority=LOOKED_AT)
def prepare_standard() -> int:
    """Keep the standard runs of the newest publication ready; how many parts were computed."""
    return prepare(last_done())


@task(priority=LOOKED_AT)
def compute_people(period: str, sequence: int) -> int:
    """Compute what a dashboard's months by single institutions need, which is not kept ready; how many parts."""
    return store_missing(people_steps(Period.parse(period), sequence))


@task(priority=LOOKED_AT)
def compute_dashboard(period: str, sequence: int, scope: str) -> int:
    """Compute what the dashboards of a period show that is not kept ready, of the whole or of nodes; how many parts."""
    return store_missing(dashboard_steps(Period.parse(period), sequence, scope))


def ask_prepare() -> None:
    """Every minute: ask for it after a publication; it takes long, so the queue does it."""
    if last_done() > prepared_sequence() and _is_time() and not is_asked(prepare_standard.module_path):
        prepare_standard.enqueue()


def _is_time() -> bool:
    now, known = timezone.now(), recent()
    before = prepared_at() or known[-1].at
    return now - known[0].at >= QUIET or now - before >= LONGEST
