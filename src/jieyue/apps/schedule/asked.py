"""How far something is that the worker was asked for."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from django_tasks import TaskResultStatus, default_task_backend
from django_tasks.exceptions import TaskResultDoesNotExist

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
OPEN: Final = (WAITING, RUNNING)
STATES: Final = {
    TaskResultStatus.READY: WAITING,
    TaskResultStatus.RUNNING: RUNNING,
    TaskResultStatus.SUCCESSFUL: DONE,
    TaskResultStatus.FAILED: FAILED,
}


R = TypeVar("R")


@dataclass(frozen=True)
class Progress(Generic[R]):
    """What was asked for and how it stands: waiting for the worker, running, done, failed; percent: of its parts."""

    row: R
    state: str
    percent: int

    @property
    def open(self) -> bool:
        """Whether it is still to come."""
        return self.state in OPEN


def percent_of(done: int, total: int) -> int:
    """Whole per cent of parts; nothing is 0 %."""
    return done * 100 // total if total else 0


def open_state(task: str) -> str:
    """How a task that has not said its end stands, by the queue; what the queue has forgotten has failed."""
    state = task_state(task)
    return state if state in OPEN else FAILED


def task_state(task: str) -> str | None:
    """As the queue has it; None: it has forgotten, as what is long over."""
    try:
        return STATES[default_task_backend.get_result(task).status]
    except TaskResultDoesNotExist:
        return None
