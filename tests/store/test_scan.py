"""Reading current rows as columns: the same rows as a query over `cur_` gives, whatever was replaced and when."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jieyue.store import DeltaLake, datafile, scan
from jieyue.store.errors import LakeCorrupt, LakeSchemaError
from jieyue.store.schema import item_fields
from tests.store.rows import TABLE, fact, facts, new_lake, published


def scanned(lake: DeltaLake, seq: int, **partitions: list[int | str]) -> dict[int, Decimal | None]:
    """version → c110 of the current rows."""
    found = {}
    for rows in lake.scan(TABLE, ["version", "c110"], seq=seq, partitions={TABLE: partitions}):
        pairs = zip(rows.columns["version"].to_pylist(), rows.columns["c110"].to_pylist(), strict=True)
        kept = np.ones(len(rows.columns["version"]), bool) if rows.current is None else rows.current
        found |= {version: value for (version, value), there in zip(pairs, kept, strict=True) if there}
    return found


@settings(
    derandomize=True,
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 10**9), st.none() | st.integers(0, 20), st.sampled_from([2019, 2020])),
        max_size=8,
    )
)
def test_the_scanned_rows_are_those_that_nobody_replaced_yet(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int | None, int]]
) -> None:
    lake = new_lake(tmp_path_factory.mktemp("lake"))
    written: list[tuple[int, int, int | None, Decimal]] = []
    for seq, (units, pick, year) in enumerate(steps, start=1):
        value = Decimal(units).scaleb(-4)
        replaced = written[pick % len(written)][0] if pick is not None and written else None
        row = fact(1000 - seq, seq, str(value), replaces=replaced, year=year)  # versions need not ascend
        lake.append(TABLE, facts([row]), txn=("publish", seq))
        written.append((1000 - seq, seq, replaced, value))
    for seq in range(len(steps) + 1):
        known = [row for row in written if row[1] <= seq]
        gone = {replaced for _, _, replaced, _ in known}
        assert scanned(lake, seq) == {version: value for version, _, _, value in known if version not in gone}


def test_a_file_of_many_rows_loses_just_the_replaced_ones(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "1", "2", "3", "4")  # versions 100 … 103
    lake.append(TABLE, facts([fact(200, 2, "30", replaces=102)]), txn=("publish", 2))
    assert scanned(lake, 1) == {100 + n: Decimal(n + 1) for n in range(4)}
    assert scanned(lake, 2) == {100: 1, 101: 2, 103: 4, 200: 30}


def test_partitions_limit_what_is_read_but_not_what_replaces(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "1", "2")
    lake.append(TABLE, facts([fact(200, 2, "9", replaces=100, year=2021)]), txn=("publish", 2))
    assert scanned(lake, 2, year=[2020]) == {101: 2}
    assert scanned(lake, 2, year=[2021]) == {200: 9}


def test_a_column_younger_than_a_file_is_absent_from_its_rows(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "1")
    lake.add_columns(TABLE, item_fields(["990"]))
    (rows,) = lake.scan(TABLE, ["version", "c990"], seq=1)
    assert list(rows.columns) == ["version"]
    assert rows.partition == {"year": "2020"}


def test_a_damaged_file_and_a_table_without_currency_are_refused(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "1")
    (file,) = (tmp_path / TABLE).rglob("*.parquet")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(LakeCorrupt):
        list(DeltaLake(tmp_path).scan(TABLE, ["version"], seq=1))
    import pyarrow as pa

    lake.create_table("plain", pa.schema([pa.field("a", pa.int64())]))
    with pytest.raises(LakeSchemaError):
        list(lake.scan("plain", ["a"], seq=1))


def test_what_all_rows_of_a_file_say_is_told_and_not_read(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "1", "2")
    march = {"period": "2020-03", "first_month": 3, "last_month": 3}
    lake.append(TABLE, facts([fact(200, 2, "3"), fact(201, 2, "4", **march)]), txn=("publish", 2))
    lake.add_columns(TABLE, item_fields(["990"]))
    names = ["version", "period", "kind", "first_month", "o130", "node", "c990"]
    found = {}
    for rows in lake.scan(TABLE, names, seq=2, same=names[1:]):
        found[rows.columns["version"][0].as_py()] = (sorted(rows.columns), rows.same)
    alike = {"kind": "M", "o130": 9}
    assert found == {
        100: (
            ["node", "version"],
            {**alike, "period": "2020-01", "first_month": 1},
        ),  # no statistics where all is null
        200: (["first_month", "node", "period", "version"], alike),
    }


def test_row_groups_and_rows_around_the_wanted_numbers_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datafile, "ROW_GROUP_ROWS", 2)
    lake = new_lake(tmp_path)
    published(lake, 1, "1", "2", "3", "4", "5")  # institutions 1100 … 1104, two to a group
    lake.append(TABLE, facts([fact(200, 2, "30", replaces=103, institution=1103)]), txn=("publish", 2))
    assert scanned(lake, 1, institution=[1103]) == {103: 4}
    assert scanned(lake, 2, institution=[1103]) == {200: 30}
    assert scanned(lake, 2, institution=[1099]) == {}
    assert scanned(lake, 1, institution=[1104, 1100]) == {
        100: 1,
        101: 2,
        104: 5,
    }  # all between in what is read
    assert scanned(lake, 1, institution=[1101, 1102]) == {101: 2, 102: 3}


@pytest.mark.parametrize("few", [0, 16])
def test_a_file_is_read_in_one_piece_for_a_few_numbers_and_in_several_for_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(datafile, "ROW_GROUP_ROWS", 2)
    monkeypatch.setattr(scan, "_PIECE_ROWS", 3)
    monkeypatch.setattr(scan, "_FEW_WANTED", few)
    lake = new_lake(tmp_path)
    published(lake, 1, *(str(n) for n in range(8)))  # institutions 1100 … 1107, two to a group
    wanted = {TABLE: {"institution": [1104, 1101]}}
    parts = lake.scan(TABLE, ["version"], seq=1, partitions=wanted)
    read = [rows.columns["version"].to_pylist() for rows in parts]
    assert read == ([[101, 104]] if few else [[101], [104]])
    assert [rows.count for rows in lake.scan(TABLE, ["version"], seq=1)] == [4, 2, 2]
