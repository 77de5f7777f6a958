"""What is flushed, and in which order; our checkpoints only; flushing made a no-op is noticed."""

import os
from pathlib import Path

import pytest

from jieyue.store import DeltaLake, commit, delta
from jieyue.store.errors import LakeWriteFailed
from tests.store.rows import TABLE, entry, new_lake, published, total


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The order of flushes (`sync NAME`), of the naming of data files and of the commit."""
    seen: list[str] = []
    real_fsync, real_replace, real_commit = os.fsync, Path.replace, commit._commit

    def fsync(descriptor: int) -> None:
        seen.append("sync " + Path(f"/proc/self/fd/{descriptor}").readlink().name)
        real_fsync(descriptor)

    def replace(path: Path, target: Path) -> Path:
        seen.append("name " + Path(target).name)
        return real_replace(path, target)

    def commit_entry(*arguments: object) -> None:
        real_commit(*arguments)
        seen.append("commit")

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(commit, "_commit", commit_entry)
    return seen


def test_an_append_flushes_data_before_the_commit_and_the_entry_before_the_answer(
    tmp_path: Path, events: list[str]
) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "5")
    events.clear()
    published(lake, 2, "6")
    data = next(event.removeprefix("name ") for event in events if event.startswith("name publish-2"))
    assert events == [
        next(event for event in events if event.startswith(f"sync .{data}")),
        f"name {data}",
        "sync year=2020",
        "commit",
        f"sync {entry(lake, 2).name}",
        "sync _delta_log",
        f"name {TABLE}",  # the mark, last
    ]


def test_a_new_partition_folder_is_flushed_in_its_parent(tmp_path: Path, events: list[str]) -> None:
    lake = new_lake(tmp_path)
    events.clear()
    published(lake, 1, "5")
    assert events.index(f"sync {TABLE}") < events.index("commit")


def test_a_new_table_is_flushed_with_all_its_folders(tmp_path: Path, events: list[str]) -> None:
    new_lake(tmp_path / "lake")
    assert {f"sync {TABLE}", "sync lake", "sync _delta_log", f"sync {0:020d}.json"} <= set(events)


def test_a_flush_that_fails_after_the_commit_is_reported_and_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "5")
    real = os.fsync

    def failing(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == entry(lake, 2).name:
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(LakeWriteFailed):
        published(lake, 2, "6")
    with pytest.raises(LakeWriteFailed):
        published(lake, 2, "6")  # still not on the disk: not answered with "already in"
    monkeypatch.undo()
    assert published(lake, 2, "6") is False
    assert total(DeltaLake(tmp_path)) == 11


def test_one_hundred_and_one_commits_make_one_checkpoint_and_it_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta, "MANY_FILES", 1000)
    lake = new_lake(tmp_path, partition_by=())
    folder = tmp_path / TABLE / "_delta_log"
    for seq in range(1, 100):
        published(lake, seq, "1")
    assert not [path for path in folder.iterdir() if "checkpoint" in path.name]
    for seq in range(100, 103):
        published(lake, seq, "1")
    checkpoints = [path.name for path in folder.iterdir() if path.name.endswith(".parquet")]
    assert checkpoints == [f"{100:020d}.checkpoint.parquet"]
    mark = lake._states.log(TABLE).read_mark()
    assert mark is not None
    assert mark.checkpoint is not None
    assert (mark.version, mark.checkpoint.version) == (102, 100)
    assert len(list(folder.glob("*.json"))) == 103  # no entry is ever cleaned away
    fresh = DeltaLake(tmp_path)
    assert total(fresh) == 102
    assert fresh.repairs == []
    assert lake.compact(TABLE) == 102
    assert total(fresh, 50) == 50
