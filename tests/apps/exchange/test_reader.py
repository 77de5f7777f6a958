"""Reading: encodings, cells that a parser would lose, and a child that may die without harm."""

import datetime
import time

import pytest

from jieyue.apps.exchange import reader
from jieyue.apps.exchange.limits import Limits
from jieyue.apps.exchange.reader import Odd
from jieyue.apps.exchange.sandbox import parse
from tests.apps.exchange import files

RARE = "㐂𠮷𬭎喆堃"
ROWS = [["名称", "数"], [RARE, "1"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be", "utf-16-le"])
def test_encodings(encoding: str) -> None:
    content = files.table(ROWS, encoding=encoding)
    if encoding in ("utf-16-be", "utf-16-le"):
        content = "\ufeff".encode(encoding) + content
    assert files.read(content).sheets[0].rows == ROWS


def test_gb18030_of_real_length() -> None:
    rows = [["机构名称", "电消费量"], *([f"示例第{number}中学{RARE}", "5"] for number in range(50))]
    read = files.read(files.table(rows, encoding="gb18030"))
    assert read.encoding == "gb18030"
    assert read.sheets[0].rows == rows


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe\xfa\x00\xd8", "encoding_wrong"),
        ("名称,数\n".encode() * 20 + b"\xe7\x94", "encoding_damaged"),
        (b"a,b\n\x81\x20\xff,1\n", "encoding_unknown"),
        (("カタカナ,ひらがな\n" * 10).encode("shift_jis"), "encoding_unknown"),
        (b"a,b\n1\x00,2\n", "nul_in_text"),
        (b'a,b\n"x,1\ny,2\n', "csv_malformed"),
        (b'a,b\n"x"y,1\n', "csv_malformed"),
        (b"a,b\n" + b"x" * 40_000 + b",1\n", "csv_malformed"),
    ],
)
def test_text_that_cannot_be_read(content: bytes, code: str) -> None:
    assert files.codes(files.read(content).findings) == [code]


def test_a_stated_encoding_is_obeyed() -> None:
    content = "名称,数\n".encode("shift_jis", "ignore") + "カナ,1\n".encode("shift_jis")
    assert files.read(content, encoding="shift_jis").sheets[0].rows[1] == ["カナ", "1"]
    assert files.codes(files.read(files.table(ROWS), encoding="ascii").findings) == ["encoding_wrong"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiters(delimiter: str) -> None:
    content = files.table([["a", "b, c; d"], ["1", "2"]], delimiter=delimiter)
    assert files.read(content).sheets[0].rows[1] == ["1", "2"]


def test_mixed_line_ends_and_blank_lines_keep_their_row_numbers() -> None:
    sheet = files.read(b"a,b\r\n\n1,2\r3,4\n").sheets[0]
    assert [sheet.row_number(place) for place, row in enumerate(sheet.rows) if row] == [1, 3, 4]


def test_a_quoted_line_break_is_one_row() -> None:
    sheet = files.read(b'a,b\n"x\ny",2\nz,3\n').sheets[0]
    assert sheet.rows == [["a", "b"], ["x\ny", "2"], ["z", "3"]]


def test_workbook_cells_keep_kind_and_place() -> None:
    day = datetime.date(2025, 3, 1)
    content = files.xlsx([[], [None, "甲", 1.5], [None, True, (day, "yyyy-mm-dd")]])
    sheet = files.read(content, "a.xlsx").sheets[0]
    assert (sheet.first_row, sheet.first_column) == (2, 2)
    assert sheet.rows == [["甲", 1.5], [True, Odd("date", "2025-03-01")]]
    assert (sheet.row_number(1), sheet.letter(1)) == (3, "C")


def test_cells_that_the_parser_drops_are_found_again() -> None:
    """Error values and formulas without a stored result would read as blank."""

    def change(name: str, member: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return member
        odd = b'<c r="B1" t="e"><v>#N/A</v></c><c r="C1"><f>A1*2</f></c>'
        odd += b'<c r="D1"><v>1e400</v></c><c r="E1"><v>NaN</v></c>'
        return member.replace(b"</c></row>", b"</c>" + odd + b"</row>", 1)

    sheet = files.read(files.repacked(files.xlsx([[1]]), change), "a.xlsx").sheets[0]
    assert sheet.rows[0] == [
        1.0,
        Odd("error", "#N/A"),
        Odd("formula", "="),
        Odd("number", "inf"),
        Odd("number", "nan"),
    ]


def test_errors_in_xls_are_found_again() -> None:
    import io

    import xlwt

    book = xlwt.Workbook()
    page = book.add_sheet("s")
    page.write(0, 0, 3.25)
    page.row(0).set_cell_error(1, 0x2A)
    target = io.BytesIO()
    book.save(target)
    assert files.read(target.getvalue(), "a.xls").sheets[0].rows[0] == [3.25, Odd("error", "#N/A")]


def test_a_bomb_that_passes_the_gate_dies_alone() -> None:
    """Three million cells in a small package under a memory limit: a finding here, and the parent goes on."""
    line = b"<row>" + b"<c><v>1</v></c>" * 1_000 + b"</row>"

    def change(name: str, member: bytes) -> bytes:
        return member.replace(b"<sheetData/>", b"<sheetData>" + line * 3_000 + b"</sheetData>")

    content = files.repacked(files.xlsx([]), change)
    read = files.read(content, "a.xlsx", limits=Limits(memory_bytes=128 << 20, ratio=10**6))
    assert files.codes(read.findings) == ["parser_memory"]
    assert files.read(files.xlsx([[1]]), "a.xlsx").sheets[0].rows == [[1.0]]


def test_the_cell_limit() -> None:
    content = files.xlsx([[1], *[[] for _ in range(3)], [None] * 30 + [2]])
    assert files.codes(files.read(content, "a.xlsx", limits=Limits(cells=100)).findings) == ["too_many_rows"]


def test_a_far_away_cell_is_refused_and_not_allocated() -> None:
    target = files.repacked(
        files.xlsx([[1]]),
        lambda name, member: (
            member.replace(
                b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            )
            if name.endswith("sheet1.xml")
            else member
        ),
    )
    assert not files.read(target, "a.xlsx").sheets


@pytest.mark.parametrize(
    ("module", "limits", "code"),
    [
        ("tests.apps.exchange.child_that_sleeps", Limits(wall_seconds=0.3), "parser_timeout"),
        ("tests.apps.exchange.child_that_spins", Limits(cpu_seconds=1), "parser_timeout"),
        ("tests.apps.exchange.child_that_dies", Limits(), "parser_crashed"),
        ("tests.apps.exchange.child_that_babbles", Limits(), "parser_crashed"),
        ("tests.apps.exchange.child_that_eats", Limits(memory_bytes=80 * 1024 * 1024), "parser_memory"),
    ],
)
def test_a_failing_child_is_a_finding(module: str, limits: Limits, code: str, tmp_path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"a,b\n")
    start = time.monotonic()
    document, finding = parse(file, "csv", limits=limits, module=module)
    assert document is None
    assert finding is not None
    assert finding.code == code
    assert time.monotonic() - start < 30


def test_xls_is_read() -> None:
    sheet = files.read(files.xls([["单位", "电"], ["甲局", 3.25]]), "a.xls").sheets[0]
    assert sheet.rows == [["单位", "电"], ["甲局", 3.25]]
    assert sheet.name == "一"


def test_read_path_does_not_load_what_is_too_large(tmp_path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"a,b\n" * 100)
    limits = Limits(text_bytes=50, workbook_bytes=50)
    assert files.codes(reader.read_path(file, limits=limits).findings) == ["file_too_large"]
