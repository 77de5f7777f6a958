"""After a power cut: torn and empty last log entries, torn checkpoints and hints are mended on open."""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from jieyue.store import DeltaLake, commit
from jieyue.store.errors import LakeCorrupt
from tests.store.rows import TABLE, data_files, entry, new_lake, published, total


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A lake with publications 1, 2, 3 of values 1, 20, 300 (log versions 1, 2, 3)."""
    lake = new_lake(tmp_path / "lake")
    published(lake, 1, "1")
    published(lake, 2, "20")
    published(lake, 3, "300")
    return lake.root


def unmark(folder: Path, version: int) -> None:
    """Set the mark back to an older version, as it stands when power fails before the last flush."""
    lake = DeltaLake(folder)
    log = lake._states.log(TABLE)
    mark = log.read_mark()
    assert mark is not None
    log.write_mark(type(mark)(version, entry(lake, version).read_bytes(), mark.checkpoint))


def test_a_last_entry_cut_at_any_byte_is_taken_out(three: Path) -> None:
    last = entry(DeltaLake(three), 3)
    whole, marks, aside = last.read_bytes(), three / ".marks" / TABLE, three / ".aside" / TABLE
    unmark(three, 2)
    mark = marks.read_bytes()
    for length in range(len(whole)):
        marks.write_bytes(mark)
        last.write_bytes(whole[:length])
        lake = DeltaLake(three)
        table = lake.snapshot([TABLE]).tables[TABLE]
        assert (table.version, table.rows) == (2, 2), length
        assert [(mended.what, mended.file) for mended in lake.repairs] == [("dropped", last.name)]
        assert not last.exists()
        (kept,) = aside.iterdir()
        assert kept.read_bytes() == whole[:length]
        kept.unlink()
    assert total(DeltaLake(three)) == Decimal(21)
    assert DeltaLake(three).last_txn(TABLE, "publish") == 2


def test_after_the_repair_the_publication_goes_in_again(three: Path) -> None:
    unmark(three, 2)
    entry(DeltaLake(three), 3).write_bytes(b"")
    lake = DeltaLake(three)
    assert published(lake, 3, "300") is True
    assert total(lake) == Decimal(321)
    assert published(lake, 3, "300") is False
    assert lake.verify(deep=True) == []


@pytest.mark.parametrize("cut", [0, 1, 200, -1])
def test_a_flushed_last_entry_that_was_damaged_is_put_back(three: Path, cut: int) -> None:
    last = entry(DeltaLake(three), 3)
    last.write_bytes(last.read_bytes()[:cut])
    lake = DeltaLake(three)
    assert total(lake) == Decimal(321)
    assert [mended.what for mended in lake.repairs] == ["restored"]
    assert lake.verify(deep=True) == []


def test_a_flushed_last_entry_that_vanished_is_put_back(three: Path) -> None:
    entry(DeltaLake(three), 3).unlink()
    assert total(DeltaLake(three)) == Decimal(321)


def test_a_commit_whose_file_was_never_written_out_is_taken_out(three: Path) -> None:
    newest = next(path for path in data_files(DeltaLake(three)) if "publish-3-" in path.name)
    unmark(three, 2)
    newest.write_bytes(newest.read_bytes()[:100])
    assert total(DeltaLake(three)) == Decimal(21)
    newest.unlink()
    entry(DeltaLake(three), 3).write_bytes(
        (three / ".aside" / TABLE / entry(DeltaLake(three), 3).name).read_bytes()
    )
    assert total(DeltaLake(three)) == Decimal(21)


def test_without_a_mark_only_the_top_is_judged(three: Path) -> None:
    shutil.rmtree(three / ".marks")
    assert total(DeltaLake(three)) == Decimal(321)
    shutil.rmtree(three / ".marks")
    last = entry(DeltaLake(three), 3)
    last.write_bytes(last.read_bytes()[:-1])
    assert total(DeltaLake(three)) == Decimal(21)


@pytest.mark.parametrize("content", [b"", b'{"commitInfo":', None])
def test_a_damaged_entry_beneath_a_sound_one_is_corruption(three: Path, content: bytes | None) -> None:
    shutil.rmtree(three / ".marks")
    second = entry(DeltaLake(three), 2)
    if content is None:
        second.unlink()
    else:
        second.write_bytes(content)
    with pytest.raises(LakeCorrupt):
        total(DeltaLake(three))


def test_acknowledged_commits_that_vanished_are_corruption_not_silence(three: Path) -> None:
    for version in (2, 3):
        entry(DeltaLake(three), version).unlink()
    with pytest.raises(LakeCorrupt, match="2–3"):
        total(DeltaLake(three))


def test_an_altered_older_entry_breaks_the_chain(three: Path) -> None:
    second = entry(DeltaLake(three), 2)
    text = second.read_text()
    stats = json.loads(text.splitlines()[1])["add"]["stats"]
    assert '"seq": 2' in stats
    second.write_text(text.replace('\\"seq\\": 2', '\\"seq\\": 7'))
    with pytest.raises(LakeCorrupt, match=second.name):
        total(DeltaLake(three), 3)


def test_a_torn_creation_is_taken_out_and_the_table_made_anew(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    shutil.rmtree(tmp_path / ".marks")
    first = entry(lake, 0)
    first.write_bytes(first.read_bytes()[:300])
    assert DeltaLake(tmp_path).tables() == []
    published(new_lake(tmp_path), 1, "5")
    assert total(DeltaLake(tmp_path)) == Decimal(5)


@pytest.fixture
def with_checkpoint(three: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lake after publication 4 (value 4000), with our checkpoint at log version 4."""
    monkeypatch.setattr(commit, "CHECKPOINT_EVERY", 4)
    published(DeltaLake(three), 4, "4000")
    assert (three / TABLE / "_delta_log" / f"{4:020d}.checkpoint.parquet").exists()
    return three


