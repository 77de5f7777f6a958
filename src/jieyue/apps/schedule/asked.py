"""How far something is that the worker was asked for."""

from typing import Final

from django_tasks import TaskResultStatus, default_task_backend
from django_tasks.exceptions import TaskResultDoesNotExist

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
_STATES: Final = {
    TaskResultStatus.READY: WAITING,
    TaskResultStatus.RUNNING: RUNNING,
    TaskResultStatus.SUCCESSFUL: DONE,
    TaskResultStatus.FAILED: FAILED,
}


def task_state(task: str) -> str | None:
    """As the queue has it; None: it has forgotten, as what is long over."""
    try:
        return _STATES[default_task_backend.get_result(task).status]
    except TaskResultDoesNotExist:
        return None
