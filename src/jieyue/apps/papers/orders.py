"""How far a paper is that the worker was asked for."""

from dataclasses import dataclass

from jieyue.apps.identity.models import User
from jieyue.apps.papers.models import PaperOrder
from jieyue.apps.schedule.asked import DONE, FAILED, RUNNING, WAITING, task_state


@dataclass(frozen=True)
class Progress:
    """An order and how it stands: waiting for the worker, running, done, failed."""

    row: PaperOrder
    state: str

    @property
    def open(self) -> bool:
        """Whether the paper is still to come."""
        return self.state in (WAITING, RUNNING)

    @property
    def percent(self) -> int:
        """Of its parts."""
        return self.row.done * 100 // self.row.total if self.row.total else 0


def state_of(row: PaperOrder) -> str:
    """As the row says it, else the queue; what the queue has forgotten has failed."""
    if row.finished_at is not None:
        return DONE if row.draft_id is not None else FAILED
    state = task_state(row.task)
    return state if state in (WAITING, RUNNING) else FAILED


def is_open(row: PaperOrder) -> bool:
    """Whether it waits or runs."""
    return state_of(row) in (WAITING, RUNNING)


def order_of(user: User, number: int) -> Progress | None:
    """The person's own order; None: there is none, or it is another's."""
    row = PaperOrder.objects.filter(pk=number, user=user.pk).first()
    return None if row is None else Progress(row, state_of(row))
