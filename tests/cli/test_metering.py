"""`import meters`, `import readings`, `readings clean|rebuild|export|show|quality`: files to uses and back to files."""

import csv
import itertools
import shutil
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.command import DONE, REFUSED, Said, jieyue

#: 2025-01-01 00:00 in China.
BEGIN = 1735660800
HOUR = 3600
METERS = """meter,name,institution,carrier,unit,kind,end_use,step_min,multiplier,digits,parent,serial,valid_from
E1,总表,{school},电,kWh,累计,01000,60,40,5,,A1,2024-12-01
E2,食堂,{school},electricity,kWh,register,01D30,60,1,5,E1,B1,2024-12-01
W1,水表,{school},水,吨,register,,60,1,,,C1,2024-12-01
"""


@pytest.fixture
def school() -> str:
    """The code of an institution that is registered (tests/cli/desk.py)."""
    return "A"


@pytest.fixture
def metered(home: Path, school: str) -> Path:
    """The home with three meters."""
    file = home / "meters.csv"
    file.write_text(METERS.format(school=school), "utf-8")
    said = jieyue(home, "import", "meters", file)
    assert (said.code, said.document["applied"], said.document["accepted"]) == (DONE, True, 3), said.stdout
    return home


def take(home: Path, rows: Sequence[tuple[object, ...]], *options: str, head: str = "meter,ts,value") -> Said:
    file = home / "readings.csv"
    file.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n", "utf-8")
    return jieyue(home, "import", "readings", file, *options)


def out(home: Path, grain: str, *options: str) -> list[dict[str, str]]:
    file = home / f"{grain}.csv"
    said = jieyue(home, "readings", "export", "--grain", grain, "-o", file, *options)
    assert said.code == DONE, said.stderr
    with file.open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def hours(*shown: float, meter: str = "E2", start: int = BEGIN) -> list[tuple[object, ...]]:
    return [(meter, start + n * HOUR, value) for n, value in enumerate(shown)]


def counts(said: Said) -> tuple[int, int, int, int, bool]:
    found = said.document
    assert found["read"] == found["accepted"] + found["duplicate"] + found["rejected"]
    return found["read"], found["accepted"], found["duplicate"], found["rejected"], found["applied"]


def codes(said: Said) -> list[tuple[str, str]]:
    return [(one["severity"], one["code"]) for one in said.document["findings"]]


def test_readings_become_hours_days_and_months_without_a_worker(metered: Path) -> None:
    said = take(metered, hours(*(10 + 2 * n for n in range(25))))
    assert (said.code, counts(said)) == (DONE, (25, 25, 0, 0, True))
    found = out(metered, "hour")
    assert [(row["meter"], int(row["ts"]), float(row["value"]), row["quality"]) for row in found] == [
        ("E2", BEGIN + n * HOUR, 2.0, "measured") for n in range(24)
    ]
    assert [(row["ts"], float(row["value"])) for row in out(metered, "day")] == [(str(BEGIN), 48.0)]
    assert [(row["ts"], float(row["value"])) for row in out(metered, "month")] == [(str(BEGIN), 48.0)]
    raw = out(metered, "raw")
    assert [(int(row["ts"]), float(row["value"]), row["quality"]) for row in raw] == [
        (BEGIN + n * HOUR, 10.0 + 2 * n, "good") for n in range(25)
    ]


def test_the_multiplier_and_the_unit_come_from_the_register_of_meters(metered: Path) -> None:
    take(metered, [*hours(100, 101, 103, meter="E1"), *hours(5, 6, 8, meter="W1")])
    assert [(row["meter"], float(row["value"])) for row in out(metered, "hour")] == [
        ("E1", 40), ("E1", 80), ("W1", 1), ("W1", 2),
    ]  # fmt: skip


