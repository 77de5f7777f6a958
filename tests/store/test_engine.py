"""The engine: exact sums on any number of threads, pinned snapshots, texts with tables, slots and parameters."""

import os
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jieyue.store import DeltaLake, EngineSettings, delta, sql, state
from jieyue.store.errors import LakeCorrupt, LakeError, LakeQueryError
from tests.store.rows import TABLE, entry, fact, facts, new_lake, published, total


def test_decimal_sums_are_exact_on_any_number_of_threads(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    # 60,000 values whose float sum depends on the order: large and tiny ones alternate.
    values = ["99999999999.9999" if n % 2 else "0.0001" for n in range(60_000)]
    lake.append(TABLE, facts([fact(n, 1, value) for n, value in enumerate(values)]), txn=("publish", 1))
    for threads in (1, 2, 4):
        other = DeltaLake(tmp_path, settings=EngineSettings(threads=threads))
        assert total(other) == Decimal("99999999999.9999") * 30_000 + Decimal("0.0001") * 30_000


@settings(
    derandomize=True,
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(
        st.tuples(
            st.integers(-(10**17), 10**17), st.none() | st.integers(0, 20), st.sampled_from([2019, 2020])
        ),
        max_size=8,
    )
)
def test_the_current_rows_are_those_that_nobody_replaced_yet(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int | None, int]]
) -> None:
    lake = new_lake(tmp_path_factory.mktemp("lake"))
    written: list[tuple[int, Decimal, int | None]] = []
    for seq, (units, pick, year) in enumerate(steps, start=1):
        value = Decimal(units).scaleb(-4)
        replaced = written[pick % len(written)][0] if pick is not None and written else None
        row = fact(seq * 7, seq, str(value), replaces=replaced, year=year)
        lake.append(TABLE, facts([row]), txn=("publish", seq))
        written.append((seq * 7, value, replaced))
        if seq == 4:
            lake.compact(TABLE)
    for seq in range(len(written) + 1):
        then = written[:seq]
        gone = {replaced for _, _, replaced in then}
        values = [value for version, value, _ in then if version not in gone]
        assert total(lake, seq) == (sum(values, Decimal(0)) if values else None)


def test_a_pinned_snapshot_stays_as_it_was(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "5")
    pinned = lake.snapshot()
    published(lake, 2, "6")
    lake.compact(TABLE)
    text = f"SELECT SUM(c110) AS s FROM {TABLE}"
    assert lake.engine.run(text, snapshot=pinned)["s"].to_pylist() == [Decimal(5)]
    assert lake.engine.run(text)["s"].to_pylist() == [Decimal(11)]
    assert (pinned.versions, lake.snapshot().versions) == ({TABLE: 1}, {TABLE: 3})


def test_readers_see_whole_publications_while_a_writer_appends(tmp_path: Path) -> None:
    writer = new_lake(tmp_path)
    published(writer, 1, "1", "-1")
    reader, done, wrong = DeltaLake(tmp_path), threading.Event(), []

    def read() -> None:
        last = 0
        while not done.is_set():
            found = reader.engine.run(f"SELECT count(*) AS n, SUM(c110) AS s FROM {TABLE}").to_pylist()[0]
            if found["s"] != 0 or found["n"] % 2 or found["n"] < last:
                wrong.append(found)
            last = found["n"]

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for seq in range(2, 12):
        published(writer, seq, str(seq), str(-seq))
        if seq == 6:
            writer.compact(TABLE)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert total(reader) == 0


def test_a_reader_that_must_wait_for_a_repair_does_not_stop_the_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(new_lake(tmp_path), 1, "5")
    entry(DeltaLake(tmp_path), 1).write_bytes(b"")
    lake, waiting, seen, written = DeltaLake(tmp_path), threading.Event(), [], []

    def settle(*arguments: Any) -> list[Any]:
        waiting.set()
        return real(*arguments)

    real = state.settle
    monkeypatch.setattr(state, "settle", settle)
    reader = threading.Thread(
        target=lambda: seen.append(lake.snapshot([TABLE]).tables[TABLE].rows), daemon=True
    )

    def write() -> None:
        with lake.lock.hold():
            reader.start()
            waiting.wait()
            written.append(published(lake, 2, "6"))

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    writer.join(timeout=30)
    reader.join(timeout=30)
    assert written == [True]
    assert seen in ([1], [2])  # before or after the writer's commit, who mends the log first


