"""Run tasks of the queue (django-tasks), and give back those whose worker is gone."""

import logging
from datetime import timedelta
from typing import Final

from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker as Hands
from django_tasks_db.models import DBTaskResult

from jieyue.apps.schedule.owner import is_gone

log = logging.getLogger(__name__)

#: So often a task is begun, if the worker that runs it is gone each time.
TRIES: Final = 3
#: Longer than any task takes: so long nothing is known of a worker on another host.
_ABANDONED: Final = timedelta(hours=2)


def take_task(me: str) -> bool:
    """Run the next task that is ready; False if there is none."""
    if not DBTaskResult.objects.ready().exists():
        return False  # a look without a lock: the queue is empty most of the time
    hands = Hands(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=1,
        worker_id=me,
        excluded_queue_names=[],
    )
    hands.run()
    return hands._run_tasks > 0


def give_back(me: str) -> int:
    """Put tasks whose worker has ended back into the queue, or end them as failed after three tries; how many.

    Called by a worker that is busy with no task.
    """
    count = 0
    for row in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING):
        owner = row.worker_ids[-1] if row.worker_ids else ""
        known = owner.count(":") >= 2
        long_ago = row.started_at is None or row.started_at < timezone.now() - _ABANDONED
        if not (long_ago or (known and is_gone(owner, me))):
            continue
        count += 1
        if len(row.worker_ids) >= TRIES:
            row.set_failed(RuntimeError(f"the worker ended {TRIES} times while it ran"))
            continue
        log.warning("task %s (%s) is put back: its worker %s is gone", row.id, row.task_path, owner)
        mine = DBTaskResult.objects.filter(pk=row.pk, status=TaskResultStatus.RUNNING)
        mine.update(status=TaskResultStatus.READY)
    return count
