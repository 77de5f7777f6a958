"""Damaged data never become a sum: they are named."""

import random
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from jieyue.store import DeltaLake
from jieyue.store.errors import LakeCorrupt
from tests.other_types import written_anew
from tests.store.rows import TABLE, data_files, fact, facts, new_lake, published, total


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << (place % 8)
    path.write_bytes(data)


def test_a_flipped_bit_anywhere_in_a_data_file_is_found(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    lake.append(TABLE, facts([fact(n, 1, f"{n}.25") for n in range(500)]), txn=("publish", 1))
    (path,) = data_files(lake)
    places = random.Random(1).sample(range(path.stat().st_size), 40)
    for place in places:
        flip(path, place)
        with pytest.raises(LakeCorrupt) as caught:
            total(DeltaLake(tmp_path))
        assert caught.value.file == str(path)
        assert caught.value.table == TABLE
        flip(path, place)
    assert total(DeltaLake(tmp_path)) == Decimal(sum(range(500))) + Decimal(125)


def test_a_file_altered_while_the_process_runs_is_found_at_its_next_use(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "5")
    assert total(lake) == Decimal(5)
    flip(data_files(lake)[0], 40)
    with pytest.raises(LakeCorrupt, match="SHA-256"):
        total(lake)


@pytest.mark.parametrize("kind", ["missing", "short", "empty"])
def test_a_missing_or_cut_file_of_a_flushed_commit_is_corruption(tmp_path: Path, kind: str) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "5")
    published(lake, 2, "6")
    (path,) = [path for path in data_files(lake) if "publish-1-" in path.name]
    if kind == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: 0 if kind == "empty" else -1])
    with pytest.raises(LakeCorrupt) as caught:
        total(DeltaLake(tmp_path))
    assert caught.value.file == str(path)
    assert "备份" in caught.value.zh
    assert "backup" in caught.value.en
    (problem,) = DeltaLake(tmp_path).verify()
    assert (problem.code, problem.file) == ("lake.file", str(path))


def test_only_the_files_of_the_partitions_asked_for_are_read(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    rows = [fact(1, 1, "5"), fact(2, 1, "7", year=2021, period="2021-01")]
    lake.append(TABLE, facts(rows), txn=("publish", 1))
    (old,) = [path for path in data_files(lake) if "year=2020" in str(path)]
    flip(old, 40)
    fresh = DeltaLake(tmp_path)
    text = f"SELECT SUM(c110) AS s FROM cur_{TABLE}"
    found = fresh.engine.run(text, {"seq": 1}, partitions={TABLE: {"year": [2021]}})
    assert found["s"].to_pylist() == [Decimal(7)]
    with pytest.raises(LakeCorrupt):
        fresh.engine.run(text, {"seq": 1})


def test_the_deep_check_names_damage_double_keys_and_lost_rows(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "5")
    assert lake.verify(deep=True) == []
    lake.append(TABLE, facts([fact(100, 2, "5"), fact(7, 2, "5", replaces=999)]), txn=("publish", 2))
    assert [problem.code for problem in lake.verify(deep=True)] == ["lake.key_twice", "lake.replaces"]
    flip(data_files(lake)[0], 40)
    assert [problem.code for problem in lake.verify(deep=True)] == ["lake.corrupt"]
    assert lake.verify() == []


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("c110", pa.float64()),
        ("c110", pa.decimal128(18, 2)),
        ("c110", pa.int64()),
        ("o110", pa.int32()),
        ("version", pa.int32()),
        ("seq", pa.float64()),
        ("period", pa.binary()),
    ],
)
def test_a_file_with_columns_of_other_types_is_named_by_every_reader(
    tmp_path: Path, column: str, kind: pa.DataType
) -> None:
    """Another program wrote it: name, size, digest and log are right. A number would be another one, or none."""
    lake = new_lake(tmp_path)
    published(lake, 1, "5")
    assert total(lake) == Decimal(5)
    (path,) = written_anew(tmp_path, TABLE, {column: kind})
    fresh = DeltaLake(tmp_path)
    readers = [
        lambda: total(fresh),
        lambda: fresh.read(TABLE, ["version", "c110"]),
        lambda: list(fresh.scan(TABLE, ["c110"], seq=1)),
        lambda: fresh.compact(TABLE, sort_by=["version"]),
    ]
    for read in readers:
        with pytest.raises(LakeCorrupt) as caught:
            read()
        assert (caught.value.table, caught.value.file) == (TABLE, path)
        assert all(column in words and str(kind) in words for words in (caught.value.zh, caught.value.en))
    assert [(one.code, one.file) for one in DeltaLake(tmp_path).verify(deep=True)] == [("lake.corrupt", path)]
