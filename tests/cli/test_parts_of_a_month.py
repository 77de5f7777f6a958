"""The month that readings still come in of lies in parts of some days: what comes in is written into these and no
others, whatever comes in which order is what a rebuild makes of it, and a month that is over is one part."""

import random
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jieyue.apps.metering import changed, derived
from jieyue.apps.metering.lake import DERIVED
from jieyue.store import DeltaLake
from tests.cli.command import DONE, jieyue
from tests.cli.test_rollups import DAY, HEAD, HOUR, add_meters, out, take

#: 2025-01-01 00:00 in China.
BEGIN = 1735660800
#: Two meters make one line of A, a third hangs below and serves G.
METERS = [
    "P1,A,electricity,kWh,01A10,,,60,2024-12-01",
    "P2,A,electricity,kWh,01A10,,,60,2024-12-01",
    "G1,G,electricity,kWh,,,P1,60,2024-12-01",
    "AW,A,water,m3,,,,60,2024-12-01",
]
USE = {"P1": 50, "P2": 20, "G1": 10, "AW": 3}
Rows = list[tuple[str, int, object]]


def days(meter: str, first: float, last: float) -> Rows:
    """Its hourly readings from one day (1.5 = noon of the first) up to another."""
    hours = range(int((first - 1) * 24), int((last - 1) * 24) + 1)
    return [(meter, BEGIN + n * HOUR, 1000 + n * USE[meter] + n % 3) for n in hours]


def every(first: float, last: float) -> Rows:
    return [row for meter in USE for row in days(meter, first, last)]


def files(home: Path, table: str, month: int = 202501) -> set[str]:
    """What the table's newest version is made of in a month."""
    stored = DeltaLake(home / "lake").snapshot([table]).tables[table].files
    return {Path(file.name).name for file in stored if file.partition["ym"] == str(month)}


def bring(home: Path, rows: Rows) -> None:
    """Import and derive."""
    take(home, rows)
    assert jieyue(home, "readings", "clean").code == DONE


def exported(home: Path) -> dict[object, bytes]:
    """Bytes of the hours, days and months of the points and of each institution."""
    found: dict[object, bytes] = {}
    for grain in ("hour", "day", "month"):
        file = home / "points.csv"
        assert jieyue(home, "readings", "export", "--grain", grain, "-o", file).code == DONE
        found[grain] = file.read_bytes()
        for scope in "AG":
            out(home, scope, grain)
            found[scope, grain] = (home / "scope.csv").read_bytes()
    return found


def rebuilt(home: Path, copies: Path) -> dict[object, bytes]:
    """What a rebuild makes of the same raw readings alone, in a home of its own that has nothing made of them."""
    copy = copies / f"copy-{len(list(copies.iterdir()))}"
    shutil.copytree(home, copy)
    for table in DERIVED:
        shutil.rmtree(copy / "lake" / table)
    assert jieyue(copy, "readings", "rebuild").code == DONE
    return exported(copy)


@pytest.fixture
def metered(home: Path) -> Path:
    add_meters(home, METERS, head=HEAD)
    return home


@pytest.fixture
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("copies")


def test_a_new_hour_writes_the_days_around_it_and_no_others(metered: Path, copies: Path) -> None:
    """Parts begin on the 1st, 6th, 11th, 16th and 21st; what is left of the month belongs to that of the 26th."""
    bring(metered, every(1, 24))
    before = {table: files(metered, table) for table in ("intervals", "use_hour")}
    assert {table: len(found) for table, found in before.items()} == {"intervals": 5, "use_hour": 5}
    bring(metered, every(24, 24 + 1 / 24))
    after = {table: files(metered, table) for table in before}
    assert {table: (len(after[table]), len(after[table] & before[table])) for table in before} == {
        "intervals": (5, 4), "use_hour": (5, 4),
    }  # fmt: skip
    assert exported(metered) == rebuilt(metered, copies)
    # by hand: AW shows 3 more an hour, and what is left of the hour's number over 3: 552 leaves 0, 553 leaves 1
    hour = BEGIN + 23 * DAY
    rows = [row for row in out(metered, "A", "hour") if (row["carrier"], int(row["ts"])) == ("water", hour)]
    assert [row["value"] for row in rows] == ["4.0000"]