def test_the_same_file_again_is_all_duplicates_and_another_value_a_told_conflict(metered: Path) -> None:
    take(metered, hours(10, 12, 14, 16))
    assert counts(take(metered, hours(10, 12, 14, 16))) == (4, 0, 4, 0, True)
    other = take(metered, hours(10, 12, 15))
    assert counts(other) == (3, 1, 2, 0, True)
    assert codes(other) == [("warning", "reading_conflict")]
    assert [row["quality"] for row in out(metered, "raw")] == ["good", "good", "conflict", "conflict", "good"]
    # 12 → 16 over two hours, evenly: nobody knows which of the two is right
    assert [(float(row["value"]), row["quality"]) for row in out(metered, "hour")] == [
        (2, "measured"), (2, "estimated"), (2, "estimated"),
    ]  # fmt: skip
    correction = take(metered, [("E2", BEGIN + 2 * HOUR, 15)], "--correction")
    assert counts(correction)[:2] == (1, 1) or counts(correction)[:3] == (1, 0, 1)


def test_rows_in_any_order_are_counted_once(metered: Path) -> None:
    """Two meters by turns, backwards, every third row twice; ten of the forty instants are stored already, two of them
    with another value."""
    first = [(meter, BEGIN + n * HOUR, 100 + n) for n in range(5) for meter in ("E2", "W1")]
    assert counts(take(metered, first)) == (10, 10, 0, 0, True)
    rows = [(meter, BEGIN + n * HOUR, 100 + n) for n in reversed(range(20)) for meter in ("W1", "E2")]
    rows = [(*row[:2], 999) if row[:2] in {("E2", BEGIN), ("W1", BEGIN + HOUR)} else row for row in rows]
    said = take(metered, rows + rows[::3])
    # 40 rows and 14 of them again; 8 are stored as they are, two of which come twice
    assert counts(said) == (54, 32, 8 + 14, 0, True)
    assert [code for _, code in codes(said)] == ["reading_conflict"] * 2
    assert counts(take(metered, sorted(rows))) == (40, 0, 40, 0, True)


def test_a_correction_stands_whatever_came_first(metered: Path) -> None:
    take(metered, hours(10, 12, 99, 16))
    take(metered, [("E2", BEGIN + 2 * HOUR, 15)], "--correction")
    assert [float(row["value"]) for row in out(metered, "hour")] == [2, 3, 1]
    assert [row["quality"] for row in out(metered, "raw")].count("duplicate") == 1


def test_a_correction_stands_whatever_the_revision_of_the_file_before(metered: Path) -> None:
    """The number of a revision may be as large as 2,147,483,647: within one source only."""
    head = "meter,ts,value,revision"
    take(metered, [("E2", BEGIN + n * HOUR, 10 + 2 * n, 2**31 - 1) for n in range(3)], head=head)
    take(metered, [("E2", BEGIN + HOUR, 13, 0)], "--correction", head=head)
    assert [float(row["value"]) for row in out(metered, "hour")] == [3, 1]


