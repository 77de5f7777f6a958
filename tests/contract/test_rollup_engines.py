"""`readings rollup`: a month's sums, equal on both engines, to what is stored, and to what is worked out here."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.command import BROKEN, DONE, REFUSED, UNAVAILABLE, jieyue
from tests.cli.test_rollups import BEGIN, DAY, HOUR, METERS, USE, add_meters, take
from tests.contract.spark import LOCAL
from tests.contract.test_engines import plain

TABLES = ("point_day", "use_hour", "use_day", "use_month", "city_day")


@pytest.fixture
def metered(home: Path) -> Path:
    """Thirty hours over the end of January; the kitchen is silent for three of them, the water for nineteen after its
    first reading, the kindergarten from the twentieth on; D's meter serves A from February on."""
    add_meters(home, METERS)
    rows = [
        (meter, BEGIN + n * HOUR, 1000 + n * use)
        for meter, use in USE.items()
        for n in range(31)
        if not (meter == "A1" and 6 <= n < 9)
        and not (meter == "AW" and 1 <= n < 20)
        and not (meter == "G1" and n > 20)
    ]
    take(home, rows)
    add_meters(home, ["D0,A,electricity,kWh,,,,60,2025-02-01"])
    return home


def test_a_month_is_what_is_stored_on_both_engines(metered: Path, settings: Any) -> None:
    """No row differs: hours, days and the month, gaps, terms that are not known, a meter that changes hands."""
    for engine in ("duckdb", LOCAL):
        settings.JIEYUE_ENGINE = engine
        said = jieyue(metered, "readings", "rollup", "--month", "2025-01", "--month", "2025-02")
        assert said.code == DONE, said.stderr
        found = {(row["month"], row["name"]): row for row in said.document}
        assert {row["same"] for row in found.values()} == {True}
        assert all(row["made"] == row["stored"] > 0 for row in found.values())
    assert len(found) == 8


