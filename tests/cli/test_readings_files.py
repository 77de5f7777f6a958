"""`import readings` of files as integrators bring them: read as they are meant, or refused by cell; nothing becomes
blank, zero or another number in silence."""

import datetime
import gzip
import io
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.command import DONE, REFUSED, Said, jieyue
from tests.cli.test_metering import out
from tests.cli.test_rollups import add_meters

#: 2025-01-01 00:00 in China.
NEW_YEAR = 1735660800
QUARTER = 900
LONG = 'kind = "readings"\ntimezone = "Asia/Shanghai"\n'
WIDE = LONG + 'layout = "wide"\n'
DAY = LONG + 'layout = "day"\n'
#: Two readings of E1, at the first and second quarter of an hour of 2025.
TWO = {("E1", 1): "1000.5", ("E1", 2): "1001.5"}
HALVES = [f"{n // 2:02d}:{n % 2 * 30:02d}" for n in range(48)]


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["表号", "采集时间", "示数"])
    for minute, value in ((15, 1000.5), (30, 1001.5)):
        sheet.append(["E1", datetime.datetime(2025, 1, 1, 0, minute), value])  # noqa: DTZ001 as it stands in a cell
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


@pytest.fixture
def metered(home: Path) -> Path:
    rows = [f"{code},A,electricity,kWh,15,2024-12-01" for code in ("E1", "E2", "000123", "123")]
    add_meters(home, rows, head="meter,institution,carrier,unit,step_min,valid_from")
    return home


def bring(home: Path, content: bytes | str, profile: str = "", *options: str, name: str = "r.csv") -> Said:
    file = home / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    if profile:
        (home / "layout.toml").write_text(profile, "utf-8")
        options = ("--map", str(home / "layout.toml"), *options)
    return jieyue(home, "import", "readings", file, *options)


