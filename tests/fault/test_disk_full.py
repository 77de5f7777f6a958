"""No room on the disk during import, publish and init: exit code 3 with the reason, the state before, then it works."""

import errno
import os
from pathlib import Path

import pytest

from jieyue.apps.exchange.services import stage_file
from jieyue.apps.publication.queries import pending
from jieyue.apps.publication.services.publish import finish_pending
from jieyue.config.home import Home
from jieyue.store import DeltaLake
from jieyue.store.errors import disk_full
from tests.fault import faults, works
from tests.fault.command import Outcome, run
from tests.fault.state import complaints, facts, nameless

FULL = "磁盘已满"


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The file of returns."""
    path = tmp_path / "returns.csv"
    path.write_bytes(works.RETURNS)
    return str(path)


def is_clear(outcome: Outcome, reason: str = FULL) -> None:
    """Exit code 3, a sentence in the person's language, both languages in the document, and no trace."""
    assert outcome.code == 3, outcome
    assert reason in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert reason in outcome.document["error"]["message_zh"]
    assert outcome.document["error"]["message_en"].isascii()


#: Bytes that a file may have, and what refuses then: the copy for the reader, the database's journal.
ROOMS = [(100, FULL), (4096, "办公数据库无法使用"), (40_000, "办公数据库无法使用")]


@pytest.mark.parametrize(("room", "reason"), ROOMS)
def test_import_without_room(city: Home, unhurt: works.Unhurt, file: str, room: int, reason: str) -> None:
    before = facts()
    is_clear(
        run(city, "import", "returns", file, "--publish", fault=faults.no_file_larger_than, told=[room]),
        reason,
    )
    assert facts() == before
    assert complaints(deep=True) == []
    after(city, unhurt, file)


def after(city: Home, unhurt: works.Unhurt, file: str) -> None:
    """With room the same command works."""
    outcome = run(city, "import", "returns", file, "--publish")
    assert outcome.code == 0, outcome
    assert outcome.document["applied"] is True
    # The command acts as the system's user; all else is as if nothing had happened.
    assert {**facts(), **actors(facts())} == {**unhurt("returns"), **actors(unhurt("returns"))}
    assert complaints(deep=True) == []


def actors(state: dict) -> dict:
    return {
        "publication_publication": [row[:-1] for row in state["publication_publication"]],
        "returns_return": nameless(state["returns_return"]),
    }


def test_import_into_a_database_without_room(city: Home, tmp_path: Path) -> None:
    months = [f"{year}-{month:02d}" for year in (2022, 2023) for month in range(1, 13)]
    rows = [
        [who, month, f"NY201:{item}", "7"] for who in "ABC" for month in months for item in (110, 120, 140)
    ]
    path = tmp_path / "months.csv"
    path.write_bytes(works.table([works.LONG, *rows]))
    before = facts()
    is_clear(run(city, "import", "returns", str(path), "--publish", fault=faults.no_more_pages))
    assert facts() == before
    done = run(city, "import", "returns", str(path), "--publish")
    assert (done.code, done.document["accepted"]) == (0, 216)
    assert len(facts()["lake"]["facts_NY201"]) == len(before["lake"]["facts_NY201"]) + 72
    assert complaints(deep=True) == []


def test_import_without_room_for_the_reader(city: Home, unhurt: works.Unhurt, file: str) -> None:
    before = facts()
    is_clear(run(city, "import", "returns", file, "--publish", fault=faults.no_room_for_the_reader))
    assert facts() == before
    after(city, unhurt, file)


def test_a_lake_without_room_is_filled_by_the_next_command(
    city: Home, unhurt: works.Unhurt, file: str
) -> None:
    readers_see = facts()["lake"]
    outcome = run(city, "import", "returns", file, "--publish", fault=faults.no_room_in_the_lake)
    is_clear(outcome)
    assert "已存入办公库" in outcome.stderr  # what became of it is said
    assert facts()["lake"] == readers_see
    assert len(pending()) == 1
    # Still full: every command says so and does nothing.
    is_clear(run(city, "import", "returns", file, "--publish", fault=faults.no_room_in_the_lake))
    assert facts()["lake"] == readers_see
    outcome = run(city, "import", "returns", file, "--publish")
    assert (outcome.code, outcome.document["duplicate"]) == (0, 7)
    assert facts()["lake"] == unhurt("returns")["lake"]
    assert pending() == []
    assert complaints(deep=True) == []


def test_init_without_room_is_finished_when_there_is_room(tmp_path: Path, home: Home) -> None:
    folder = tmp_path / "new"
    for room in (0, 60, 3_000, 300_000):
        outcome = run(folder, "init", fault=faults.no_file_larger_than, told=[room])
        assert (outcome.code, "Traceback" in outcome.stderr) == (3, False), outcome
    outcome = run(folder, "init")
    assert outcome.code == 0, outcome
    assert len((folder / "secret.key").read_text()) >= 50
    doctor = run(folder, "doctor", "--deep")
    wrong = [check for check in doctor.document if not check["ok"] and check["name"] != "disk"]
    assert wrong == []


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file can be kept any more."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(stage_file, "keep_file", refuse)


def test_the_page_says_that_the_disk_is_full(
    city: Home, unhurt: works.Unhurt, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, readers_see = works.staged_batch(), facts()["lake"]

    def refuse(_lake: DeltaLake, table: str, *_: object, **__: object) -> bool:
        raise disk_full(table, "lake")

    with monkeypatch.context() as full:
        full.setattr(DeltaLake, "append", refuse)
        answer = works.answer_of_the_page(batch)
    assert answer.status_code == 503
    assert "已存入办公库" in answer.content.decode()
    assert FULL in answer.content.decode()
    assert facts()["lake"] == readers_see
    assert len(finish_pending()) == 1
    assert facts() == unhurt("returns")


def test_programs_are_told_that_the_disk_is_full(city: Home, full_disk: None) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    from jieyue.apps.identity.models import User
    from jieyue.apps.identity.services.issue_token import issue_token

    before = facts()
    user = User.objects.get(username=works.ACTOR)
    _, secret = issue_token(user, "fault", days=1, actor=works.ACTOR, verbs=("publish",))
    answer = Client(SERVER_NAME="localhost").post(
        "/api/v1/imports/returns",
        {"file": SimpleUploadedFile("r.csv", works.RETURNS), "publish": "true"},
        HTTP_AUTHORIZATION=f"Bearer {secret}",
    )
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert FULL in answer.json()["message_zh"]
    assert "disk is full" in answer.json()["message_en"]
    assert facts()["publication_publication"] == before["publication_publication"]
