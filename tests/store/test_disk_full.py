"""A full disk: a clear error, the state before, and work goes on when there is room again."""

import errno
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from jieyue.store import DeltaLake, commit
from jieyue.store.errors import LakeFull, LakeWriteFailed, disk_errors
from tests.store.rows import TABLE, fact, facts, new_lake, published, total


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """As on a full disk, writing a byte beyond `size` fails (EFBIG); what is smaller still fits."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def names(lake: DeltaLake) -> set[str]:
    """Every file below the table but the mark."""
    return {str(path.relative_to(lake.root)) for path in (lake.root / TABLE).rglob("*") if path.is_file()}


@pytest.mark.parametrize("room", [0, 100, 600, 1500, 4000])
def test_a_full_disk_leaves_the_state_before_and_the_repeat_succeeds(tmp_path: Path, room: int) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "5")
    before = names(lake)
    rows = facts([fact(1000 + n, 2, f"{n * 7919}.1234") for n in range(2000)])
    with files_no_larger_than(room), pytest.raises(LakeFull) as caught:
        lake.append(TABLE, rows, txn=("publish", 2))
    assert "磁盘已满" in caught.value.zh
    assert "disk is full" in caught.value.en
    assert names(lake) == before
    assert total(lake) == total(DeltaLake(tmp_path)) == Decimal(5)
    assert lake.append(TABLE, rows, txn=("publish", 2)) is True
    assert total(lake) == Decimal(5) + sum(Decimal(f"{n * 7919}.1234") for n in range(2000))
    assert lake.verify(deep=True) == []


def test_no_room_for_the_log_entry_takes_the_data_file_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "5")
    before = names(lake)

    def refuse(*_: object) -> None:
        with files_no_larger_than(100):
            real(*_)

    real = commit._commit
    monkeypatch.setattr(commit, "_commit", refuse)
    with pytest.raises(LakeFull):
        published(lake, 2, "6")
    monkeypatch.undo()
    assert names(lake) == before
    assert published(lake, 2, "6") is True
    assert total(DeltaLake(tmp_path)) == Decimal(11)


def test_no_room_for_mark_or_checkpoint_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "CHECKPOINT_EVERY", 2)
    lake = new_lake(tmp_path)
    published(lake, 1, "5")
    real = commit.finish

    def tight(*_: object) -> None:
        with files_no_larger_than(100):
            real(*_)

    monkeypatch.setattr("jieyue.store.commit.finish", tight)
    assert published(lake, 2, "6") is True
    monkeypatch.undo()
    assert total(DeltaLake(tmp_path)) == Decimal(11)
    assert published(DeltaLake(tmp_path), 3, "7") is True
    assert DeltaLake(tmp_path).verify(deep=True) == []


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), LakeFull),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), LakeFull),
        (OSError("Unable to copy data to file: No space left on device (os error 28)"), LakeFull),
        (OSError(errno.EIO, "Input/output error"), LakeWriteFailed),
        (ValueError("no disk error"), ValueError),
    ],
)
def test_errors_of_the_disk_are_told_apart(error: Exception, wanted: type[Exception]) -> None:
    with pytest.raises(wanted), disk_errors(TABLE, "file"):
        raise error


def test_creating_a_table_on_a_full_disk_can_be_repeated(tmp_path: Path) -> None:
    with files_no_larger_than(100), pytest.raises(LakeFull):
        new_lake(tmp_path)
    assert DeltaLake(tmp_path).tables() == []
    published(new_lake(tmp_path), 1, "5")
    assert total(DeltaLake(tmp_path)) == Decimal(5)