def test_the_engine_spills_to_disk_within_its_memory(tmp_path: Path) -> None:
    lake = DeltaLake(tmp_path, settings=EngineSettings(threads=2, memory_limit="60MB"))
    text = "SELECT count(*) AS n FROM (SELECT DISTINCT range AS a, range * 7 AS b FROM range(3000000))"
    assert lake.engine.run(text)["n"].to_pylist() == [3_000_000]


def test_two_writers_take_turns_and_lose_nothing(tmp_path: Path) -> None:
    new_lake(tmp_path)
    failures: list[BaseException] = []

    def write(application: str) -> None:
        try:
            lake = DeltaLake(tmp_path)
            for number in range(1, 6):
                version = number + (100 if application == "fold" else 0)
                lake.append(TABLE, facts([fact(version, number, "1")]), txn=(application, number))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("publish", "fold")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert total(DeltaLake(tmp_path)) == 10


def test_files_are_left_out_by_partition_and_by_their_smallest_and_largest_values(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    for seq, year in ((1, 2019), (2, 2020), (3, 2020)):
        row = fact(seq, seq, str(seq), year=year, institution=seq * 10)
        lake.append(TABLE, facts([row]), txn=("publish", seq))
    table = lake.snapshot().tables[TABLE]

    def kept(**wanted: list[int]) -> list[int]:
        return sorted(file.minimum["institution"] for file in sql.pruned(table, wanted))

    assert kept() == [10, 20, 30]
    assert kept(year=[2020]) == [20, 30]
    assert kept(year=[2020], institution=[30, 99]) == [30]
    assert kept(node=[5]) == []
    assert [file.minimum["seq"] for file in sql.visible(table.files, 1)] == [1]
    with pytest.raises(LakeQueryError, match="colour"):
        kept(colour=[1])


def test_a_text_has_its_tables_slots_and_parameters_filled(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "5", "6")
    text = f"""
    -- {{not_a_slot}} and $nothing in a comment; are no concern
    WITH big AS (SELECT * FROM cur_{TABLE} WHERE c110 > $least)
    SELECT {{sums}} FROM big;
    """
    slots = {"sums": ["SUM(c110) AS c110", "count(*) AS n"]}
    params = {"seq": 1, "least": Decimal("5.5"), "spare": 3}
    assert lake.engine.run(text, params, slots=slots).to_pylist() == [{"c110": Decimal(6), "n": 1}]


@pytest.mark.parametrize(
    ("text", "params", "slots", "word"),
    [
        ("SELECT $a AS a", {}, {}, "'a'"),
        ("SELECT {a}", {}, {}, "'a'"),
        ("SELECT {a}", {}, {"a": "1; DROP TABLE x"}, "slot a"),
        (f"SELECT * FROM cur_{TABLE}", {}, {}, "seq"),
        (f"SELECT * FROM cur_{TABLE}", {"seq": "1 OR 1=1"}, {}, "seq"),
        ("SELECT * FROM nowhere", {}, {}, "nowhere"),
        ("SELECT * FROM read_csv('/etc/passwd')", {}, {}, "passwd"),
        ("SET threads = 1", {}, {}, "locked"),
    ],
)
def test_a_text_that_does_not_fit_is_refused(
    tmp_path: Path, text: str, params: dict[str, object], slots: dict[str, str], word: str
) -> None:
    lake = new_lake(tmp_path)
    with pytest.raises(LakeQueryError, match=word):
        lake.engine.run(text, params, slots=slots)


@pytest.mark.parametrize("name", ["no_such_query", "../secret", "A"])
def test_an_unknown_query_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LakeQueryError):
        DeltaLake(tmp_path).query(name)


def test_every_query_text_of_the_product_is_one_statement() -> None:
    folder = Path(sql.__file__).parent / "queries"
    texts = [sql.query_text(path.stem) for path in folder.glob("*.sql")]
    assert all(text and ";" not in text for text in texts)


