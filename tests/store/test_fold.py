"""A log folded by hand says what delta-rs says of it; what is not ours is left to delta-rs."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from jieyue.store import DeltaLake, fold
from jieyue.store.errors import LakeCorrupt
from jieyue.store.files import LocalFiles
from jieyue.store.log import TableLog
from jieyue.store.schema import FACTS_PARTITION, facts_schema
from jieyue.store.state import read_state
from tests.store.rows import CODES, FORM, TABLE, fact, facts, new_lake, published


def by_delta_rs(lake: DeltaLake) -> object:
    return read_state(TABLE, lake.root, DeltaTable(str(lake.root / TABLE)))


def log_of(lake: DeltaLake) -> TableLog:
    return TableLog(lake.root, TABLE, LocalFiles())


def filled(folder: Path) -> DeltaLake:
    """A table that lived: two years, a column more, files replaced and files merged."""
    lake = DeltaLake(folder)
    lake.create_table(TABLE, facts_schema(FORM, CODES), FACTS_PARTITION, append_only=False)
    rows = [fact(100 + n, 1, "5", year=2020 + n % 2, period=f"{2020 + n % 2}-01") for n in range(4)]
    lake.append(TABLE, facts(rows), txn=("publish", 1))
    lake.add_columns(
        TABLE, [pa.field("c140", pa.decimal128(18, 4)), pa.field("said", pa.timestamp("us", "UTC"))]
    )
    for number in (2, 3, 4):
        published(lake, number, "7", "8")
    old = [file for file in lake.snapshot([TABLE]).tables[TABLE].files if file.rows == 2][:1]
    lake.correct(TABLE, facts([fact(900, 5, "1")]), removes=old, txn=("publish", 5), notes=[("rules", 3)])
    lake.compact(TABLE, {"year": 2020})
    published(lake, 6, "9")
    return lake


def test_a_log_folded_by_hand_is_what_delta_rs_makes_of_it_step_by_step(tmp_path: Path) -> None:
    lake = filled(tmp_path)
    folder = lake.root / TABLE / "_delta_log"
    entries = {path: path.read_bytes() for path in sorted(folder.glob("*.json"))}
    assert len(entries) == 9
    for path in entries:
        path.unlink()
    for path, data in entries.items():
        path.write_bytes(data)
        found = fold.fold(log_of(lake))
        assert found is not None
        assert found == by_delta_rs(lake)
        assert found.schema.equals(by_delta_rs(lake).schema)
    assert [file.rows for file in found.files] == [1, 7, 2]
    assert found.schema.field("said").type == pa.timestamp("us", tz="UTC")


def test_a_table_without_partitions_and_one_without_rows_are_folded(tmp_path: Path) -> None:
    lake = new_lake(tmp_path, partition_by=())
    assert fold.fold(log_of(lake)) == by_delta_rs(lake)
    published(lake, 1, "5")
    assert fold.fold(log_of(lake)) == by_delta_rs(lake)


def _rewrite(version: int, change: Callable[[bytes], bytes]) -> Callable[[DeltaLake], None]:
    def change_it(lake: DeltaLake) -> None:
        path = log_of(lake).entry_path(version)
        path.write_bytes(change(path.read_bytes()))

    return change_it


def _gap(lake: DeltaLake) -> None:
    log_of(lake).entry_path(3).unlink()


def _another_writer(lake: DeltaLake) -> None:
    write_deltalake(
        str(lake.root / TABLE), facts([fact(1, 7, "5")], CODES), mode="append", schema_mode="merge"
    )


def _add_line(line: dict[str, object]) -> Callable[[bytes], bytes]:
    """The entry with one more line that it promises."""

    def added(data: bytes) -> bytes:
        lines = data.decode().strip().split("\n")
        head = json.loads(lines[0])
        head["commitInfo"]["jieyue"]["lines"] += 1
        return "\n".join([json.dumps(head), *lines[1:], json.dumps(line)]).encode()

    return added


@pytest.mark.parametrize(
    "change",
    [
        _rewrite(
            4, lambda data: data.replace(b'"publish"', b'"another"')
        ),  # the next entry says another digest
        _rewrite(8, lambda data: data[:-9]),
        _rewrite(8, lambda data: data.rpartition(b"\n")[0]),
        _rewrite(8, lambda data: b""),
        _rewrite(8, _add_line({"protocol": {"minReaderVersion": 3, "minWriterVersion": 7}})),
        _rewrite(8, _add_line({"domainMetadata": {"domain": "x", "configuration": "", "removed": False}})),
        _rewrite(8, lambda data: data.replace(b'"baseRowId":null', b'"deletionVector":{"cardinality":1}')),
        _rewrite(8, lambda data: data.replace(b"numRecords", b"numOthers_")),
        _rewrite(8, lambda data: data.replace(b'"year":"2020"', b'"year":"2021"')),
        _gap,
        _another_writer,
    ],
)
def test_a_log_that_is_not_wholly_ours_is_left_to_delta_rs(
    tmp_path: Path, change: Callable[[DeltaLake], None]
) -> None:
    lake = filled(tmp_path)
    assert fold.fold(log_of(lake)) is not None
    change(lake)
    assert fold.fold(log_of(lake)) is None


def test_an_altered_entry_beneath_sound_ones_is_still_named(tmp_path: Path) -> None:
    lake = filled(tmp_path)
    _rewrite(4, lambda data: data.replace(b'"publish"', b'"another"'))(lake)
    with pytest.raises(LakeCorrupt, match=r"00004\.json"):
        DeltaLake(tmp_path).snapshot([TABLE])


def test_a_long_log_is_left_to_delta_rs_and_its_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = filled(tmp_path)
    monkeypatch.setattr(fold, "MANY_ENTRIES", 8)
    assert fold.fold(log_of(lake)) is None
    assert DeltaLake(tmp_path).snapshot([TABLE]).tables[TABLE] == by_delta_rs(lake)


def test_a_writer_goes_on_from_a_state_that_was_folded_by_hand(tmp_path: Path) -> None:
    filled(tmp_path)
    lake = DeltaLake(tmp_path)
    assert lake.snapshot([TABLE]).tables[TABLE].version == 8
    assert lake.last_txn(TABLE, "publish") == 6
    assert published(lake, 7, "3") is True
    assert published(lake, 7, "3") is False
    assert lake.snapshot([TABLE]).tables[TABLE] == by_delta_rs(lake)
    assert lake.snapshot([TABLE]).tables[TABLE].version == 9


def test_a_restored_table_as_long_as_the_one_before_is_written_to_by_its_own_rules(tmp_path: Path) -> None:
    lake, backup = DeltaLake(tmp_path / "here"), DeltaLake(tmp_path / "backup")
    for one, append_only in ((lake, True), (backup, False)):
        one.create_table(TABLE, facts_schema(FORM, CODES), FACTS_PARTITION, append_only=append_only)
        published(one, 3, "7")
    assert lake.last_txn(TABLE, "publish") == 3
    for folder in (TABLE, ".marks"):
        shutil.rmtree(lake.root / folder)
        shutil.copytree(backup.root / folder, lake.root / folder)
    lake.add_columns(TABLE, [pa.field("said", pa.int64())])
    configuration = DeltaTable(str(lake.root / TABLE)).metadata().configuration
    assert configuration["delta.appendOnly"] == "false"
