"""Cells whose number format shows something else than they hold: read as what the workbook computes with, or refused
as a date; a workbook never changes its numbers by how it draws them. And members whose sizes or names lie."""

import struct

import pytest

from jieyue.apps.exchange.numbers import Refusal, number_of, stored
from tests.apps.exchange import files

#: What a person sees → (what is stored, its format), ten-thousandths of what is read.
NUMBERS = {
    "12,000": (12000, "#,##0", 120_000_000),
    "1.2万": (12000, '0!.0,"万"', 120_000_000),
    "12 in thousands": (12000, "0,", 120_000_000),
    "12%": (0.12, "0%", 1_200),
    "0 whatever it is": (1234.5, '"0"', 12_345_000),
    "nothing": (1234.5, ";;;", 12_345_000),
    "1 after rounding": (1.4, "0", 14_000),
    "positive though it is negative": (-1234.5, "0.0;0.0", -12_345_000),
    "red": (1234.5, "[Red]0.0", 12_345_000),
    "12 days, in quotes": (12, '0" days"', 120_000),
    "12 d, by one sign": (12, "0\\d", 120_000),
    "a year in front": (12, '"2026年"0', 120_000),
    "1.2E+04": (12000, "0.0E+00", 120_000_000),
    "a fraction": (0.5, "# ?/?", 5_000),
}
DATES = {
    "2023-03-15": (45000, "yyyy-mm-dd"),
    "2023年3月15日": (45000, '[$-804]yyyy"年"m"月"d"日"'),
    "12:00": (0.5, "h:mm"),
    "a duration": (1.5, "[h]:mm"),
}


@pytest.mark.parametrize("seen", NUMBERS)
def test_a_number_is_what_is_stored_not_what_is_shown(seen: str) -> None:
    held, shown, read = NUMBERS[seen]
    (_head, (cell,)) = files.read(files.xlsx([["用电量"], [(held, shown)]]), "a.xlsx").sheets[0].rows
    number = number_of(cell)
    assert not isinstance(number, Refusal)
    assert stored(number) == (read, False)


@pytest.mark.parametrize("seen", DATES)
def test_a_number_that_is_shown_as_a_date_is_refused_in_a_column_of_numbers(seen: str) -> None:
    (_head, (cell,)) = files.read(files.xlsx([["用电量"], [DATES[seen]]]), "a.xlsx").sheets[0].rows
    assert number_of(cell) == Refusal("date_in_number")


@pytest.mark.parametrize("shown", ["@", "0.00", "yyyy-mm-dd"])
def test_a_text_stays_a_text_whatever_its_format(shown: str) -> None:
    """It is read as it is typed, so that 1,200.5 that somebody typed is the same number under each."""
    book = files.xlsx([["用电量"], [("1,200.5", shown)]])
    (_head, (cell,)) = files.read(book, "a.xlsx").sheets[0].rows
    assert cell == "1,200.5"
    number = number_of(cell)
    assert not isinstance(number, Refusal)
    assert stored(number) == (12_005_000, False)


# --- members that lie --------------------------------------------------------------------------------

GOOD = files.xlsx([["a", 1.5], ["x", 2]])
SHEET = b"xl/worksheets/sheet1.xml"
#: Places in the head of a member in the directory (46 bytes before its name) and in front of it (30 bytes).
_DIRECTORY, _LOCAL = 46, 30


def patched(place: int, form: str, value: int, *, directory: bool) -> bytes:
    """The good workbook with one field of the sheet's head overwritten."""
    content = bytearray(GOOD)
    at = (content.rindex if directory else content.index)(SHEET)
    struct.pack_into(form, content, at - (_DIRECTORY if directory else _LOCAL) + place, value)
    return bytes(content)


LIES = {
    "the directory says ten bytes": patched(24, "<I", 10, directory=True),
    "the directory says four gigabytes": patched(24, "<I", 0xFFFFFFF0, directory=True),
    "it says ten packed bytes": patched(20, "<I", 10, directory=True),
    "it says four gigabytes packed": patched(20, "<I", 0xFFFFFFF0, directory=True),
    "it leads to the middle of another member": patched(42, "<I", 60, directory=True),
    "it leads beyond the end": patched(42, "<I", 0x7FFFFFFF, directory=True),
    "another check sum": patched(16, "<I", 1, directory=True),
    "another way of packing": patched(10, "<H", 99, directory=True),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_member_that_lies_is_refused_by_name(lie: str) -> None:
    read = files.read(LIES[lie], "a.xlsx")
    (finding,) = read.findings
    assert finding.code in ("file_truncated", "file_bad_member", "file_unreadable", "file_zip_bomb")
    assert finding.message_zh.count("。") >= 2, "what it is, and how to mend it"
    assert not list(read.sheets)


@pytest.mark.parametrize("place", [18, 22])
def test_sizes_in_front_of_a_member_are_not_believed_either(place: int) -> None:
    """Readers go by the directory; what stands in front of the member changes nothing or is refused."""
    read = files.read(patched(place, "<I", 7, directory=False), "a.xlsx")
    assert not read.findings or not list(read.sheets)
    if not read.findings:
        assert read.sheets[0].rows == [["a", 1.5], ["x", 2.0]]


def test_a_member_with_another_name_in_front_is_refused() -> None:
    content = GOOD.replace(SHEET, SHEET[:-5] + b"2.xml", 1)
    read = files.read(content, "a.xlsx")
    assert files.codes(read.findings) == ["file_truncated"]
