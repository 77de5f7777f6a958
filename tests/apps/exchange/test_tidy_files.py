"""What an act has kept and then failed is put aside, gone in time, back if wanted; what a record names stays."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange import tasks
from jieyue.apps.exchange.kept import kept_path
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.queries import file_path
from jieyue.apps.exchange.result import ImportResult
from jieyue.apps.exchange.services.close_batch import close_batch
from jieyue.apps.exchange.services.stage_file import keep_file, stage_file
from jieyue.apps.exchange.services.tidy_files import StrangeFilesError
from jieyue.apps.metering.models import ReadingBatch
from jieyue.apps.papers.models import PaperTemplate
from jieyue.apps.papers.templates import content_of
from jieyue.apps.schedule.job import Job
from jieyue.apps.schedule.services.run_due import run_due
from jieyue.config.home import Home
from jieyue.web.intake import of_batch
from jieyue.web.kept_file import download

A_DAY, MONTH = 24 * 3600, timedelta(days=30)


def kept(content: bytes, digest: str, *, days: float = 0) -> Path:
    keep_file(content, digest)
    path = file_path(digest)
    os.utime(path, (time.time() - days * A_DAY,) * 2)
    return path


def staged(content: bytes, *, days: float) -> Batch:
    batch = stage_file(content, "a.csv", kind="returns", actor="a")
    Batch.objects.filter(pk=batch.pk).update(at=timezone.now() - timedelta(days=days))
    os.utime(file_path(batch.sha256), (time.time() - days * A_DAY,) * 2)
    return batch


def aside(digest: str, *, days: float | None = None) -> Path:
    """Where a file lies that was put aside; days: as if so long ago."""
    path = Path(settings.JIEYUE_HOME.path, "files-gone", digest)
    if days is not None:
        os.utime(path, (time.time() - days * A_DAY,) * 2)
    return path


def bring(content: bytes) -> Path:
    """An old file that a record names: the database is the home's."""
    batch = stage_file(content, "named.csv", kind="returns", actor="a")
    os.utime(file_path(batch.sha256), (time.time() - 9 * A_DAY,) * 2)
    return file_path(batch.sha256)


def told() -> list[dict[str, object]]:
    return [row.data for row in ActionLog.objects.filter(verb="exchange.tidy_files").order_by("id")]


def entries() -> list[tuple[str, str, str]]:
    rows = ActionLog.objects.filter(verb__in=("exchange.forget", "exchange.tidy_files")).order_by("id")
    return [(row.verb, row.object, row.actor) for row in rows]


@pytest.mark.postgres
def test_what_no_record_names_is_put_aside_after_a_day(home: Home) -> None:
    named = bring(b"named")
    young, old = kept(b"young", "a" * 64, days=0.9), kept(b"old", "b" * 64, days=1.1)
    half = old.parent / ".part-x1"
    half.write_bytes(b"half")
    os.utime(half, (time.time() - 2 * A_DAY,) * 2)
    other = old.parent / "notes.txt"
    other.write_bytes(b"of the operator")
    os.utime(other, (time.time() - 99 * A_DAY,) * 2)
    before = time.time() - 1
    tasks.tidy()
    assert (young.exists(), old.exists(), half.exists(), other.exists()) == (True, False, False, True)
    assert named.exists()
    assert aside("b" * 64).read_bytes() == b"old"
    assert aside("b" * 64).stat().st_mtime >= before, "its time is that of the move"
    assert entries() == [("exchange.tidy_files", "files:kept", "worker")] * 2
    assert told() == [{"removed": 1, "names": [".part-x1"]}, {"put_aside": 1, "names": ["b" * 64]}]
    tasks.tidy()
    assert len(entries()) == 2, "nothing to remove is no act"


def test_what_was_put_aside_is_removed_after_30_days_there(home: Home) -> None:
    bring(b"named")
    kept(b"x", "b" * 64, days=99)
    kept(b"y", "c" * 64, days=99)
    tasks.tidy()
    aside("b" * 64, days=29.9)
    aside("c" * 64, days=30.1)
    tasks.tidy()
    assert (aside("b" * 64).exists(), aside("c" * 64).exists()) == (True, False)
    assert told()[-1] == {"removed": 1, "names": ["c" * 64]}


@pytest.mark.parametrize("way", ["read", "kept again", "named"])
def test_what_was_put_aside_comes_back_when_it_is_wanted(home: Home, way: str) -> None:
    bring(b"named")
    kept(b"wanted", "d" * 64, days=3)
    tasks.tidy()
    assert not file_path("d" * 64).exists()
    aside("d" * 64, days=99)
    if way == "read":
        assert kept_path("d" * 64).read_bytes() == b"wanted"
    elif way == "kept again":
        keep_file(b"wanted", "d" * 64)
        assert not aside("d" * 64).exists()
        tasks.tidy()  # as young as that
    else:
        Batch.objects.update(sha256="d" * 64)
        bring(b"another")
        tasks.tidy()
        assert {"taken_back": 1, "names": ["d" * 64]} in told()
    assert file_path("d" * 64).read_bytes() == b"wanted"
    assert not aside("d" * 64).exists()