def stored(home: Path) -> dict[tuple[str, int], str]:
    """(meter, quarters of an hour since the new year) → value."""
    return {
        (row["meter"], (int(row["ts"]) - NEW_YEAR) // QUARTER): f"{float(row['value']):g}"
        for row in out(home, "raw")
    }


@pytest.mark.parametrize(
    ("content", "profile", "name", "wanted"),
    [
        ("表号,采集时间,示数,备注\nE1,2025-01-01 00:15,1000.5,正常\nE1,2025-01-01 00:30,1001.5,正常\n".encode("gbk"),
         LONG, "r.csv", TWO),
        ("meter,ts,value\nE1,2025-01-01 00:15,1000.5\nE1,2025-01-01 00:30,1001.5\n".encode("utf-16"),
         LONG, "r.csv", TWO),
        ("\ufeffmeter;ts;value\nE1;2025/1/1 0:15;1000.5\nE1;2025/1/1 0:30;1001.5\n", LONG, "r.csv", TWO),
        ("meter\tts\tvalue\nE1\t2025年1月1日 0:15\t1000.5\nE1\t2025.1.1 0:30:00\t1001.5\n", LONG, "r.txt", TWO),
        ('meter,ts,value\nE1,2025-01-01 00:15,"1,000.5"\nE1,2025-01-01 00:30,"1,001.5"\n', LONG, "r.csv", TWO),
        ("meter,ts,value\nE1,2024-12-31 24:00,7\nE1,2025/1/1 24:00:00,8\n", LONG, "r.csv",
         {("E1", 0): "7", ("E1", 96): "8"}),
        ("meter,ts,value\n000123,2025-01-01 00:15,7\n123,2025-01-01 00:15,8\n", LONG, "r.csv",
         {("000123", 1): "7", ("123", 1): "8"}),
        *((head + "000123,2025-01-01 00:15,7\n123,2025-01-01 00:15,8\n", LONG, "r.csv",
           {("000123", 1): "7", ("123", 1): "8"})
           for head in ("\nmeter,ts,value\n", "\ufeff\r\n\r\nmeter,ts,value\r\n")),
        ('"备\n注",meter,ts,value\n,000123,2025-01-01 00:15,7\n,123,2025-01-01 00:15,8\n', LONG, "r.csv",
         {("000123", 1): "7", ("123", 1): "8"}),
        ('"备\n注";meter;ts;value\n;000123;2025-01-01 00:15;7\n;123;2025-01-01 00:15;8\n', LONG, "r.csv",
         {("000123", 1): "7", ("123", 1): "8"}),
        ("\nmeter;ts;value\n000123;2025-01-01 00:15;7\n123;2025-01-01 00:15;8\n", LONG, "r.csv",
         {("000123", 1): "7", ("123", 1): "8"}),
        ("记录\n\nmeter;ts;value\n000123;2025-01-01 00:15;7\n123;2025-01-01 00:15;8\n", LONG + "header = 2\n", "r.csv",
         {("000123", 1): "7", ("123", 1): "8"}),
        ("某校抄表记录\nmeter,ts,value\nE1,2025-01-01 00:15,1000.5\nE1,2025-01-01 00:30,1001.5\n",
         LONG + "header = 2\n", "r.csv", TWO),
        ("时间,E1,E2\n2025-01-01 00:15,1000.5,--\n2025-01-01 00:30,1001.5,\n2025-01-01 00:45,NULL,6\n",
         WIDE + 'no_reading = ["--", "NULL"]\n', "r.csv", {**TWO, ("E2", 3): "6"}),
        ("表号,日期," + ",".join(HALVES) + ",24:00,合计\n"
         + "E1,2025/1/1," + ",".join(str(10 + n) for n in range(49)) + ",99\n", DAY, "r.csv",
         {("E1", 2 * n): str(10 + n) for n in range(49)}),
        (workbook(), LONG, "r.xlsx", TWO),
        (gzip.compress(b"meter,ts,value\nE1,2025-01-01 00:15,1000.5\nE1,2025-01-01 00:30,1001.5\n"),
         LONG, "r.csv.gz", TWO),
    ],
)  # fmt: skip
def test_a_file_is_read_as_it_is_meant(
    metered: Path, content: bytes | str, profile: str, name: str, wanted: dict[tuple[str, int], str]
) -> None:
    said = bring(metered, content, profile, name=name)
    assert said.code == DONE, said.stdout
    assert said.document["accepted"] == len(wanted)
    assert stored(metered) == wanted


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@pytest.mark.parametrize(
    ("profile", "times", "meters"),
    [
        (
            LONG,
            {"ts": ["2025-01-01 00:15", "2025-01-01 00:30", "2025-01-01 00:45"]},
            {"value": ["1", "--", "2"]},
        ),
        (WIDE, {"ts": ["2025-01-01 00:15", "2025-01-01 00:45"]}, {"E1": ["1", "2"], "E2": ["--", ""]}),
        (DAY, {"ts": ["2025-01-01"]}, {"00:15": ["1"], "00:30": ["--"], "00:45": ["2"]}),
    ],
)
def test_words_for_no_reading_are_left_out_of_parquet_of_either_kind_of_text(
    metered: Path, profile: str, times: dict[str, list[str]], meters: dict[str, list[str]], kind: pa.DataType
) -> None:
    """Polars writes its texts as large ones."""
    columns = {name: pa.array(texts, kind) for name, texts in (times | meters).items()}
    if profile != WIDE:
        columns["meter"] = pa.array(["E1"] * len(times["ts"]), kind)
    pq.write_table(pa.table(columns), metered / "r.parquet")
    content = (metered / "r.parquet").read_bytes()
    said = bring(metered, content, profile + 'no_reading = ["--"]\n', name="r.parquet")
    assert said.code == DONE, said.stdout
    assert [(one["code"], one["value"], one["data"]["count"]) for one in said.document["findings"]] == [
        ("reading_none", "--", 1)
    ]
    assert stored(metered) == {("E1", 1): "1", ("E1", 3): "2"}


def test_cells_without_a_reading_are_counted_by_the_word_that_stands_there(metered: Path) -> None:
    text = "meter,ts,value\nE1,2025-01-01 00:15,1\nE1,2025-01-01 00:30,--\nE1,2025-01-01 00:45, -- \n"
    said = bring(metered, text, LONG + 'no_reading = ["--"]\n').document
    assert (said["read"], said["accepted"]) == (1, 1)
    (note,) = said["findings"]
    assert (note["severity"], note["code"], note["row"], note["value"]) == ("note", "reading_none", 3, "--")
    assert note["data"]["count"] == 2
    said = bring(metered, text, LONG + 'no_reading = ["0"]\n')
    assert (said.code, said.document["error"]["code"]) == (REFUSED, "profile")


@pytest.mark.parametrize(
    "word", ["--", "NULL", "N/A", "#N/A", "nan", "无", "", "1000,5", "1,5", "1_000", "10kWh"]
)
@pytest.mark.parametrize("layout", ["long", "wide"])
def test_a_cell_that_is_no_number_is_told_as_it_stands(metered: Path, layout: str, word: str) -> None:
    """In a wide file a blank cell is a meter that says nothing at that time; every other word is refused."""
    rows = [
        ("2025-01-01 00:15", "1"),
        ("2025-01-01 00:30", f'"{word}"' if word else ""),
        ("2025-01-01 00:45", "2"),
    ]
    if layout == "long":
        said = bring(metered, "meter,ts,value\n" + "".join(f"E1,{ts},{one}\n" for ts, one in rows), LONG)
    else:
        said = bring(metered, "时间,E1,E2\n" + "".join(f"{ts},{one},5\n" for ts, one in rows), WIDE)
    if layout == "wide" and not word:
        assert (said.code, said.document["accepted"]) == (DONE, 5)
        return
    assert said.code == REFUSED
    (wrong,) = said.document["findings"]
    assert (wrong["code"], wrong["row"], wrong["value"]) == ("reading_value", 3, word or "空 blank")
    assert stored(metered) == {}


@pytest.mark.parametrize(
    "written", ["45658.0104166667", "45658", "20250101", "20250101001500", "9999-12-31 24:00", "合计", ""]
)
def test_a_number_that_is_no_time_is_refused(metered: Path, written: str) -> None:
    """A spreadsheet's day, or a date without dashes, is not a second of 1970; nor is a row of totals one."""
    said = bring(metered, f"meter,ts,value\nE1,{written},1000\n", LONG)
    assert said.code == REFUSED
    (wrong,) = said.document["findings"]
    assert (wrong["code"], wrong["row"]) == ("reading_time", 2)
    assert wrong["value"] == (written or "空 blank")
    assert stored(metered) == {}


@pytest.mark.parametrize("date", ["20250101", "20250101 00:00:00"])
def test_a_date_without_dashes_is_refused_at_every_time_of_its_day(metered: Path, date: str) -> None:
    text = f"表号,日期,00:00,12:00,24:00\nE1,{date},1,2,3\nE1,2025-01-02,3,4,5\n"
    said = bring(metered, text, DAY)
    assert said.code == REFUSED
    (wrong,) = said.document["findings"]
    assert (wrong["code"], wrong["row"], wrong["data"]["count"]) == ("reading_time", 2, 3)
    assert wrong["value"] == "20250101"
    assert bring(metered, text, DAY, "--valid-rows-only").document["accepted"] == 3
    assert stored(metered) == {("E1", 96): "3", ("E1", 144): "4", ("E1", 192): "5"}


def test_rows_of_units_and_totals_are_named_and_the_others_may_come_in(metered: Path) -> None:
    text = "表号,采集时间,示数\n,,kWh\nE1,2025-01-01 00:15,1000.5\nE1,2025-01-01 00:30,1001.5\n合计,,2002\n"
    said = bring(metered, text, LONG)
    assert (said.code, said.document["rejected"]) == (REFUSED, 2)
    assert {one["row"] for one in said.document["findings"]} == {2, 5}
    assert bring(metered, text, LONG, "--valid-rows-only").document["accepted"] == 2
    assert stored(metered) == TWO


GOOD_THEN_BAD = "E1,2025-01-01 00:15,1000.5\n{gap}E1,2025-01-01 00:30,坏\n"


@pytest.mark.parametrize(
    ("text", "profile", "row"),
    [
        ("\n\nmeter,ts,value\n" + GOOD_THEN_BAD.format(gap=""), LONG, 5),
        ("\ufeff\r\n\r\nmeter,ts,value\r\n" + GOOD_THEN_BAD.format(gap="\r\n"), LONG, 6),
        ("meter,ts,value\n\n" + GOOD_THEN_BAD.format(gap="\n\n"), LONG, 6),
        ("某校\n\n\nmeter,ts,value\n" + GOOD_THEN_BAD.format(gap="\n"), LONG + "header = 2\n", 7),
        ('"备\n\n注",meter,ts,value\n\n,E1,2025-01-01 00:15,坏\n', LONG, 3),
        (("\nmeter,ts,value\n\n" + GOOD_THEN_BAD.format(gap="")).encode("utf-16"), LONG, 5),
        ("\n时间,E1,E2\n\n2025-01-01 00:15,1,2\n2025-01-01 00:30,坏,3\n", WIDE, 5),
    ],
)
def test_a_cell_is_named_by_the_row_that_a_spreadsheet_shows(
    metered: Path, text: str | bytes, profile: str, row: int
) -> None:
    """Empty lines count, above the headings and below; lines within a quoted cell do not."""
    said = bring(metered, text, profile)
    assert said.code == REFUSED
    (wrong,) = said.document["findings"]
    assert (wrong["code"], wrong["row"], wrong["value"]) == ("reading_value", row, "坏")
    assert f"首行 {row}（" in wrong["message_zh"]


@pytest.mark.parametrize(("above", "profile"), [(3, LONG), (3, LONG + "header = 2\n"), (0, LONG)])
def test_a_cell_of_a_workbook_is_named_by_its_row(metered: Path, above: int, profile: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    cells = (("表号", "采集时间", "示数"), ("E1", "2025-01-01 00:15", 1), ("E1", "2025-01-01 00:30", "坏"))
    for down, written in enumerate(cells, above + 1):
        for column, value in enumerate(written, 1):
            sheet.cell(down, column, value)
    kept = io.BytesIO()
    book.save(kept)
    said = bring(metered, kept.getvalue(), profile, name="r.xlsx")
    assert said.code == REFUSED
    (wrong,) = said.document["findings"]
    assert (wrong["code"], wrong["row"]) == ("reading_value", above + 3)


@pytest.mark.parametrize(
    ("day", "hour"), [("2025-10-26", "01"), ("2025-03-30", "01")]
)  # the clocks of London go back, and forward
def test_the_hour_that_a_clock_shows_twice_or_never_is_refused(metered: Path, day: str, hour: str) -> None:
    for form in (day, day.replace("-", "/")):
        rows = "".join(f"E1,{form} {n:02d}:30,{n}\n" for n in range(4))
        said = bring(metered, f"meter,ts,value\n{rows}", 'kind = "readings"\ntimezone = "Europe/London"\n')
        assert said.code == REFUSED
        (wrong,) = said.document["findings"]
        assert (wrong["code"], wrong["row"]) == ("reading_time", 3)
        assert f"{hour}:30" in wrong["value"]


@pytest.mark.parametrize(
    ("content", "profile", "name", "word"),
    [
        (b"\xff\xfa\xfb\xff,x\n", "", "r.csv", "GB 18030"),
        ("表号,日期,合计\nE1,2025-01-01,5\n", DAY, "r.csv", "00:00"),
        (b"PK\x03\x04 no workbook", LONG, "r.xlsx", "r"),
        ("meter,ts,value\n", LONG + "header = 5\n", "r.csv", "header = 5"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    metered: Path, content: bytes | str, profile: str, name: str, word: str
) -> None:
    said = bring(metered, content, profile, name=name)
    assert said.code == REFUSED
    (wrong,) = said.document["findings"]
    assert wrong["code"] == "readings_file"
    assert word in wrong["message_zh"]
    assert word in wrong["message_en"]
