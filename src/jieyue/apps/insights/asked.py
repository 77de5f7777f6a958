"""Parts of dashboards that the worker is asked to compute, for they take seconds and a page is no place to wait."""

from collections.abc import Collection
from typing import Final

from jieyue.apps.insights.overview_periods import Times
from jieyue.apps.insights.standard import Progress as Parts
from jieyue.apps.insights.standard import people_steps, progress_of
from jieyue.apps.insights.tasks import compute_people
from jieyue.apps.schedule.asked import FAILED, RUNNING, WAITING, Progress, percent_of
from jieyue.apps.schedule.queries import count_asked, last_asked
from jieyue.domain.period import Period

#: So many wait or run at once: whoever may look at a dashboard asks, by looking, for any period and publication, and
#: they go before what is kept ready for all.
MOST_OPEN: Final = 3


def has_people(period: Period, published: Collection[str]) -> bool:
    """Whether there is anything to compute: a return of the period itself, or of a month that is read."""
    return not {str(period), *map(str, Times(period).over)}.isdisjoint(published)


def ask_people(period: Period, sequence: int, *, again: bool = False) -> Progress[Parts]:
    """The months by single institutions: how far they are, asked for if nobody did. again: though it failed.

    While too many wait it is not asked for yet: who looks again asks again.
    """
    parts = progress_of(people_steps(period, sequence), sequence)
    state = last_asked(compute_people.module_path, str(period), sequence)
    if state not in (WAITING, RUNNING) and (again or state != FAILED):
        if count_asked(compute_people.module_path) < MOST_OPEN:
            compute_people.enqueue(str(period), sequence)
        state = WAITING
    assert state is not None
    return Progress(parts, state, percent_of(parts.done, parts.total))
