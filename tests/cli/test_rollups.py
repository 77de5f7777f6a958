"""What institutions use by carrier and end use, from stored sums: `readings export|show --scope`."""

import csv
import itertools
import random
import shutil
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from jieyue.apps.metering import derived
from jieyue.store import series as series_files
from tests.cli.command import DONE, REFUSED, Said, jieyue

#: 2025-01-31 00:00 in China: a day before a month's end.
BEGIN = 1738252800
HOUR, DAY = 3600, 86400
HEAD = "meter,institution,carrier,unit,end_use,direction,parent,step_min,valid_from"
#: A's main meter with a kitchen below it, a kindergarten (G) that hangs below the kitchen, A's solar export; D's own.
METERS = [
    "A0,A,electricity,kWh,,,,60,2024-12-01",
    "A1,A,electricity,kWh,01A10,,A0,60,2024-12-01",
    "A2,A,electricity,kWh,01A10,,A1,60,2024-12-01",
    "G1,G,electricity,kWh,01A10,,A2,60,2024-12-01",
    "AX,A,electricity,kWh,,export,,60,2024-12-01",
    "AW,A,water,m3,,,,60,2024-12-01",
    "D0,D,electricity,kWh,,,,60,2024-12-01",
]
#: What each uses in an hour.
USE = {"A0": 100, "A1": 60, "A2": 40, "G1": 30, "AX": 5, "AW": 2, "D0": 7}


def add_meters(home: Path, rows: Sequence[str], *, head: str = HEAD) -> None:
    file = home / "meters.csv"
    file.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    said = jieyue(home, "import", "meters", file)
    assert (said.code, said.document["applied"]) == (DONE, True), said.stdout


def take(home: Path, rows: Sequence[tuple[str, int, object]], *options: str) -> Said:
    file = home / "readings.csv"
    file.write_text("\n".join(["meter,ts,value", *(",".join(map(str, row)) for row in rows)]) + "\n", "utf-8")
    said = jieyue(home, "import", "readings", file, *options)
    assert said.code == DONE, said.stdout
    return said


def steady(hours: int, *, without: Sequence[str] = ()) -> list[tuple[str, int, object]]:
    return [
        (meter, BEGIN + n * HOUR, 1000 + n * use)
        for meter, use in USE.items()
        if meter not in without
        for n in range(hours + 1)
    ]


