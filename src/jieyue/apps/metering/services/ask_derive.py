"""Ask the worker to derive the uses of what came in."""

from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult


def ask_derive() -> None:
    """Put the derivation into the queue, unless one waits there already. The caller holds the transaction."""
    from jieyue.apps.metering.tasks import derive  # the tasks import the services

    ready = DBTaskResult.objects.filter(task_path=derive.module_path, status=TaskResultStatus.READY)
    if not ready.exists():
        derive.enqueue()
