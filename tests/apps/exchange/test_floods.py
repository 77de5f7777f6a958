"""Files that are floods: quotes, lines, strings, styles, merged cells, columns. Each is refused by name, or read as
what it holds; the child that reads it has bounds, this process does not grow, and the next file is read.
"""

import resource
import time
from collections.abc import Callable

import pytest

from jieyue.apps.exchange.numbers import parse_number, stored
from tests.apps.exchange import files

GOOD = files.xlsx([["a", 1.5], ["x", 2]])
#: Mebibytes that this process may gain by a file, and seconds that it may take.
ROOM, PATIENCE = 200, 120


def with_member(end: str, change: Callable[[bytes], bytes]) -> bytes:
    """The good workbook with the member whose name ends so changed."""
    return files.repacked(GOOD, lambda name, member: change(member) if name.endswith(end) else member)


def merged(references: bytes) -> bytes:
    said = b"</sheetData><mergeCells>" + references + b"</mergeCells>"
    return with_member("sheet1.xml", lambda member: member.replace(b"</sheetData>", said))


def first_row(more: bytes) -> bytes:
    return with_member(
        "sheet1.xml", lambda member: member.replace(b"</c></row>", b"</c>" + more + b"</row>", 1)
    )


def flood(end: str, close: bytes, one: bytes, times: int) -> bytes:
    return with_member(end, lambda member: member.replace(close, one * times + close))


REFUSED = {
    "a quote that never ends": ("a.csv", b'a,b\n"' + b"x,1\n" * 1_000_000, "csv_malformed"),
    "five million quotes": ("a.csv", b"a,b\n" + b'"' * 5_000_001 + b",1\n", "csv_malformed"),
    "a line of ten million cells": ("a.csv", b"a," * 10_000_000 + b"\n", "too_many_rows"),
    "a cell of twenty megabytes": ("a.csv", b"a,b\n" + b"x" * 20_000_000 + b",1\n", "csv_malformed"),
    "UTF-16 without its mark": ("a.csv", "甲,乙\n1,2\n".encode("utf-16-le"), "nul_in_text"),
    "a million strings": (
        "a.xlsx",
        flood("sharedStrings.xml", b"</sst>", b"<si><t>x</t></si>", 1_000_000),
        "file_zip_bomb",
    ),
    "a million columns": ("a.xlsx", first_row(b"<c><v>1</v></c>" * 1_000_000), "file_zip_bomb"),
    "a column beyond all": ("a.xlsx", first_row(b'<c r="ZZZZZZZ1"><v>1</v></c>'), "parser_memory"),
}
#: As large as a text may be that a page takes: one line of it all.
LINE = 99 * 2**20
LINES = {
    "one cell": (lambda: b"a,b\n" + b"1" * LINE, "csv_malformed"),
    "fifty million cells": (lambda: b"a,b\n" + b"1," * (LINE // 2), "parser_memory"),
    "a quote that never ends": (lambda: b'a,b\n"' + b"1," * (LINE // 2), "csv_malformed"),
}
READ = {
    "three hundred thousand merged cells": merged(
        b"".join(b'<mergeCell ref="A%d:B%d"/>' % (n, n) for n in range(3, 300_003))
    ),
    "two thousand times the whole sheet merged": merged(b'<mergeCell ref="A1:XFD1048576"/>' * 2_000),
    "sixty-four thousand styles": flood("styles.xml", b"</cellXfs>", b'<xf numFmtId="14"/>', 64_000),
}


@pytest.fixture(autouse=True)
def _bounded() -> object:
    """However it ends, neither memory nor time is spent on it, and a good file is read after it."""
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    yield
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < ROOM
    assert time.monotonic() - begun < PATIENCE
    assert files.read(GOOD, "a.xlsx").sheets[0].rows == [["a", 1.5], ["x", 2.0]]


@pytest.mark.parametrize("case", REFUSED)
def test_a_flood_is_refused_by_name(case: str) -> None:
    name, content, code = REFUSED[case]
    read = files.read(content, name)
    assert files.codes(read.findings) == [code]
    assert not list(read.sheets)


@pytest.mark.parametrize("case", LINES)
def test_a_line_of_a_hundred_megabytes_is_refused_by_name(case: str) -> None:
    make, code = LINES[case]
    read = files.read(make(), "a.csv")
    (finding,) = read.findings
    assert finding.code == code
    assert finding.message_zh.count("。") >= 2, "what it is, and how to mend it"
    assert not list(read.sheets)


@pytest.mark.parametrize("case", READ)
def test_what_only_looks_large_is_read_as_what_it_holds(case: str) -> None:
    read = files.read(READ[case], "a.xlsx")
    assert files.codes(read.findings) == []
    assert read.sheets[0].rows == [["a", 1.5], ["x", 2.0]]


def test_a_mark_in_the_middle_of_a_file_is_no_digit() -> None:
    """Two files put together leave the second one's byte-order mark in the middle: the number is read all the same."""
    (_head, (first, second)) = files.read("a,b\n\ufeff1,2\n".encode(), "a.csv").sheets[0].rows
    assert [stored(parse_number(str(one))) for one in (first, second)] == [(10_000, False), (20_000, False)]