def busy(first: int, last: int, gap: tuple[int, int]) -> tuple[list[tuple[object, ...]], int]:
    """Hourly readings of E2 from 1 January on: by night 1, by day 3 an hour, and in each week as much again; without
    those between two hours; what was used in all."""
    shown, rows = 1000, []
    for n in range(first, last + 1):
        if not gap[0] < n < gap[1]:
            rows.append(("E2", BEGIN + n * HOUR, shown))
        shown += (1 if n % 24 < 12 else 3) * (1 + n // 168)
    return rows, rows[-1][2] - rows[0][2]


def test_a_gap_over_the_end_of_a_month_is_booked_once_and_whole(metered: Path) -> None:
    """From 31 January 18:00 to 2 February 06:00: either month spreads its own part by other days."""
    rows, used = busy(0, 50 * 24, (30 * 24 + 18, 32 * 24 + 6))
    take(metered, rows)
    assert sum(Decimal(row["value"]) for row in out(metered, "hour")) == used
    assert [row["quality"] for row in out(metered, "hour")].count("estimated") == 36


@pytest.mark.parametrize("first", [True, False])
def test_a_correction_just_beyond_the_days_that_a_month_looks_at_counts(metered: Path, first: bool) -> None:
    """February looks at readings from 4 January on and at the last one before: 3 January 12:00, corrected from 199 to
    120. The gap goes to 5 February: both months book it from 120 on, whichever came first."""
    rows = [("E2", BEGIN + n * HOUR, 100 + (n - 48)) for n in range(48, 60)]
    later = [("E2", BEGIN + (35 * 24 + n) * HOUR, 1000 + n) for n in range(24)]
    file, correction = [*rows, ("E2", BEGIN + 60 * HOUR, 199), *later], [("E2", BEGIN + 60 * HOUR, 120)]
    if first:
        take(metered, correction, "--correction")
    take(metered, file)
    if not first:
        take(metered, correction, "--correction")
    found = [Decimal(row["value"]) for row in out(metered, "hour")]
    assert (len(found), sum(found)) == (33 * 24 + 23, 1023 - 100)


def test_one_reading_too_large_stops_nobody_else(metered: Path) -> None:
    file = metered / "more.csv"
    file.write_text(METERS.splitlines()[0] + "\nL1,大表,A,电,kWh,累计,,60,4000,,,L1,2024-12-01\n", "utf-8")
    assert jieyue(metered, "import", "meters", file).document["applied"]
    take(metered, [*hours(10, 12, 14), *hours(*(9 * 10**12 + n for n in range(3)), meter="L1")])
    found = [(row["meter"], float(row["value"])) for row in out(metered, "hour")]
    assert found == [("E2", 2), ("E2", 2)]
    assert [row["quality"] for row in out(metered, "raw", "--meter", "L1")] == ["bad:range"] * 3


def test_what_is_wrong_is_grouped_and_nothing_is_stored(metered: Path) -> None:
    rows = [
        ("E2", "2025-01-01T08:00:00+08:00", "1"),
        ("E2", "2025-01-01T09:00:00", "2"),
        ("E2", "2025-01-01T10:00:00+08:00", "三"),
        ("X9", "2025-01-01T08:00:00+08:00", "1"),
        ("X9", "2025-01-01T09:00:00+08:00", "1"),
    ]
    said = take(metered, rows)
    assert said.code == REFUSED
    assert counts(said) == (5, 1, 0, 4, False)
    found = {one["code"]: one for one in said.document["findings"]}
    assert set(found) == {"reading_time", "reading_value", "reading_unknown_meter"}
    assert (found["reading_unknown_meter"]["row"], found["reading_unknown_meter"]["value"]) == (5, "X9")
    assert "2" in found["reading_unknown_meter"]["message_zh"]
    assert out(metered, "raw") == []
    some = take(metered, rows, "--valid-rows-only")
    assert counts(some) == (5, 1, 0, 4, True)
    assert [row["value"] for row in out(metered, "raw")] == ["1.0000"]


def test_a_clock_that_is_ahead_is_judged_by_when_the_file_came(metered: Path) -> None:
    rows = hours(1, 2, 3)
    early = take(metered, rows, "--as-of", "2025-01-01T01:05:00+08:00")
    assert (early.code, counts(early)) == (REFUSED, (3, 2, 0, 1, False))
    assert codes(early) == [("error", "reading_clock")]
    assert counts(take(metered, rows, "--as-of", "2025-01-01T01:50:00+08:00"))[1] == 3


def test_parquet_and_other_headings_are_read(metered: Path) -> None:
    file = metered / "r.parquet"
    pq.write_table(
        pa.table({"计量点": ["E2", "E2"], "时间": [BEGIN, BEGIN + HOUR], "表底": [1.5, 2.25]}), file
    )
    said = jieyue(metered, "import", "readings", file, "--column", "表底=value")
    assert counts(said) == (2, 2, 0, 0, True)
    assert [row["value"] for row in out(metered, "hour")] == ["0.7500"]
    wrong = jieyue(metered, "import", "readings", file)
    assert (wrong.code, codes(wrong)) == (REFUSED, [("error", "readings_file")])


def test_late_readings_and_corrections_in_any_order_equal_a_rebuild(metered: Path) -> None:
    """The same packets in every order, with and without cleaning between them, give the same bytes."""
    shown = [10 + n * 1.25 + (n % 7) * 0.5 for n in range(24 * 40)]
    rows = hours(*shown)
    packets = [rows[:300], rows[420:700], rows[700:], rows[300:400]]  # twenty hours are never heard of
    exported = set()
    for number, order in enumerate(itertools.islice(itertools.permutations(range(4)), 0, 24, 7)):
        home = metered.parent / f"copy-{number}"
        shutil.copytree(metered, home)
        for step, packet in enumerate(order):
            assert take(home, packets[packet]).code == DONE
            if (step + number) % 2:
                assert jieyue(home, "readings", "clean").code == DONE
        take(home, [("E2", BEGIN + 500 * HOUR, shown[500] + 0.25)], "--correction")
        out(home, "hour")
        before = (home / "hour.csv").read_bytes()
        assert jieyue(home, "readings", "rebuild").document["points"] > 0
        out(home, "hour")
        assert (home / "hour.csv").read_bytes() == before
        exported.add(before)
    assert len(exported) == 1
    assert b"estimated" in exported.pop()


REVISIONS = ["0", "-1", "2147483648", "second", "2147483647", "", "1.5"]


def test_a_revision_of_a_file_is_refused_where_a_pushed_one_is(metered: Path) -> None:
    """Bad are -1, 2147483648, a word and 1.5; an empty cell is 0."""
    rows = [("E2", BEGIN + n * HOUR, 10 + n, revision) for n, revision in enumerate(REVISIONS)]
    head = "meter,ts,value,revision"
    said = take(metered, rows, head=head)
    assert (said.code, counts(said)) == (REFUSED, (7, 3, 0, 4, False))
    (finding,) = said.document["findings"]
    assert (finding["code"], finding["row"], finding["value"]) == ("reading_revision", 3, "-1")
    assert "4 行" in finding["message_zh"]
    assert counts(take(metered, rows, "--valid-rows-only", head=head)) == (7, 3, 0, 4, True)
    assert [float(row["value"]) for row in out(metered, "raw")] == [10, 14, 15]
    numbers = [row for row in rows if row[3].lstrip("-").isdecimal()]
    assert counts(take(metered, numbers, "--valid-rows-only", head=head)) == (4, 0, 2, 2, True)


@pytest.mark.parametrize(
    ("kind", "revisions", "bad"),
    [
        (pa.uint64(), [0, 2**63 + 5, 7], 1),
        (pa.float64(), [0.0, 1.5, float("nan")], 2),
        (pa.float64(), [1e300, float("inf"), 3.0], 2),
        (pa.decimal128(20, 1), [None, 1, -1], 1),
    ],
    ids=str,
)
def test_a_revision_of_a_parquet_file_too(
    metered: Path, kind: pa.DataType, revisions: list[float | None], bad: int
) -> None:
    file = metered / "readings.parquet"
    columns = {"meter": ["E2"] * 3, "ts": [BEGIN + n * HOUR for n in range(3)], "value": [1.0, 2.0, 3.0]}
    pq.write_table(pa.table(columns).append_column("revision", pa.array(revisions, kind)), file)
    said = jieyue(metered, "import", "readings", file, "--valid-rows-only")
    assert (counts(said), codes(said)) == ((3, 3 - bad, 0, bad, True), [("error", "reading_revision")])


def test_an_instant_before_1970_is_refused_in_a_file_as_in_a_packet(metered: Path) -> None:
    said = take(metered, [("E2", -5, 1), ("E2", BEGIN, 2)])
    assert (said.code, counts(said)) == (REFUSED, (2, 1, 0, 1, False))
    (finding,) = said.document["findings"]
    assert (finding["code"], finding["row"], finding["value"]) == ("reading_time", 2, "-5")


def test_another_serial_number_is_a_change_of_the_meter_on_its_day(metered: Path, school: str) -> None:
    day = BEGIN + 24 * HOUR
    take(
        metered,
        [
            *hours(*(100 + n for n in range(24)), 123.5),
            *hours(*(7 + n for n in range(1, 24)), start=day + HOUR),
        ],
    )
    file = metered / "swap.csv"
    file.write_text(
        "meter,institution,carrier,unit,serial,multiplier,first_reading,last_reading,valid_from\n"
        f"E2,{school},electricity,kWh,B2,1,7,123.5,2025-01-02\n", "utf-8",
    )  # fmt: skip
    said = jieyue(metered, "import", "meters", file)
    assert (said.code, said.document["applied"]) == (DONE, True), said.stdout
    found = out(metered, "hour")
    assert [float(row["value"]) for row in found] == [1.0] * 23 + [0.5] + [1.0] * 23
    assert {row["quality"] for row in found} <= {"measured", "calculated"}
    again = jieyue(metered, "import", "meters", file)
    assert (again.document["duplicate"], again.document["accepted"]) == (1, 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("电", "煤气灯"), "meter_carrier"),
        (("01D30", "01Z99"), "meter_end_use"),
        (("B1,2024-12-01", "B1,2024-13-01"), "not_a_date"),
        (("E1,B1", "E9,B1"), "meter_parent"),
        (("E1,B1", "E2,B1"), "meter_circle"),
        (("累计", "瞎填"), "meter_word"),
        (("kWh,累计", "m3,累计"), "wrong_unit"),
        (("60,40", "0,40"), "meter_steps"),
        (("60,40", "60,-1"), "negative"),
    ],
)
def test_a_wrong_meter_is_refused_with_its_row(
    home: Path, school: str, change: tuple[str, str], code: str
) -> None:
    file = home / "meters.csv"
    file.write_text(METERS.format(school=school).replace(*change), "utf-8")
    said = jieyue(home, "import", "meters", file)
    above = change[0] in (
        "电",
        "累计",
        "60,40",
        "kWh,累计",
    )  # E2 hangs below E1, and cannot be stored without it
    found = said.document
    assert (said.code, found["applied"], found["rejected"]) == (REFUSED, False, 2 if above else 1)
    assert [one["code"] for one in said.document["findings"] if one["severity"] == "error"] == [code]
    assert take(home, hours(1, 2)).code == REFUSED