def out(home: Path, scope: str, grain: str, *options: str) -> list[dict[str, str]]:
    file = home / "scope.csv"
    said = jieyue(home, "readings", "export", "--scope", scope, "--grain", grain, "-o", file, *options)
    assert said.code == DONE, said.stderr
    with file.open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def lines(rows: Sequence[dict[str, str]]) -> dict[tuple[str, str, int], Decimal]:
    return {
        (row["carrier"], row["end_use"], (int(row["ts"]) - BEGIN) // HOUR): Decimal(row["value"])
        for row in rows
        if row["value"]
    }


@pytest.fixture
def metered(home: Path) -> Path:
    add_meters(home, METERS)
    return home


def test_a_total_is_what_stands_at_the_top_less_what_serves_others_and_what_is_exported(
    metered: Path,
) -> None:
    take(metered, steady(30))
    # A: 100 − 30 (the kindergarten) − 5; the kitchen line is A1 alone (A2 has the same code above it), less G1
    found = lines(out(metered, "A", "day"))
    assert found["electricity", "", 0] == (100 - 30 - 5) * 24
    assert found["electricity", "01A10", 0] == (60 - 30) * 24
    assert found["electricity", "unmetered", 0] == (100 - 60) * 24
    assert found["water", "", 0] == 2 * 24
    assert found["electricity", "", 24] == 65 * 6  # six hours of the next day, which is of another month
    assert lines(out(metered, "G", "day"))["electricity", "", 0] == 30 * 24
    assert lines(out(metered, "G", "day"))["electricity", "01A10", 0] == 30 * 24
    hours = lines(out(metered, "institution:A", "hour"))
    assert {hours["electricity", "", n] for n in range(30)} == {Decimal(65)}
    months = {
        row["ts"]: row
        for row in out(metered, "A", "month")
        if (row["carrier"], row["end_use"]) == ("water", "")
    }
    january, february = BEGIN - 30 * DAY, BEGIN + DAY
    assert [(months[str(ts)]["value"], months[str(ts)]["completeness"]) for ts in (january, february)] == [
        ("48.0000", "0.0322"), ("12.0000", "0.0089"),  # 24 of 744 hours, 6 of 672
    ]  # fmt: skip


def test_institutions_add_up_to_areas_and_to_the_city(metered: Path) -> None:
    take(metered, steady(48))
    every = [lines(out(metered, code, "day")) for code in "AGD"]
    city, west, east = (lines(out(metered, scope, "day")) for scope in ("city", "area:500103", "area:500104"))
    for key in city:
        assert city[key] == sum(one.get(key, Decimal(0)) for one in every)
        assert city[key] == west.get(key, Decimal(0)) + east.get(key, Decimal(0))
    assert city["electricity", "", 0] == (100 - 5 + 7) * 24
    assert lines(out(metered, "type:021", "day"))["electricity", "", 0] == 95 * 24
    shown = jieyue(metered, "readings", "show", "--scope", "city", "--grain", "month").document
    assert {row["scope"] for row in shown} == {"city"}
    said = jieyue(metered, "readings", "show", "--scope", "area:9")
    assert said.code == REFUSED
    assert "area:9" in said.stderr


def test_the_children_and_what_no_meter_shows_are_the_parent_in_every_hour(metered: Path) -> None:
    chance = random.Random(5)
    shown, rows = dict.fromkeys(USE, 0), []
    for n in range(60):
        rows += [(meter, BEGIN + n * HOUR, value) for meter, value in shown.items()]
        shown = {meter: value + chance.randrange(100) for meter, value in shown.items()}
    take(metered, rows)
    found = lines(out(metered, "A", "hour"))
    kindergarten, export = (
        {n: b - a for (_, n, a), (_, _, b) in itertools.pairwise(one for one in series(rows, meter))}
        for meter in ("G1", "AX")
    )
    for n in range(59):
        children = found["electricity", "01A10", n] + kindergarten[n]
        parent = found["electricity", "", n] + kindergarten[n] + export[n]
        assert children + found["electricity", "unmetered", n] == parent
    assert min(found["electricity", "unmetered", n] for n in range(59)) < 0  # kept, not hidden


def series(rows: Sequence[tuple[str, int, object]], meter: str) -> list[tuple[str, int, int]]:
    return [(name, (ts - BEGIN) // HOUR, int(str(value))) for name, ts, value in rows if name == meter]


def test_what_is_missing_stays_missing_and_is_told(metered: Path) -> None:
    """The kitchen is silent: its line has no value, what no meter shows is not known, the total is."""
    take(metered, steady(24, without=("A1",)))
    rows = out(metered, "A", "day")
    found = {(row["carrier"], row["end_use"]): row for row in rows}
    # the line of the kitchen: A1 is not known, so nothing is taken from it
    assert found["electricity", "01A10"]["value"] == ""
    assert found["electricity", "01A10"]["completeness"] == "0.5000"  # G1 is heard, A1 is not
    assert found["electricity", "unmetered"]["value"] == ""
    assert found["electricity", ""]["value"] == str(65 * 24) + ".0000"
    assert found["electricity", ""]["completeness"] == "1.0000"


def test_nothing_is_taken_from_what_is_not_known(metered: Path) -> None:
    """The kitchen falls silent after ten hours while the kindergarten below it goes on: ten hours of 60 − 30."""
    take(metered, [row for row in steady(24) if row[0] != "A1" or (row[1] - BEGIN) // HOUR <= 10])
    rows = {(row["carrier"], row["end_use"]): row for row in out(metered, "A", "day")}
    assert Decimal(rows["electricity", "01A10"]["value"]) == (60 - 30) * 10
    assert Decimal(rows["electricity", "unmetered"]["value"]) == (100 - 60) * 10
    assert rows["electricity", "01A10"]["completeness"] == "0.7083"  # 10 + 24 of 48 hours


def test_a_late_reading_below_changes_the_sums_of_whoever_stands_above(metered: Path) -> None:
    take(metered, steady(24))
    assert lines(out(metered, "A", "day"))["electricity", "", 0] == (100 - 30 - 5) * 24
    take(metered, [("G1", BEGIN + 24 * HOUR, 1000 + 24 * 30 + 12)], "--correction")
    assert lines(out(metered, "G", "day"))["electricity", "", 0] == 30 * 24 + 12
    assert lines(out(metered, "A", "day"))["electricity", "", 0] == (100 - 30 - 5) * 24 - 12


def test_a_gap_is_estimated_and_says_so(metered: Path) -> None:
    rows = [row for row in steady(48) if not (row[0] == "AW" and 10 < (int(row[1]) - BEGIN) // HOUR < 16)]
    take(metered, rows)
    (day,) = (
        row for row in out(metered, "A", "day") if row["carrier"] == "water" and int(row["ts"]) == BEGIN
    )
    assert (day["value"], day["completeness"], day["estimated"]) == ("48.0000", "0.7500", "0.2500")


def test_a_month_in_which_nothing_happens_costs_nothing_however_much_is_sent_in_others(
    metered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """January, and then many files of April alone, of another meter: each derivation reads what has come since."""
    take(metered, steady(5, without=["AW"]))
    assert jieyue(metered, "readings", "clean").document["months"] == 1
    april = BEGIN + 70 * DAY
    read: list[int] = []
    usual = series_files.parse_entry
    monkeypatch.setattr(series_files, "parse_entry", lambda data: read.append(1) or usual(data))
    for n in range(6):
        take(metered, [("AW", april + n * HOUR, n)])
        read.clear()
        assert jieyue(metered, "readings", "clean").document["months"] == 1
        assert len(read) <= 1 + (n == 0), n
    read.clear()
    assert jieyue(metered, "readings", "clean").document["months"] == 0
    assert read == []


TABLES = ("intervals", "point_day", "use_hour", "use_day", "use_month")


def bytes_of(home: Path) -> dict[str, bytes]:
    found = {}
    for grain in ("hour", "day", "month"):
        for scope in ("A", "G", "D", "city"):
            out(home, scope, grain)
            found[f"{grain} {scope}"] = (home / "scope.csv").read_bytes()
        file = home / "points.csv"
        assert jieyue(home, "readings", "export", "--grain", grain, "-o", file).code == DONE
        found[grain] = file.read_bytes()
    return found


def both(home: Path) -> tuple[bytes, bytes]:
    """The hours of all points, and of the city."""
    out(home, "city", "hour")
    file = home / "points.csv"
    assert jieyue(home, "readings", "export", "--grain", "hour", "-o", file).code == DONE
    return file.read_bytes(), (home / "scope.csv").read_bytes()


def test_what_came_late_is_derived_as_far_as_it_reaches_and_equals_a_rebuild(metered: Path) -> None:
    """A0 is heard every hour from 10 days before to 13 after the turn of the month (day 1 of February is hour 24 after
    BEGIN), AW has a hole from five days before to eight after: what is next beyond the hole is looked at by January."""
    first, turn = -9 * 24, 24
    hole = range(turn - 5 * 24, turn + 8 * 24)
    rows = [("A0", BEGIN + n * HOUR, 10_000 + 10 * n) for n in range(first, turn + 13 * 24)]
    take(
        metered, rows + [("AW", at, value) for _meter, at, value in rows if (at - BEGIN) // HOUR not in hole]
    )
    assert jieyue(metered, "readings", "clean").document["months"] == 2

    def late(meter: str, day: int, more: int) -> int:
        """The months that a reading on a day of February makes again."""
        hour = turn + 24 * day
        take(metered, [(meter, BEGIN + hour * HOUR, 10_000 + 10 * hour + more)], "--correction")
        months = jieyue(metered, "readings", "clean").document["months"]
        so_far = both(metered)
        jieyue(metered, "readings", "rebuild")
        assert both(metered) == so_far, (meter, day)
        return int(months)

    assert late("A0", 9, 3) == 1  # everything around it is heard
    assert late("A0", 1, 3) == 2  # the last day of January looks at two days more
    assert late("AW", 6, 3) == 2  # closes the hole of January earlier
    assert late("AW", 10, 3) == 1  # January judges the end of its hole beside three days of neighbours
    assert late("AW", 7, 3) == 2
    assert late("AW", 4, 3) == 2


@pytest.mark.parametrize("seed", [1, 2])
def test_sums_after_any_order_of_packets_and_changes_are_those_of_an_empty_folder(
    home: Path, seed: int
) -> None:
    """Late packets, duplicates, a correction, another tree, a new meter, in a random order with and without a
    derivation between; then everything that is derived is thrown away and made of the raw readings alone."""
    chance = random.Random(seed)
    add_meters(home, [row for row in METERS if not row.startswith("AX")])
    rows = [row for row in steady(50) if row[0] != "AX"]
    chance.shuffle(rows)
    size = len(rows) // 4
    packets = [rows[n * size : (n + 1) * size + 20] for n in range(4)]  # some readings come twice

    steps = [lambda packet=packet: take(home, packet) for packet in packets]
    steps += [
        lambda: add_meters(home, ["G1,A,electricity,kWh,01A10,,A2,60,2025-02-01"]),
        lambda: add_meters(home, ["AX,A,electricity,kWh,,export,,60,2024-12-01"]),
        lambda: take(home, [("A1", BEGIN + 20 * HOUR, 1000 + 20 * 60 + 7)], "--correction"),
    ]
    chance.shuffle(steps)
    for step in steps:
        step()
        if chance.random() < 0.5:
            assert jieyue(home, "readings", "clean").code == DONE
    take(home, [row for row in steady(50) if row[0] == "AX"])
    so_far = bytes_of(home)
    assert jieyue(home, "readings", "rebuild").code == DONE
    assert bytes_of(home) == so_far
    empty = home.parent / "empty"
    shutil.copytree(home, empty, ignore=shutil.ignore_patterns(*TABLES))  # of the lake: the readings alone
    assert bytes_of(empty) == so_far
    assert b"unmetered" in so_far["day A"]


def test_a_month_is_made_again_only_as_often_as_its_state_can_be_numbered(
    metered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here once instead of 255 times: the next number would be that of a publication to come, whose changes would then
    never be derived. Refused before anything is begun; new readings are derived as ever."""
    monkeypatch.setattr(derived, "_TURN_BITS", 1)
    take(metered, [("A0", BEGIN + n * HOUR, 10 + 2 * n) for n in range(3)])
    assert jieyue(metered, "readings", "clean").code == DONE
    before = bytes_of(metered)
    assert jieyue(metered, "readings", "rebuild").code == DONE
    refused = jieyue(metered, "readings", "rebuild")
    assert (refused.code, "readings_turns" in refused.stderr + refused.stdout) == (REFUSED, True)
    assert bytes_of(metered) == before
    take(metered, [("A0", BEGIN + 3 * HOUR, 20)])
    assert jieyue(metered, "readings", "rebuild").code == DONE
    assert bytes_of(metered) != before
