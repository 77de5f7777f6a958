"""Reads of the schedule: how the worker does."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from jieyue.apps.schedule.asked import STATES
from jieyue.apps.schedule.models import ScheduledJob


@dataclass(frozen=True)
class JobState:
    """A job as a person asks of it. state: `failing`, `running`, `waiting`."""

    name: str
    state: str
    due: datetime
    finished_at: datetime | None
    seconds: float | None
    failures: int
    last_error: str
    failed_at: datetime | None


def jobs() -> list[JobState]:
    """All jobs that a worker has ever looked at, by name."""
    now = timezone.now()
    return [
        JobState(
            row.name,
            _state(row, now),
            row.due,
            row.finished_at,
            row.seconds,
            row.failures,
            row.last_error,
            row.failed_at,
        )
        for row in ScheduledJob.objects.order_by("name")
    ]


def _state(row: ScheduledJob, now: datetime) -> str:
    if row.owner and row.lease_until is not None and row.lease_until > now:
        return "running"
    return "failing" if row.failures else "waiting"


def last_seen() -> datetime | None:
    """When a worker last began a job."""
    row = ScheduledJob.objects.filter(started_at__isnull=False).order_by("-started_at").first()
    return row.started_at if row else None


def task_counts() -> dict[str, int]:
    """Tasks of the queue by state: ready, running, failed, successful."""
    names = {
        TaskResultStatus.READY: "ready",
        TaskResultStatus.RUNNING: "running",
        TaskResultStatus.FAILED: "failed",
        TaskResultStatus.SUCCESSFUL: "successful",
    }
    counts = dict.fromkeys(names.values(), 0)
    rows = DBTaskResult.objects.order_by().values_list("status").annotate(count=Count("pk"))
    for status, count in rows:
        counts[names[TaskResultStatus(status)]] += count
    return counts


def is_asked(path: str) -> bool:
    """Whether a task of this function waits or runs."""
    return _open(path).exists()


def count_asked(path: str) -> int:
    """How many tasks of this function wait or run."""
    return _open(path).count()


def _open(path: str) -> QuerySet[DBTaskResult]:
    open_ones = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
    return DBTaskResult.objects.filter(task_path=path, status__in=open_ones)


def last_asked(path: str, *values: str | int) -> str | None:
    """How the newest task of this function with these values stands (asked.py); None: there is none."""
    given = {"args": list(values), "kwargs": {}}
    rows = DBTaskResult.objects.filter(task_path=path, args_kwargs=given).order_by("-enqueued_at")
    status = rows.values_list("status", flat=True).first()
    return None if status is None else STATES[TaskResultStatus(status)]
