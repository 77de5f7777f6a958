"""The schedule: what is due is run once, by one worker; what fails is tried again, its error in the row."""

import os
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connections
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from jieyue.apps.review.models import ReviewRequest
from jieyue.apps.review.tasks import check_all
from jieyue.apps.schedule.job import Job
from jieyue.apps.schedule.models import ScheduledJob
from jieyue.apps.schedule.owner import new_owner
from jieyue.apps.schedule.queries import jobs, task_counts
from jieyue.apps.schedule.services.run_due import run_due
from jieyue.apps.schedule.services.take_tasks import TRIES, give_back, take_task
from jieyue.config.home import Home

HOUR = timedelta(hours=1)


def dead_process() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    return child.pid


def test_a_job_is_run_when_it_is_due_and_not_before(home: Home) -> None:
    ran: list[str] = []
    often = Job("often", lambda: ran.append("often"), every=HOUR)
    nightly = Job("nightly", lambda: ran.append("nightly"), at=time(1, 30))
    assert run_due([often, nightly], new_owner()) == {"often": ""}
    assert run_due([often, nightly], new_owner()) == {}
    ScheduledJob.objects.update(due=timezone.now() - HOUR)
    assert run_due([often, nightly], new_owner()) == {"often": "", "nightly": ""}
    assert ran == ["often", "often", "nightly"]
    row = ScheduledJob.objects.get(pk="often")
    assert timedelta(minutes=59) < row.due - timezone.now() <= HOUR
    night = ScheduledJob.objects.get(pk="nightly").due.astimezone(UTC)
    assert (night.hour, night.minute) == (17, 30)  # half past one in Shanghai
    assert timedelta() < night - timezone.now() <= timedelta(days=1)


def test_what_is_due_soon_is_done_ahead_when_asked(home: Home) -> None:
    job = Job("often", lambda: None, every=timedelta(seconds=5))
    assert run_due([job], new_owner()) == {"often": ""}
    assert run_due([job], new_owner(), ahead=timedelta(minutes=1)) == {"often": ""}


def test_a_failure_stands_in_the_row_and_is_tried_again_later_each_time(home: Home) -> None:
    faults = [ValueError("第一次"), OSError("第二次")]

    def work() -> None:
        if faults:
            raise faults.pop(0)

    job = Job("often", work, every=timedelta(seconds=1))
    for number, (pause, text) in enumerate([(5, "ValueError: 第一次"), (10, "OSError: 第二次")], start=1):
        assert run_due([job], new_owner()) == {"often": text}
        (state,) = jobs()
        assert (state.state, state.failures, state.last_error) == ("failing", number, text)
        assert timedelta(seconds=pause - 2) < state.due - timezone.now() <= timedelta(seconds=pause)
        assert run_due([job], new_owner()) == {}
        ScheduledJob.objects.update(due=timezone.now())
    assert run_due([job], new_owner()) == {"often": ""}
    (state,) = jobs()
    assert (state.state, state.failures, state.last_error) == ("waiting", 0, "OSError: 第二次")


@pytest.mark.postgres
def test_ten_workers_at_once_run_it_once(home: Home) -> None:
    ran: list[str] = []
    gate = threading.Barrier(10)
    job = Job("often", lambda: ran.append("once"), every=HOUR)
    said: list[dict[str, str]] = []

    def work(number: int) -> None:
        try:
            connections["default"].ensure_connection()
            gate.wait(60)
            said.append(run_due([job], f"other-host-{number}:1:aa"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (ran, len(said)) == (["once"], 10)
    assert sorted(map(len, said)) == [0] * 9 + [1]


@pytest.mark.parametrize(
    ("owner", "left", "taken"),
    [
        ("elsewhere:1:aa", timedelta(minutes=1), False),
        ("elsewhere:1:aa", timedelta(minutes=-1), True),
        ("HERE:DEAD:aa", timedelta(minutes=1), True),
        ("HERE:PARENT:aa", timedelta(minutes=1), False),
        ("HERE:MINE:aa", timedelta(minutes=1), True),  # a container starts again with the same number
    ],
)
def test_the_lock_of_a_worker_that_is_gone_is_taken(
    home: Home, owner: str, left: timedelta, taken: bool
) -> None:
    numbers = {"DEAD": dead_process(), "PARENT": os.getppid(), "MINE": os.getpid()}
    name = owner.replace("HERE", socket.gethostname()[:40])
    for word, number in numbers.items():
        name = name.replace(word, str(number))
    now = timezone.now()
    ScheduledJob.objects.create(name="often", due=now, owner=name, lease_until=now + left)
    job = Job("often", lambda: None, every=HOUR)
    assert run_due([job], new_owner()) == ({"often": ""} if taken else {})


def test_who_has_lost_his_lease_does_not_set_the_next_time(home: Home) -> None:
    later = datetime(2030, 1, 1, tzinfo=UTC)

    def work() -> None:
        ScheduledJob.objects.update(owner="elsewhere:1:aa", due=later)

    assert run_due([Job("often", work, every=HOUR)], new_owner()) == {"often": ""}
    row = ScheduledJob.objects.get()
    assert (row.owner, row.due) == ("elsewhere:1:aa", later)


def test_a_task_of_a_worker_that_is_gone_is_done_by_the_next_three_times_at_most(home: Home) -> None:
    me = new_owner()
    gone = f"{socket.gethostname()[:40]}:{dead_process()}:aa"
    task = check_all.enqueue(987_654)
    row = DBTaskResult.objects.get()
    for worker in ("elsewhere:1:aa", me.replace(str(os.getpid()), str(os.getppid()))):
        row.claim(worker)
        assert give_back(me) == 0, worker
        row.worker_ids = []
    row.claim(gone)
    assert (give_back(me), take_task(me), take_task(me)) == (1, True, False)
    row.refresh_from_db()
    assert row.worker_ids == [gone, me]
    # There is no such request: the task fails by itself, and nobody does it again.
    assert row.exception_class_path.endswith("ReviewRequest.DoesNotExist")
    assert (give_back(me), str(row.id) == task.id, ReviewRequest.objects.count()) == (0, True, 0)
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING, worker_ids=[gone] * TRIES)
    assert give_back(me) == 1
    assert task_counts() == {"ready": 0, "running": 0, "failed": 1, "successful": 0}