def test_an_institution_that_is_not_registered_has_no_meters(home: Path) -> None:
    file = home / "meters.csv"
    file.write_text(METERS.format(school="NOBODY"), "utf-8")
    said = jieyue(home, "import", "meters", file)
    assert {one["code"] for one in said.document["findings"]} == {"unknown_institution"}


def test_the_quality_of_each_point_and_what_is_open(metered: Path) -> None:
    take(metered, hours(500, 501, 502, 503, 504, 1, 2, 3, 4, 5, 6))
    day = ("--from", "2025-01-01", "--to", "2025-01-01")
    said = jieyue(metered, "readings", "quality", *day)
    rows = {row["meter"]: row for row in said.document}
    row = rows["E2"]
    assert (row["hours"], row["work"]) == (
        24,
        ["reset"],
    )  # 10 hours between its first and last value, 9 of them known
    assert (row["complete"], row["missing"]) == (pytest.approx(9 / 24), pytest.approx(15 / 24))
    # E1 and W1 are on record and were never heard of: all of it is missing, not nothing
    assert {name: (one["hours"], one["missing"]) for name, one in rows.items() if name != "E2"} == {
        "E1": (24, 1.0), "W1": (24, 1.0)
    }  # fmt: skip
    shown = jieyue(metered, "readings", "show", "--grain", "hour", "--meter", "E2")
    assert [one["quality"] for one in shown.document].count("missing") == 1
    assert jieyue(metered, "readings", "show", "--meter", "X9").code == REFUSED