def test_compaction_keeps_every_row_and_answer(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    for seq in range(1, 6):
        published(lake, seq, str(seq), "10")
    lake.append(TABLE, facts([fact(900, 6, "0.5", replaces=100)]), txn=("publish", 6))
    before = [total(lake, seq) for seq in range(8)]
    rows = lake.engine.run(f"SELECT * FROM {TABLE} ORDER BY version")
    assert lake.compact(TABLE, {"year": 2020}, sort_by=["institution"]) == 6
    assert len(lake.snapshot().tables[TABLE].files) == 1
    assert [total(lake, seq) for seq in range(8)] == before
    assert lake.engine.run(f"SELECT * FROM {TABLE} ORDER BY version").equals(rows)
    assert lake.compact(TABLE) == 0
    assert lake.last_txn(TABLE, "publish") == 6
    assert lake.vacuum(TABLE) == []  # younger than a day: kept for readers of older snapshots
    assert lake.verify(deep=True) == []


def test_small_files_are_merged_as_they_gather(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta, "MANY_FILES", 4)
    lake = new_lake(tmp_path)
    for seq in range(1, 12):
        published(lake, seq, "1")
        assert len(lake.snapshot().tables[TABLE].files) <= 4
    assert [total(lake, seq) for seq in range(1, 12)] == list(range(1, 12))
    assert lake.verify(deep=True) == []


def test_a_damaged_old_file_does_not_keep_new_rows_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta, "MANY_FILES", 2)
    lake = new_lake(tmp_path)
    published(lake, 1, "1")
    published(lake, 2, "1")
    damaged = Path(lake.snapshot().tables[TABLE].files[0].path)
    damaged.write_bytes(damaged.read_bytes()[:-9] + b"altered!!")
    assert published(lake, 3, "1") is True
    with pytest.raises(LakeCorrupt):
        total(lake)


def test_vacuum_removes_what_no_version_in_use_names_after_a_day(tmp_path: Path) -> None:
    lake = new_lake(tmp_path)
    published(lake, 1, "1")
    published(lake, 2, "2")
    old = [Path(file.path) for file in lake.snapshot().tables[TABLE].files]
    lake.compact(TABLE)
    for path in old:
        os.utime(path, (0, 0))
    with pytest.raises(LakeError):
        lake.vacuum(TABLE, hours=1)
    assert lake.vacuum(TABLE) == []  # old files, but taken out of the table just now
    for path in (tmp_path / TABLE / "_delta_log").glob("*.json"):
        os.utime(path, (0, 0))
    assert sorted(lake.vacuum(TABLE)) == sorted(old)
    assert total(DeltaLake(tmp_path)) == 3


def test_a_derived_table_has_files_replaced_in_one_commit(tmp_path: Path) -> None:
    lake = DeltaLake(tmp_path)
    schema = pa.schema([pa.field("point", pa.int64(), nullable=False), pa.field("use", pa.decimal128(18, 4))])
    lake.create_table("intervals", schema, append_only=False)

    def rows(point: int, use: str) -> pa.Table:
        return pa.Table.from_pylist([{"point": point, "use": Decimal(use)}], schema=schema)

    lake.append("intervals", rows(1, "5"), txn=("from", 1))
    lake.append("intervals", rows(2, "7"), txn=("from", 2))
    table = lake.snapshot(["intervals"]).tables["intervals"]
    touched = list(sql.pruned(table, {"point": [1]}))
    assert lake.correct("intervals", rows(1, "6"), removes=touched, txn=("from", 3)) is True
    assert lake.correct("intervals", rows(1, "9"), removes=touched, txn=("from", 3)) is False
    found = DeltaLake(tmp_path).engine.run("SELECT point, use FROM intervals ORDER BY point")
    assert found.to_pylist() == [{"point": 1, "use": Decimal(6)}, {"point": 2, "use": Decimal(7)}]


