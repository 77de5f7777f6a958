"""Parts of dashboards that the worker is asked to compute, for they take seconds and a page is no place to wait."""

from jieyue.apps.insights.standard import Progress as Parts
from jieyue.apps.insights.standard import people_steps, progress_of
from jieyue.apps.insights.tasks import compute_people
from jieyue.apps.schedule.asked import FAILED, RUNNING, WAITING, Progress, percent_of
from jieyue.apps.schedule.queries import last_asked
from jieyue.domain.period import Period


def ask_people(period: Period, sequence: int, *, again: bool = False) -> Progress[Parts]:
    """The months by single institutions: how far they are, asked for if nobody did. again: though it failed."""
    parts = progress_of(people_steps(period, sequence), sequence)
    state = last_asked(compute_people.module_path, str(period), sequence)
    if state not in (WAITING, RUNNING) and (again or state != FAILED):
        compute_people.enqueue(str(period), sequence)
        state = WAITING
    assert state is not None
    return Progress(parts, state, percent_of(parts.done, parts.total))
