"""The look at the lake that every workbench of an operator takes: it reads what has changed, and nothing twice."""

from collections import Counter
from pathlib import Path

import pytest

from jieyue.store import DeltaLake
from jieyue.store.files import LocalFiles
from tests.store.rows import data_files, entry, new_lake, published

#: Entries of the small lake: one makes the table, one is of each publication.
ENTRIES = 4


@pytest.fixture
def lake(tmp_path: Path) -> DeltaLake:
    new_lake(tmp_path)
    writer = DeltaLake(tmp_path)
    for seq in range(1, ENTRIES):
        assert published(writer, seq, str(seq))
    found = DeltaLake(tmp_path)
    found.snapshot()  # what opening it reads is not the look
    return found


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Name of a file → how often it was read, whole or at its edges."""
    counted: Counter[str] = Counter()
    for name in ("read", "edges"):
        own = getattr(LocalFiles, name)

        def told(self: LocalFiles, path: Path, *rest: int, own=own):
            counted[path.name] += 1
            return own(self, path, *rest)

        monkeypatch.setattr(LocalFiles, name, told)
    return counted


def names(lake: DeltaLake, versions: int = ENTRIES) -> list[str]:
    return sorted(
        [entry(lake, version).name for version in range(versions)] + [p.name for p in data_files(lake)]
    )


def test_the_first_look_reads_each_entry_and_file_once_and_the_next_none(lake: DeltaLake, read) -> None:
    assert lake.verify() == []
    assert read == Counter(dict.fromkeys(names(lake), 1))
    read.clear()
    assert lake.verify() == []
    assert read == Counter()


def test_a_commit_of_another_process_is_looked_at(lake: DeltaLake, tmp_path: Path, read) -> None:
    assert lake.verify() == []
    assert published(DeltaLake(tmp_path), ENTRIES, "9")
    read.clear()
    assert lake.verify() == []
    assert read[entry(lake, ENTRIES).name] >= 1
    newest = [path.name for path in data_files(lake) if path.name.startswith(f"publish-{ENTRIES}-")]
    assert [read[name] for name in newest] == [1]


@pytest.mark.parametrize("version", [0, 1, ENTRIES - 2])
def test_an_entry_that_is_gone_or_altered_since_a_good_look_is_said(lake: DeltaLake, version: int) -> None:
    assert lake.verify() == []
    path, whole = entry(lake, version), entry(lake, version).read_bytes()
    path.unlink()
    assert [(one.code, one.file) for one in lake.verify()] == [("lake.log", str(path))]
    path.write_bytes(whole[:-7])
    assert [(one.code, one.file) for one in lake.verify()] == [("lake.log", str(path))]
    path.write_bytes(whole.replace(b'"commitInfo":{', b'"commitInfo":{ ', 1))
    assert [(one.code, one.file) for one in lake.verify()] == [("lake.chain", str(path))]
    path.write_bytes(whole)
    assert lake.verify() == []


def test_an_entry_altered_in_place_with_its_length_and_time_kept_is_said(lake: DeltaLake) -> None:
    import os

    assert lake.verify() == []
    path = entry(lake, 1)
    kept = path.stat()
    with path.open("r+b") as file:
        file.seek(-3, os.SEEK_END)
        file.write(b"x")
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    assert [(one.code, one.file) for one in lake.verify()] == [("lake.log", str(path))]


def test_a_data_file_that_is_gone_or_cut_since_a_good_look_is_said(lake: DeltaLake) -> None:
    assert lake.verify() == []
    path = data_files(lake)[0]
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert [(one.code, one.file) for one in lake.verify()] == [("lake.file", str(path))]
    path.unlink()
    assert [(one.code, one.file) for one in lake.verify()] == [("lake.file", str(path))]
    path.write_bytes(whole)
    assert lake.verify() == []


def test_the_deep_look_reads_all_anew(lake: DeltaLake, read) -> None:
    assert lake.verify() == []
    read.clear()
    assert lake.verify(deep=True) == []
    assert all(read[name] >= 1 for name in names(lake))
