"""How far a pass over all is that somebody asked for."""

from dataclasses import dataclass
from datetime import datetime

from jieyue.apps.review.models import ReviewRequest, ReviewRun
from jieyue.apps.schedule.asked import DONE, FAILED, RUNNING, WAITING, task_state


@dataclass(frozen=True)
class Progress:
    """A request: `waiting` for the worker, `running`, `done` or `failed`."""

    state: str
    asked_at: datetime
    actor: str
    run: ReviewRun | None = None

    @property
    def open(self) -> bool:
        """Whether it is still to come."""
        return self.state in (WAITING, RUNNING)


def progress_of(form: str, period: str) -> Progress | None:
    """The newest request for a form and period; None if nobody has asked."""
    row = ReviewRequest.objects.filter(form=form, period=period).select_related("run").order_by("-pk").first()
    return None if row is None else Progress(state_of(row), row.asked_at, row.actor, row.run)


def state_of(row: ReviewRequest) -> str:
    """As the queue has it; what the queue has forgotten is long over."""
    return task_state(row.task) or (DONE if row.run_id else FAILED)
