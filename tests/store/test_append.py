"""Rows go in once, exactly, and can be read as of any publication."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from jieyue.store import DeltaLake
from jieyue.store.errors import LakeSchemaError
from jieyue.store.schema import DIMENSIONS, facts_schema, item_fields
from tests.store.rows import CODES, FORM, TABLE, data_files, fact, facts, new_lake, published, total


def test_rows_are_seen_from_their_publication_on(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 3, "1.5000", "2.2500")
    published(lake, 5, "0.0001")
    assert total(lake, 2) is None
    assert total(lake, 3) == Decimal("3.7500")
    assert total(lake, 4) == Decimal("3.7500")
    assert total(lake, 5) == Decimal("3.7501")


def test_a_replaced_row_counts_until_its_successor_is_published(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "10", "20")
    lake.append(TABLE, facts([fact(900, 2, "7", replaces=100)]), txn=("publish", 2))
    assert total(lake, 1) == Decimal(30)
    assert total(lake, 2) == Decimal(27)


def test_a_successor_in_another_partition_is_found_although_only_one_is_asked_for(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "10", "20")
    moved = fact(900, 2, "7", replaces=100, year=2021, period="2021-01")
    lake.append(TABLE, facts([moved]), txn=("publish", 2))
    only_2020 = {TABLE: {"year": [2020]}}
    found = lake.engine.run(f"SELECT SUM(c110) AS s FROM cur_{TABLE}", {"seq": 2}, partitions=only_2020)
    assert found["s"][0].as_py() == Decimal(20)


def test_a_row_that_is_gone_only_removes(tmp_path: Path) -> None:
    lake = DeltaLake(tmp_path)
    schema = DIMENSIONS["dim_membership"]()
    lake.create_table("dim_membership", schema)
    row = {
        "row_id": 1,
        "seq": 1,
        "replaces": None,
        "gone": False,
        "institution": 7,
        "tree": "area",
        "node": 5,
    }
    row |= {"valid_from": "2020-01-01", "valid_to": "9999-12-31"}
    for number, changes in enumerate(({}, {"row_id": 2, "seq": 2, "replaces": 1, "gone": True}), start=1):
        values = [{**row, **changes}]
        table = pa.Table.from_pylist(values).cast(schema)
        lake.append("dim_membership", table, txn=("publish", number))
    count = "SELECT count(*) AS n FROM cur_dim_membership"
    assert lake.engine.run(count, {"seq": 1})["n"][0].as_py() == 1
    assert lake.engine.run(count, {"seq": 2})["n"][0].as_py() == 0


def test_the_same_transaction_is_in_only_once_also_from_a_fresh_handle(tmp_path: Path) -> None:
    assert published(new_lake(tmp_path), 1, "5") is True
    again = DeltaLake(tmp_path)
    assert again.last_txn(TABLE, "publish") == 1
    assert published(again, 1, "5") is False
    assert total(again) == Decimal(5)
    assert again.last_txn(TABLE, "fold") is None


def test_equal_rows_of_two_transactions_are_both_kept(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    for number in (1, 2):
        assert lake.append(TABLE, facts([fact(1, 1, "5")]), txn=("publish", number))
    assert lake.engine.run(f"SELECT SUM(c110) AS s FROM {TABLE}")["s"][0].as_py() == Decimal(10)


def test_a_publication_without_rows_is_remembered(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    assert lake.append(TABLE, facts([]), txn=("publish", 4)) is True
    assert DeltaLake(tmp_path).last_txn(TABLE, "publish") == 4
    assert data_files(lake) == []


def test_an_empty_table_answers_with_typed_columns(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    rows = lake.engine.run(f"SELECT * FROM cur_{TABLE}", {"seq": 1})
    assert rows.num_rows == 0
    assert rows.schema.field("c110").type == pa.decimal128(18, 4)
    assert rows.schema.field("year").type == pa.int32()


def test_added_columns_are_null_before_and_hold_values_after(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "10")
    lake.add_columns(TABLE, item_fields(["150"]))
    text = f"SELECT SUM(c110) AS a, SUM(c150) AS b FROM cur_{TABLE}"
    assert lake.engine.run(text, {"seq": 9}).to_pylist() == [{"a": Decimal(10), "b": None}]
    wide = facts([fact(900, 2, "1", c150=Decimal("0.5"), o150=1)], [*CODES, "150"])
    assert lake.append(TABLE, wide, txn=("publish", 2))
    published(lake, 3, "100")
    assert lake.engine.run(text, {"seq": 9}).to_pylist() == [{"a": Decimal(111), "b": Decimal("0.5")}]
    lake.add_columns(TABLE, item_fields(["150"]))
    assert lake.snapshot().versions == {TABLE: 4}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda t: t.append_column("c999", pa.nulls(1, pa.int64())), "c999"),
        (lambda t: t.drop_columns(["scheme"]), "scheme"),
        (lambda t: t.set_column(0, "version", pa.nulls(1, pa.int64())), "version"),
        (lambda t: t.set_column(13, "c110", pa.array([1.5])), "c110"),
        (lambda t: t.set_column(13, "c110", pa.array([Decimal("1.00005")])), "c110"),
        (lambda t: t.set_column(14, "o110", pa.array([200], pa.uint8())), "o110"),
    ],
)
def test_rows_that_do_not_fit_are_refused_and_nothing_is_stored(tmp_path: Path, change, word: str) -> None:
    lake = new_lake(tmp_path)
    with pytest.raises(LakeSchemaError, match=word):
        lake.append(TABLE, change(facts([fact(1, 1, "5")])), txn=("publish", 1))
    assert lake.last_txn(TABLE, "publish") is None
    assert not list((tmp_path / TABLE).rglob("*.parquet"))


def test_origins_may_come_as_unsigned_bytes(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    rows = facts([fact(1, 1, "5")])
    rows = rows.set_column(14, "o110", pa.array([5], pa.uint8()))
    lake.append(TABLE, rows, txn=("publish", 1))
    assert lake.engine.run(f"SELECT o110 FROM {TABLE}")["o110"].to_pylist() == [5]


def test_creating_a_table_again_is_harmless_and_another_shape_is_refused(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    lake.create_table(TABLE, facts_schema(FORM, CODES), ("year",))
    assert lake.tables() == [TABLE]
    with pytest.raises(LakeSchemaError, match="c999"):
        lake.create_table(TABLE, facts_schema(FORM, ["999"]), ("year",))
    with pytest.raises(LakeSchemaError, match="year"):
        lake.create_table(TABLE, facts_schema(FORM, CODES), ())
    with pytest.raises(LakeSchemaError, match="no table"):
        published(DeltaLake(tmp_path / "other"), 1, "5")


def test_a_lake_below_a_folder_with_chinese_and_blanks(tmp_path: Path) -> None:
    lake = new_lake(tmp_path / "节约 城市's")
    published(lake, 1, "5")
    assert total(DeltaLake(lake.root)) == Decimal(5)


def test_files_are_written_as_decided(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    lake = new_lake(tmp_path)
    rows = [fact(number, 1, "1.0000") for number in range(9_217)]
    lake.append(TABLE, facts(rows), txn=("publish", 1))
    (path,) = data_files(lake)
    found = pq.ParquetFile(path)
    column = found.metadata.row_group(0).column(found.schema_arrow.get_field_index("c110"))
    groups = [found.metadata.row_group(number).num_rows for number in range(found.metadata.num_row_groups)]
    assert groups == [4_609, 4_608]
    assert column.physical_type == "INT64"
    assert column.compression == "LZ4"
    assert "RLE_DICTIONARY" not in column.encodings
    assert path.parent.name == "year=2020"
    assert "year" not in found.schema_arrow.names