def test_what_is_written_is_equal_on_both_engines_and_worked_out(
    metered: Path, tmp_path: Path, settings: Any
) -> None:
    made = {}
    for engine in ("duckdb", LOCAL):
        settings.JIEYUE_ENGINE = engine
        folder = tmp_path / engine
        said = jieyue(metered, "readings", "rollup", "--month", "2025-01", "-o", folder)
        assert said.code == DONE, said.stderr
        assert {path.name for path in (folder / "2025-01").iterdir()} == set(TABLES)
        made[engine] = {name: pq.read_table(folder / "2025-01" / name, partitioning=None) for name in TABLES}
        assert said.document["rows"]["2025-01"] == {
            name: rows.num_rows for name, rows in made[engine].items()
        }
        assert [path.name for path in folder.iterdir()] == ["2025-01"]
    for name in TABLES:
        assert plain(made["duckdb"][name]) == plain(made[LOCAL][name])
    city = {
        (row["carrier"], row["type"], row["area"], (row["start"] - BEGIN) // DAY): row["use"]
        for row in made[LOCAL]["city_day"].to_pylist()
    }
    # A and the kindergarten (type 021, 500103): 100 − 5 of export for twenty hours; then what the kindergarten takes is
    # not known, so nothing of A's main is, and the export is left. D (type 01, 500104): 7. Water: its gap is filled.
    assert city == {
        ("electricity", "021", "500103", 0): Decimal(95 * 20 - 5 * 4),
        ("electricity", "01", "500104", 0): Decimal(7 * 24),
        ("water", "021", "500103", 0): Decimal(2 * 24),
    }
    again = jieyue(metered, "readings", "rollup", "--month", "2025-01", "-o", tmp_path / LOCAL)
    assert (again.code, again.document["error"]["code"]) == (REFUSED, "output")


def test_the_city_by_day_is_equal_on_both_engines_and_is_what_the_months_make(
    metered: Path, tmp_path: Path, settings: Any
) -> None:
    """Two months in one file: every row that the months' own sums have, by day, carrier, type and district."""
    wanted: list[tuple[object, ...]] = []
    for month in ("2025-01", "2025-02"):
        assert jieyue(metered, "readings", "rollup", "--month", month, "-o", tmp_path / "months").code == DONE
        rows = pq.read_table(tmp_path / "months" / month / "city_day", partitioning=None)
        wanted += [tuple(row[name] for name in CITY) for row in rows.to_pylist()]
    for engine in ("duckdb", LOCAL):
        settings.JIEYUE_ENGINE = engine
        file = tmp_path / f"{engine[:2]}.parquet"
        said = jieyue(metered, "readings", "city", "--from", "2025-01", "--to", "2025-02", "-o", file)
        assert said.code == DONE, said.stderr
        found = pq.read_table(file)
        assert found.column_names == [
            "ts", "carrier", "type", "area", "value", "hours", "complete", "estimated", "missing"
        ]  # fmt: skip
        rows = [tuple(row.values()) for row in found.to_pylist()]
        assert sorted(rows, key=str) == sorted(wanted, key=str)
        assert rows == sorted(rows, key=lambda row: (row[0], row[1], row[2], row[3]))
    # A and the kindergarten: five points for 24 hours on the first day. What is not known in a term is missing in it.
    first = {row[1:4]: row[4:] for row in rows if row[0] == BEGIN}
    assert first["electricity", "021", "500103"][0] == Decimal(95 * 20 - 5 * 4)
    assert first["water", "021", "500103"] == (Decimal(2 * 24), 24, 24 - 20, 20, 0)
    assert len({row[0] for row in rows}) == len({row[0] for row in wanted}) == 2


def test_days_of_the_city_of_which_there_is_no_interval_are_missing_on_both_engines(
    metered: Path, tmp_path: Path, settings: Any
) -> None:
    """The water's use is set on the tenth and on the thirteenth; nothing else is known of it before the 31st."""
    for day, use in (("10", "5"), ("13", "7")):
        said = jieyue(
            metered, "readings", "edit", "use", "AW", "--from", f"2025-01-{day}T00:00:00+08:00",
            "--to", f"2025-01-{day}T02:00:00+08:00", "--use", use, "--reason", "抄表本",
        )  # fmt: skip
        assert said.code == DONE, said.stderr
    assert jieyue(metered, "readings", "clean").code == DONE
    assert jieyue(metered, "readings", "rollup", "--month", "2025-01", "-o", tmp_path / "months").code == DONE
    rows = pq.read_table(tmp_path / "months" / "2025-01" / "city_day", partitioning=None).to_pylist()
    wanted = sorted((tuple(row[name] for name in CITY) for row in rows), key=str)
    for engine in ("duckdb", LOCAL):
        settings.JIEYUE_ENGINE = engine
        file = tmp_path / f"{engine[:2]}.parquet"
        assert jieyue(metered, "readings", "city", "--from", "2025-01", "-o", file).code == DONE
        found = [tuple(row.values()) for row in pq.read_table(file).to_pylist()]
        assert sorted((row for row in found if row[0] <= BEGIN), key=str) == wanted
        water = {1 + 30 + (row[0] - BEGIN) // DAY: row[4:] for row in found if row[1] == "water"}
        assert water[10] == (Decimal(5), 24, 0, 0, 22)
        assert water[11] == water[12] == (None, 24, 0, 0, 24)
        assert water[13] == (Decimal(7), 24, 0, 0, 22)
        assert sorted(day for day in water if day <= 31) == list(range(10, 32))


def test_a_day_before_a_move_stays_where_it_was_on_both_engines(
    metered: Path, tmp_path: Path, settings: Any
) -> None:
    """A goes to D's district on 2 February: what it used on the first stays in its own, in both texts."""
    file = metered / "moved.csv"
    file.write_text("code,name,type,region,valid_from\nA,渝中区第一中学,021,500104,2025-02-02\n", "utf-8")
    assert jieyue(metered, "import", "institutions", file).document["applied"] is True
    for engine in ("duckdb", LOCAL):
        settings.JIEYUE_ENGINE = engine
        folder = tmp_path / engine
        assert jieyue(metered, "readings", "rollup", "--month", "2025-02", "-o", folder).code == DONE
        rows = pq.read_table(folder / "2025-02" / "city_day", partitioning=None).to_pylist()
        both = {
            "then": {(row["carrier"], row["type"], row["area"], row["use"]) for row in rows},
        }
        for said in ("then", "2025-02-02"):
            file = tmp_path / f"{engine[:2]}-{said}.parquet"
            options = ("--from", "2025-02", "-o", file, "--boundaries", said)
            assert jieyue(metered, "readings", "city", *options).code == DONE
            found = pq.read_table(file).to_pylist()
            both[f"city {said}"] = {
                tuple(row[n] for n in ("carrier", "type", "area", "value")) for row in found
            }
        # six hours: A's meter is not known without the kindergarten's; its export and D's meter, which serves it now
        use = Decimal((7 - 5) * 6)
        water = Decimal(2 * 6)
        old = {("electricity", "021", "500103", use), ("water", "021", "500103", water)}
        new = {("electricity", "021", "500104", use), ("water", "021", "500104", water)}
        assert both == {"then": old, "city then": old, "city 2025-02-02": new}


CITY = ("start", "carrier", "type", "area", "use", "parts", "complete", "estimated", "missing")


def test_months_of_the_city_in_the_wrong_order_are_refused(metered: Path, tmp_path: Path) -> None:
    said = jieyue(
        metered, "readings", "city", "--from", "2025-02", "--to", "2025-01", "-o", tmp_path / "x.csv"
    )
    assert (said.code, said.document["error"]["code"]) == (REFUSED, "months")
    assert not (tmp_path / "x.csv").exists()


def test_a_stored_sum_that_is_wrong_ends_with_4(metered: Path) -> None:
    """A day's sum is put into the lake ten thousandths too high."""
    assert jieyue(metered, "readings", "rollup", "--month", "2025-01").code == DONE
    from jieyue.apps.metering.lake import QUANTITY, USE_DAY, prepared_lake

    lake = prepared_lake()
    files = [one for one in lake.snapshot([USE_DAY]).tables[USE_DAY].files if one.partition["ym"] == "202501"]
    rows = lake.read(USE_DAY, lake.snapshot([USE_DAY]).tables[USE_DAY].schema.names, files=files)
    place = rows.schema.get_field_index("use")
    wrong = [None if value is None else value + Decimal("0.0001") for value in rows["use"].to_pylist()]
    changed = rows.set_column(place, rows.schema.field(place), pa.array(wrong, QUANTITY))
    lake.correct(USE_DAY, changed, removes=files, txn=("slip", 1))
    said = jieyue(metered, "readings", "rollup", "--month", "2025-01")
    assert said.code == BROKEN
    found = {row["name"]: (row["same"], row["only_made"], row["only_stored"]) for row in said.document}
    assert found["use_day"][0] is False
    assert found["use_day"][1] == found["use_day"][2] > 0
    assert found["use_hour"] == (True, 0, 0)
    assert "rebuild" in said.stderr


def test_a_cluster_that_is_not_there_is_told_and_nothing_is_written(
    metered: Path, tmp_path: Path, settings: Any
) -> None:
    settings.JIEYUE_ENGINE = "spark://127.0.0.1:1"
    said = jieyue(metered, "readings", "rollup", "--month", "2025-01", "-o", tmp_path / "out")
    assert said.code == UNAVAILABLE
    assert "spark://127.0.0.1:1" in said.stderr
    assert list((tmp_path / "out").iterdir()) == []