def test_a_unit_that_changes_on_a_day_changes_nothing_before_it_and_the_register_goes_on(
    metered: Path,
) -> None:
    """W1's register is read in tonnes until 2025-01-02, from then on in litres; 2 t an hour all the time, and E2's unit
    is planned to change in 2099. A day in the wrong unit would be 48,000 or 0.048."""
    head = METERS.splitlines()[0]
    file = metered / "litres.csv"
    file.write_text(
        f"{head}\nW1,水表,A,水,L,register,,60,1,,,C1,2025-01-02\nE2,食堂,A,electricity,MWh,register,01D30,60,1,5,E1,B1,2099-01-01\n",
        "utf-8",
    )
    shown = [2 * n if n < 24 else 2_000 * n for n in range(49)]
    take(metered, hours(*shown, meter="W1"))
    take(metered, hours(*(2 * n for n in range(49))))
    assert jieyue(metered, "readings", "clean").code == DONE
    said = jieyue(metered, "import", "meters", file)
    assert (said.code, said.document["applied"]) == (DONE, True), said.stdout
    found = out(metered, "hour")
    assert [(row["meter"], float(row["value"]), row["quality"]) for row in found] == [
        (meter, 2.0, "measured") for meter in ("E2", "W1") for _hour in range(48)
    ]
    assert [row["quality"] for row in out(metered, "raw")] == ["good"] * 98
    assert {tuple(row["work"]) for row in jieyue(metered, "readings", "quality").document} == {()}


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        (pa.array([BEGIN, float("inf")]), "inf"),
        (pa.array([BEGIN, float("nan")]), "nan"),
        (pa.array([BEGIN, -1e300]), "-1e+300"),
        (pa.array([BEGIN, 2**62], pa.int64()), str(2**62)),
        (pa.array([BEGIN, 2**64 - 1], pa.uint64()), str(2**64 - 1)),
        (pa.array([str(BEGIN), "--5"]), "--5"),
        (pa.array([str(BEGIN), "9" * 13]), "9" * 13),
        (pa.array([BEGIN * 10**9, BEGIN * 10**9 + 1], pa.timestamp("ns")), "2024-12-31 16:00:00"),
    ],
)
def test_an_instant_that_cannot_be_is_a_finding_of_its_row(
    metered: Path, column: pa.Array, shown: str
) -> None:
    file = metered / "odd.parquet"
    pq.write_table(pa.table({"meter": ["E2", "E2"], "ts": column, "value": [1.0, 2.0]}), file)
    said = jieyue(metered, "import", "readings", file, "--valid-rows-only")
    (finding,) = [one for one in said.document["findings"] if one["severity"] == "error"]
    assert (finding["code"], finding["value"]) == ("reading_time", shown)
    assert (finding["row"], said.document["rejected"]) == ((2, 2) if "2024" in shown else (3, 1))


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 1e308, -1e300])
def test_a_number_that_is_none_or_too_large_is_a_finding_of_its_row(metered: Path, value: float) -> None:
    file = metered / "odd.parquet"
    table = {"meter": ["E2", "E2"], "ts": [BEGIN, BEGIN + HOUR], "value": [1.0, value]}
    pq.write_table(pa.table(table), file)
    by_file = jieyue(metered, "import", "readings", file)
    by_text = take(metered, [("E2", BEGIN, 1.0), ("E2", BEGIN + HOUR, value)])
    for said in (by_file, by_text):
        (finding,) = [one for one in said.document["findings"] if one["severity"] == "error"]
        assert finding["code"] == ("reading_large" if 1e299 < abs(value) < float("inf") else "reading_value")
        assert (finding["row"], said.document["rejected"]) == (3, 1)


@pytest.mark.parametrize("name", ["ts", "value", "meter"])
def test_a_column_of_no_kind_is_refused_in_words(metered: Path, name: str) -> None:
    file = metered / "odd.parquet"
    columns = {"meter": pa.array(["E2"]), "ts": pa.array([BEGIN]), "value": pa.array([1.0])}
    for column in (pa.array([[1]]), pa.nulls(1)):
        pq.write_table(pa.table({**columns, name: column}), file)
        said = jieyue(metered, "import", "readings", file)
        assert (said.code, said.document["applied"]) == (REFUSED, False)
        assert "Traceback" not in said.stderr
