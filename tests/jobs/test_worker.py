"""The worker: publishes what was approved, ends cleanly when told, bears that the database goes away."""

import dataclasses
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError, connections

from jieyue.apps.audit.models import ActionLog, LogLeaf
from jieyue.apps.audit.tasks import anchor
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.obligations.tasks import open_ended
from jieyue.apps.publication.models import Publication
from jieyue.apps.returns.models import ReturnSnapshot, ReturnVersion
from jieyue.apps.schedule.job import Job
from jieyue.apps.schedule.queries import jobs
from jieyue.config import doctor
from jieyue.config.home import Home
from jieyue.jobs import worker as jobs_worker
from jieyue.jobs.schedules import JOBS
from jieyue.jobs.worker import Worker
from tests.apps.returns.workflow_desk import Nodes, Office, row
from tests.cli.command import DONE, UNAVAILABLE, jieyue


@pytest.mark.postgres
def test_once_publishes_numbers_the_log_and_ends(home: Home, city_trees: Nodes) -> None:
    office = Office(city_trees)
    key = office.at("waiting")
    said = jieyue(home.path, "worker", "--once")
    assert (said.code, {one["job"]: one["ok"] for one in said.document}) == (
        DONE,
        {
            "publish": True,
            "number_log": True,
            "anchor_log": True,
            "fold": True,
            "fold_many": True,
            "prepare": True,
        },
    )
    (version,) = ReturnVersion.objects.all()
    assert (row(key).current, version.approver) == (version.pk, "chief")
    assert LogLeaf.objects.count() == ActionLog.objects.count()
    assert ActionLog.objects.get(verb="returns.publish_waiting").source == "worker"
    # A second approval within the five seconds is done as well.
    office.at("waiting")
    assert jieyue(home.path, "worker", "--once").code == DONE
    assert ReturnVersion.objects.count() == 2


def test_what_does_not_fit_is_told_by_the_worker_and_the_doctor(home: Home, city_trees: Nodes) -> None:
    office = Office(city_trees)
    bad = office.at("waiting")
    ReturnSnapshot.objects.filter(pk=row(bad).publishing).update(cells="{}")
    said = jieyue(home.path, "worker", "--once")
    assert said.code == UNAVAILABLE
    (failed,) = [one for one in said.document if not one["ok"]]
    assert (failed["job"], str(row(bad).pk) in failed["error"]) == ("publish", True)
    (check,) = [one for one in doctor.checks() if one.name == "worker"]
    assert (check.ok, str(row(bad).pk) in check.en) == (False, True)


def test_a_worker_publishes_by_itself_until_it_is_stopped(home: Home, city_trees: Nodes) -> None:
    office = Office(city_trees)
    office.at("waiting")
    published = threading.Event()

    def seen() -> None:
        if Publication.objects.filter(kind="returns.publish_waiting", state="done").exists():
            published.set()

    made = Worker((*JOBS, Job("seen", seen)))
    thread = threading.Thread(target=made.run)
    thread.start()
    assert published.wait(60)
    made.stop()
    thread.join(60)
    assert not thread.is_alive()
    assert ReturnVersion.objects.count() == 1


def test_it_ends_cleanly_when_it_is_told(home: Home, city_trees: Nodes) -> None:
    connections.close_all()
    command = [sys.executable, "-m", "jieyue.cli", "--home", str(home.path), "--lang", "en", "worker"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        assert "has started" in child.stderr.readline()
        child.send_signal(signal.SIGTERM)
        rest = child.stderr.read()
        assert child.wait(60) == DONE
    assert rest.splitlines()[-1] == "the worker has stopped"
    assert "Traceback" not in rest


def test_it_pauses_longer_each_time_while_the_database_is_away(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Callable[[], None]] = []
    waited: list[float] = []
    made = Worker(())

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            waited.append(timeout)
            return super().wait(0)

    made._stop = Stop()

    def run_due(*_: object) -> dict[str, str]:
        if len(waited) < 7:
            raise OperationalError("server closed the connection unexpectedly")
        answers.append(made.stop)
        made.stop()
        return {}

    monkeypatch.setattr(jobs_worker, "run_due", run_due)
    monkeypatch.setattr(jobs_worker, "take_task", lambda _: made._stop.is_set())
    monkeypatch.setattr(made, "_do_tasks", lambda: False)
    made._loop("jobs", lambda: bool(jobs_worker.run_due()))
    assert waited == [2, 4, 8, 16, 30, 30, 30, 1]
    assert len(answers) == 1


@pytest.mark.postgres
def test_a_connection_that_was_cut_is_made_anew(home: Home, city_trees: Nodes, office_engine: str) -> None:
    if office_engine == "sqlite":
        connections.close_all()

    def cut() -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            else:
                raise OperationalError("disk I/O error")

    done = threading.Event()
    made = Worker((Job("cut", cut), Job("next", done.set)))
    thread = threading.Thread(target=made.run)
    thread.start()
    assert done.wait(60)
    made.stop()
    thread.join(60)
    states = {one.name: one for one in jobs()}
    assert (states["cut"].failures, states["next"].failures) == (1, 0)
    assert states["cut"].last_error


def test_the_month_that_has_ended_is_opened_in_the_morning(
    home: Home, city_trees: Nodes, settings: Any
) -> None:
    settings.JIEYUE_HOME = dataclasses.replace(home, clock=date(2026, 3, 2))
    office = Office(city_trees)
    open_ended()
    open_ended()
    owed = Obligation.objects.filter(subject=office.school).values_list("form", "period")
    assert sorted(owed) == [("NY201", "2026-01"), ("NY201", "2026-02")]
    assert ActionLog.objects.filter(verb="obligations.open", actor="worker").count() == 1


def test_checkpoints_are_left_elsewhere_once_each_and_prove_the_log(
    home: Home, city_trees: Nodes, tmp_path: Path, settings: Any
) -> None:
    office = Office(city_trees)
    settings.JIEYUE_ANCHOR_FOLDER, settings.JIEYUE_ANCHOR_MAIL = tmp_path, "audit@example.org"
    anchor()
    anchor()
    (file,) = tmp_path.glob("checkpoint-*.json")
    assert len(mail.outbox) == 1
    assert json.loads(file.read_text())["size"] == ActionLog.objects.count()
    office.at("draft")
    anchor()
    assert len(list(tmp_path.glob("checkpoint-*.json"))) == len(mail.outbox) == 2
    name, content, kind = mail.outbox[1].attachments[0]
    assert ((tmp_path / name).read_text(), kind) == (content, "application/json")
    assert proved_wrong(home, file) == []
    forged = {**json.loads(file.read_text()), "root": "0" * 64}
    file.write_text(json.dumps(forged))
    assert proved_wrong(home, file) == ["forked", "signature"]


def proved_wrong(home: Home, file: Path) -> list[str]:
    """What the file proves to be wrong with the log."""
    said = jieyue(home.path, "verify-log", "--checkpoint", file).document
    return sorted(one["kind"] for one in said["problems"] if one["anchor"] == str(file))