@pytest.mark.parametrize("cut", [0, 4, 1000, -1])
def test_a_torn_checkpoint_is_dropped_with_its_hint(with_checkpoint: Path, cut: int) -> None:
    folder = with_checkpoint / TABLE / "_delta_log"
    checkpoint = folder / f"{4:020d}.checkpoint.parquet"
    checkpoint.write_bytes(checkpoint.read_bytes()[:cut])
    lake = DeltaLake(with_checkpoint)
    assert total(lake) == Decimal(4321)
    assert not checkpoint.exists()
    assert not (folder / "_last_checkpoint").exists()
    assert [mended.what for mended in lake.repairs] == ["checkpoint"]


def test_a_flipped_bit_in_a_checkpoint_drops_it(with_checkpoint: Path) -> None:
    checkpoint = with_checkpoint / TABLE / "_delta_log" / f"{4:020d}.checkpoint.parquet"
    data = bytearray(checkpoint.read_bytes())
    data[len(data) // 2] ^= 1
    checkpoint.write_bytes(data)
    assert total(DeltaLake(with_checkpoint)) == Decimal(4321)
    assert not checkpoint.exists()


@pytest.mark.parametrize("hint", [b"", b"{", b'{"version":9,"size":3}'])
def test_a_left_over_or_torn_hint_is_dropped(three: Path, hint: bytes) -> None:
    path = three / TABLE / "_delta_log" / "_last_checkpoint"
    path.write_bytes(hint)
    assert total(DeltaLake(three)) == Decimal(321)
    assert not path.exists()


def test_a_doubtful_checkpoint_is_not_dropped_when_the_entries_are_gone(with_checkpoint: Path) -> None:
    checkpoint = with_checkpoint / TABLE / "_delta_log" / f"{4:020d}.checkpoint.parquet"
    entry(DeltaLake(with_checkpoint), 0).unlink()
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1])
    with pytest.raises(LakeCorrupt):
        total(DeltaLake(with_checkpoint))
    assert checkpoint.exists()


def test_left_over_temporary_entries_are_swept(three: Path) -> None:
    stray = three / TABLE / "_delta_log" / f"{4:020d}.json#1"
    stray.write_bytes(b"half")
    published(DeltaLake(three), 4, "4000")
    unmark(three, 3)
    published(DeltaLake(three), 5, "50000")
    assert not stray.exists()
    assert total(DeltaLake(three)) == Decimal(54321)