def test_files_that_gathered_are_not_merged_away_from_under_a_correction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta, "MANY_FILES", 2)
    lake = DeltaLake(tmp_path)
    schema = pa.schema([pa.field("point", pa.int64(), nullable=False), pa.field("use", pa.int64())])
    lake.create_table("intervals", schema, append_only=False)
    lake.append("intervals", pa.table({"point": [1], "use": [5]}, schema=schema), txn=("from", 1))
    lake.append("intervals", pa.table({"point": [2], "use": [7]}, schema=schema), txn=("from", 2))
    touched = list(sql.pruned(lake.snapshot(["intervals"]).tables["intervals"], {"point": [1]}))
    assert lake.correct(
        "intervals", pa.table({"point": [1], "use": [6]}, schema=schema), removes=touched, txn=("from", 3)
    )
    found = DeltaLake(tmp_path).engine.run("SELECT point, use FROM intervals ORDER BY point")
    assert found.to_pylist() == [{"point": 1, "use": 6}, {"point": 2, "use": 7}]


_SERIES = pa.schema([pa.field("ym", pa.int32(), nullable=False), pa.field("value", pa.int64())])


def series(tmp_path: Path) -> DeltaLake:
    """Three rows of two months, in an append-only table."""
    lake = DeltaLake(tmp_path)
    lake.create_table("readings", _SERIES, ["ym"])
    lake.append(
        "readings", pa.table({"ym": [1, 1, 2], "value": [10, 20, 30]}, schema=_SERIES), txn=("ingest", 1)
    )
    return lake


def test_rows_that_are_let_go_are_gone_the_others_stay_and_count_as_old(tmp_path: Path) -> None:
    lake = series(tmp_path)
    before = lake.snapshot(["readings"]).tables["readings"]
    first = [file for file in before.files if file.partition["ym"] == "1"]
    stay = pa.table({"ym": [1], "value": [20]}, schema=_SERIES)
    assert lake.let_go("readings", [stay], removes=first, txn=("kept", 2)) is True
    opened = DeltaTable(str(tmp_path / "readings"))
    opened.alter.set_table_properties({"delta.appendOnly": "false"})  # as a kill after the commit leaves it
    lake = DeltaLake(tmp_path)
    assert lake.let_go("readings", [], removes=[], txn=("kept", 2)) is False
    assert DeltaTable(str(tmp_path / "readings")).metadata().configuration["delta.appendOnly"] == "true"
    fresh = DeltaLake(tmp_path)
    assert sorted(row["value"] for row in fresh.read("readings", ["value"]).to_pylist()) == [20, 30]
    assert fresh.added_since("readings", before.version) == []
    assert fresh.last_txn("readings", "kept") == 2
    assert fresh.verify(deep=True) == []


def test_of_an_append_only_table_only_letting_go_takes_rows(tmp_path: Path) -> None:
    lake = series(tmp_path)
    lake.let_go("readings", [], removes=[], txn=("kept", 1))
    files = lake.snapshot(["readings"]).tables["readings"].files
    with pytest.raises(DeltaError, match="append-only"):
        lake.correct("readings", [], removes=files, txn=("other", 1))
    assert len(lake.read("readings", ["value"])) == 3


def test_a_column_that_says_one_number_in_all_files_is_not_read_and_means_the_same(tmp_path: Path) -> None:
    lake = DeltaLake(tmp_path)
    fields = [
        pa.field("ym", pa.int32(), nullable=False),
        pa.field("a", pa.int64()),
        pa.field("b", pa.int32()),
    ]
    lake.create_table("series", pa.schema(fields), ["ym"])
    text = (
        "SELECT SUM(a * b) AS sum, COUNT(b) AS known, COUNT(*) AS rows FROM series WHERE b IS NULL OR b > 6"
    )

    def put(number: int, b: list[int | None]) -> None:
        columns = [pa.array([202501] * len(b), pa.int32()), pa.array(range(len(b))), pa.array(b, pa.int32())]
        lake.append("series", pa.Table.from_arrays(columns, schema=pa.schema(fields)), txn=("t", number))

    def sums() -> tuple[object, ...]:
        (row,) = lake.engine.run(text).to_pylist()
        return tuple(row.values())

    def is_said() -> bool:
        table = lake.snapshot(["series"]).tables["series"]
        return 'CAST(7 AS INTEGER) AS "b"' in sql.all_rows(table, table.files)

    put(1, [7, 7, 7])
    put(2, [7, 7])
    assert sums() == (7 * (0 + 1 + 2 + 0 + 1), 5, 5)
    assert is_said()
    put(3, [8, None, 6])  # not in all files, and not in all rows
    assert sums() == (28 + 8 * 0, 6, 7)
    assert not is_said()