def test_a_line_that_was_silent_for_a_while_has_those_hours_too(metered: Path, copies: Path) -> None:
    """P1 is heard until the 3rd and P2 from the 22nd on: the hours between are missing of the line that both make."""
    bring(metered, days("AW", 1, 25) + days("P1", 1, 3))
    bring(metered, days("P2", 22, 23))
    rows = [row for row in out(metered, "A", "hour") if row["end_use"] == "01A10"]
    between = [row["value"] for row in rows if BEGIN + 2 * DAY <= int(row["ts"]) < BEGIN + 21 * DAY]
    assert between == [""] * 19 * 24
    assert exported(metered) == rebuilt(metered, copies)


def test_a_point_is_looked_for_among_few_rows(metered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four points of five days are 480 hours: groups of 100 make five, though files of a whole month have far more."""
    monkeypatch.setattr(derived, "GROUP_ROWS", 100)
    bring(metered, every(1, 6))
    stored = DeltaLake(metered / "lake").snapshot(["intervals"]).tables["intervals"].files
    assert [(file.rows, pq.ParquetFile(file.path).metadata.num_row_groups) for file in stored] == [(480, 5)]


def test_a_month_that_is_over_is_one_part(metered: Path, copies: Path) -> None:
    bring(metered, every(1, 31))
    assert len(files(metered, "intervals")) == len(files(metered, "use_hour")) == 6
    bring(metered, every(31 + 1 / 24, 33))
    assert len(files(metered, "intervals")) == len(files(metered, "use_hour")) == 1
    assert exported(metered) == rebuilt(metered, copies)


def test_a_month_whose_uses_stay_is_not_written_again(metered: Path, copies: Path) -> None:
    """A correction of the 20th of January is looked at by February too, where nothing is another use."""
    bring(metered, every(1, 40))
    tables = ("intervals", "point_day", "use_hour", "use_day", "use_month")
    before = {table: (files(metered, table), files(metered, table, 202502)) for table in tables}
    assert {len(found) for found, _ in before.values()} == {1}
    at, value = days("P2", 20, 20)[0][1:]
    file = metered / "correction.csv"
    file.write_text(f"meter,ts,value,revision\nP2,{at},{float(str(value)) + 0.5},1\n", "utf-8")
    said = jieyue(metered, "import", "readings", file)
    assert (said.code, said.document["accepted"]) == (DONE, 1), said.stdout
    assert jieyue(metered, "readings", "clean").code == DONE
    for table in tables:
        january, february = files(metered, table), files(metered, table, 202502)
        assert len(january) == 1, table
        assert not january & before[table][0], table
        assert february == before[table][1], table
    assert exported(metered) == rebuilt(metered, copies)


def test_another_tree_is_added_up_though_no_use_is_another(metered: Path, copies: Path) -> None:
    """From the 10th on P2 serves G: its 20 an hour go from one body's days to the other's, 480 a day."""
    bring(metered, every(1, 24))
    before = exported(metered)
    add_meters(metered, ["P2,G,electricity,kWh,01A10,,,60,2025-01-10"], head=HEAD)
    assert jieyue(metered, "readings", "clean").code == DONE
    after = exported(metered)
    assert after["hour"] == before["hour"]
    assert after == rebuilt(metered, copies)
    day = [
        row["value"]
        for row in out(metered, "G", "day")
        if (row["end_use"], int(row["ts"])) == ("01A10", BEGIN + 11 * DAY)
    ]
    assert day == ["480.0000"]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_in_which_order_equals_a_rebuild(
    metered: Path, copies: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Stretches of a few days of one meter, in any order and over one another, some with a value that falls out, and a
    meter that goes over to the other body; in small files, and once with too many series to be compared."""
    monkeypatch.setattr(derived, "_PARTED_ROWS", 200)
    monkeypatch.setattr(derived, "FILE_ROWS", 300)
    if seed == 3:
        monkeypatch.setattr(changed, "SERIES", 1)
    chance = random.Random(seed)
    for turn in range(9):
        meter = chance.choice(sorted(USE))
        first = chance.uniform(1, 34)
        rows = days(meter, first, first + chance.choice((0.1, 1, 4, 9)))
        if chance.random() < 0.3:
            place = chance.randrange(len(rows))
            rows[place] = (*rows[place][:2], 900_000)
        if turn in (3, 6):
            body, day = chance.choice("AG"), chance.randrange(2, 28)
            add_meters(metered, [f"P2,{body},electricity,kWh,01A10,,,60,2025-01-{day:02}"], head=HEAD)
        bring(metered, rows[:: chance.choice((1, 1, 2))])
        if turn % 4 == 0:
            assert exported(metered) == rebuilt(metered, copies), turn
    assert exported(metered) == rebuilt(metered, copies)
