"""What an act has kept and then failed is gone after its time; what a record names stays."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange import tasks
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.queries import file_path
from jieyue.apps.exchange.result import ImportResult
from jieyue.apps.exchange.services.close_batch import close_batch
from jieyue.apps.exchange.services.stage_file import keep_file, stage_file
from jieyue.config.home import Home

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


def entries() -> list[tuple[str, str, str]]:
    rows = ActionLog.objects.filter(verb__in=("exchange.forget", "exchange.tidy_files")).order_by("id")
    return [(row.verb, row.object, row.actor) for row in rows]


@pytest.mark.postgres
def test_what_no_record_names_is_removed_after_a_day(home: Home) -> None:
    young, old = kept(b"young", "a" * 64, days=0.9), kept(b"old", "b" * 64, days=1.1)
    half = old.parent / ".part-x1"
    half.write_bytes(b"half")
    os.utime(half, (time.time() - 2 * A_DAY,) * 2)
    other = old.parent / "notes.txt"
    other.write_bytes(b"of the operator")
    os.utime(other, (time.time() - 99 * A_DAY,) * 2)
    tasks.tidy()
    assert (young.exists(), old.exists(), half.exists(), other.exists()) == (True, False, False, True)
    assert entries() == [("exchange.tidy_files", "files:kept", "worker")]
    tasks.tidy()
    assert len(entries()) == 1, "nothing to remove is no act"


def test_what_is_kept_anew_is_as_young_as_that(home: Home) -> None:
    """Somebody brings the same bytes again, and his record is not there yet."""
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
