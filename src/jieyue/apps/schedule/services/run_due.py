"""Run what is due, each job by one worker at a time.

The lock is a lease in the job's row: taken in one transaction, prolonged by a thread while the job runs, so that a
worker that was killed blocks nobody for longer than the lease. A run that fails leaves its error and is tried again.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections, transaction
from django.utils import timezone

from jieyue.apps.schedule.job import Job
from jieyue.apps.schedule.models import ScheduledJob
from jieyue.apps.schedule.owner import is_gone
from jieyue.domain.errors import DomainError

log = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=5)
_BEAT: Final = LEASE.total_seconds() / 5
_LONGEST_ERROR: Final = 2000


def run_due(jobs: Sequence[Job], me: str, *, ahead: timedelta = timedelta()) -> dict[str, str]:
    """Run the jobs that are due (or will be within `ahead`) and free; name → "" or the error.

    Raises what the database raises when it is away: then nothing is known, and the caller tries again.
    """
    outcome: dict[str, str] = {}
    rows = ScheduledJob.objects.in_bulk([job.name for job in jobs])
    until = timezone.now() + ahead
    for job in jobs:
        row = rows.get(job.name)
        if row is not None and row.due > until:
            continue
        if _take(job, me, ahead):
            outcome[job.name] = _run(job, me)
    return outcome


def _take(job: Job, me: str, ahead: timedelta) -> bool:
    now = timezone.now()
    first = job.first(now, settings.JIEYUE_HOME.timezone)
    with transaction.atomic():
        ScheduledJob.objects.get_or_create(name=job.name, defaults={"due": first})
        row = ScheduledJob.objects.select_for_update().get(pk=job.name)
        if row.due > now + ahead or _is_held(row, me):
            return False
        row.owner, row.lease_until, row.started_at = me, now + LEASE, now
        row.save(update_fields=["owner", "lease_until", "started_at"])
    return True


def _is_held(row: ScheduledJob, me: str) -> bool:
    if not row.owner or row.lease_until is None or row.lease_until <= timezone.now():
        return False
    return not is_gone(row.owner, me)


def _run(job: Job, me: str) -> str:
    began, error = time.monotonic(), ""
    with _prolonged(job, me):
        try:
            job.run()
        except (OperationalError, InterfaceError) as fault:
            if not _database_answers():
                raise
            error = _words(fault)
        except Exception as fault:
            log.exception("job %s failed", job.name)
            error = _words(fault)
    _finish(job, me, time.monotonic() - began, error)
    return error


def _finish(job: Job, me: str, seconds: float, error: str) -> None:
    now = timezone.now()
    with transaction.atomic():
        row = ScheduledJob.objects.select_for_update().get(pk=job.name)
        if row.owner != me:  # the lease ran out and another has it
            log.warning("job %s took longer than its lease", job.name)
            return
        row.owner, row.lease_until = "", None
        if error:
            row.failures += 1
            row.last_error, row.failed_at = error, now
            row.due = now + job.pause(row.failures)
        else:
            row.failures, row.finished_at, row.seconds = 0, now, round(seconds, 3)
            row.due = job.next(now, settings.JIEYUE_HOME.timezone)
        row.save()


def _words(fault: Exception) -> str:
    said = f"{fault.message_zh} / {fault.message_en}" if isinstance(fault, DomainError) else str(fault)
    return f"{type(fault).__name__}: {said}"[:_LONGEST_ERROR]


def _database_answers() -> bool:
    connections["default"].close_if_unusable_or_obsolete()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


@contextmanager
def _prolonged(job: Job, me: str) -> Iterator[None]:
    """Prolong the lease from a thread as long as the job runs."""
    done = threading.Event()

    def beat() -> None:
        try:
            while not done.wait(_BEAT):
                try:
                    mine = ScheduledJob.objects.filter(pk=job.name, owner=me)
                    mine.update(lease_until=timezone.now() + LEASE)
                except DatabaseError as error:
                    log.warning("the lease of %s could not be prolonged: %s", job.name, error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=beat, name=f"lease-{job.name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
