"""How far publications of monthly uses are that somebody asked for."""

from dataclasses import dataclass

from jieyue.apps.metering.models import MeteredRequest
from jieyue.apps.schedule.asked import DONE, FAILED, RUNNING, WAITING, task_state


@dataclass(frozen=True)
class Progress:
    """A request and how it stands: waiting for the worker, running, done, failed."""

    row: MeteredRequest
    state: str

    @property
    def open(self) -> bool:
        """Whether it is still to come."""
        return self.state in (WAITING, RUNNING)

    @property
    def percent(self) -> int:
        """Of its institutions."""
        return self.row.done * 100 // self.row.total if self.row.total else 0


def state_of(row: MeteredRequest) -> str:
    """As the row says it, else the queue; what the queue has forgotten has failed."""
    if row.finished_at is not None:
        return DONE
    state = task_state(row.task)
    return state if state in (WAITING, RUNNING) else FAILED


def is_open(row: MeteredRequest) -> bool:
    """Whether it waits or runs."""
    return state_of(row) in (WAITING, RUNNING)


def latest(month: int, user: int) -> Progress | None:
    """The person's newest request for a month."""
    row = MeteredRequest.objects.filter(month=month, user=user).order_by("-pk").first()
    return None if row is None else Progress(row, state_of(row))