def test_whoever_reads_a_file_that_was_put_aside_gets_it(home: Home) -> None:
    """A paper that is downloaded, a template, a table that was brought: named by the right database."""
    readers: list[Callable[[str], bytes]] = [
        lambda digest: download(SimpleNamespace(sha256=digest, kind="pdf", name="scan")).content,
        lambda digest: content_of(PaperTemplate(number=1, name="t", sha256=digest)),
        lambda digest: of_batch(Batch(sha256=digest, file_name="a.csv"), None).content,
    ]
    paths = [bring(b"%d" % number) for number in range(len(readers))]
    Batch.objects.all().delete()
    bring(b"of the trial")
    tasks.tidy()
    for number, (path, read) in enumerate(zip(paths, readers, strict=True)):
        assert not path.exists()
        assert read(path.name) == b"%d" % number


def test_a_database_that_names_none_of_the_files_tidies_nothing(home: Home) -> None:
    """JIEYUE_DATABASE points at a fresh one beside the old home."""
    paths = [bring(b"one"), bring(b"two")]
    Batch.objects.all().delete()
    with pytest.raises(StrangeFilesError) as said:
        tasks.tidy()
    assert all(path.exists() for path in paths)
    assert entries() == []
    assert "JIEYUE_DATABASE" in said.value.message_zh
    assert "names none of the 2 files" in said.value.message_en
    begin = "StrangeFilesError: " + str(home.path)
    jobs = (Job("tidy_files", tasks.tidy, every=timedelta(days=1)),)
    error = run_due(jobs, "me:1", ahead=timedelta(days=2))["tidy_files"]
    assert error.startswith(begin), error
    assert error.endswith(said.value.message_en)


def test_another_database_that_names_some_loses_nothing(home: Home) -> None:
    """A restored or trial database at the same home for a month, then the right one again."""
    paths = [bring(b"one"), bring(b"two")]
    right = list(Batch.objects.values())
    Batch.objects.all().delete()
    bring(b"of the trial")
    tasks.tidy()
    assert not any(path.exists() for path in paths)
    Batch.objects.all().delete()
    Batch.objects.bulk_create(Batch(**row) for row in right)
    assert kept_path(paths[0].name).read_bytes() == b"one"
    aside(paths[1].name, days=99)
    tasks.tidy()
    assert paths[1].read_bytes() == b"two"


def test_a_folder_that_the_disk_refuses_does_not_keep_the_rest(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(b"named")
    shut, later = kept(b"s", "a" * 64, days=3), kept(b"l", "e" * 64, days=3)
    listing = Path.iterdir

    def refuse(path: Path) -> Iterator[Path]:
        if path == shut.parent:
            raise PermissionError(13, "Permission denied", str(path))
        return listing(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(PermissionError, match="files/aa"):
        tasks.tidy()
    assert (shut.exists(), later.exists()) == (True, False)
    assert told() == [{"put_aside": 1, "names": ["e" * 64]}]


def test_a_run_that_breaks_off_has_its_entry(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(b"named")
    first, second = kept(b"1", "a" * 64, days=3), kept(b"2", "e" * 64, days=3)
    move = Path.replace

    def stop(path: Path, to: Path) -> Path:
        if path == second:
            raise KeyboardInterrupt
        return move(path, to)

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        tasks.tidy()
    assert (first.exists(), second.exists()) == (False, True)
    assert told() == [{"put_aside": 1, "names": ["a" * 64]}]


def test_many_named_files_cost_two_queries_a_table(home: Home, django_assert_max_num_queries: Any) -> None:
    for number in range(40):
        bring(str(number).encode())
    with django_assert_max_num_queries(12):
        tasks.tidy()
    assert entries() == []


def test_a_batch_of_readings_keeps_no_file(home: Home) -> None:
    bring(b"named")
    kept(b"r", "f" * 64, days=3)
    ReadingBatch.objects.create(
        name="r.csv", sha256="f" * 64, source="file", rank=1, received=timezone.now(), actor="a"
    )
    tasks.tidy()
    assert aside("f" * 64).exists()


def test_what_is_kept_anew_is_as_young_as_that(home: Home) -> None:
    """Somebody brings the same bytes again, and his record is not there yet."""
    bring(b"named")
    path = kept(b"again", "c" * 64, days=5)
    keep_file(b"again", "c" * 64)
    tasks.tidy()
    assert path.read_bytes() == b"again"


@pytest.mark.postgres
def test_a_file_that_was_staged_and_left_is_forgotten_after_a_month(home: Home) -> None:
    done, left, waits = staged(b"done", days=31), staged(b"left", days=31), staged(b"waits", days=29)
    close_batch(done, ImportResult(1, 0, 0, 1, applied=False), actor="a")
    again = staged(b"left too", days=31)
    Batch.objects.filter(pk=again.pk).update(sha256=done.sha256)
    tasks.tidy()
    assert sorted(Batch.objects.values_list("pk", flat=True)) == sorted([done.pk, waits.pk])
    assert [file_path(one.sha256).exists() for one in (done, left, waits)] == [True, False, True]
    assert entries()[:2] == [
        ("exchange.forget", f"batch:{left.pk}", "worker"),
        ("exchange.forget", f"batch:{again.pk}", "worker"),
    ]
