"""The workbook of a paper: numbers are numbers, words are words, and the last sheet says whence."""

import io
from dataclasses import replace
from fractions import Fraction

import openpyxl

from jieyue.apps.papers.content import Paragraph, Status, Text
from jieyue.apps.papers.workbook import workbook_of
from tests.apps.papers.papers import FIGURE, of, table


def test_tables_are_sheets_with_numbers_and_the_sources_stand_behind() -> None:
    missing = replace(FIGURE, text="未报", value=None, status=Status.MISSING)
    loose = replace(FIGURE, text="7.00", value=Fraction(7), status=Status.PROVISIONAL)
    paper = of(Paragraph((Text("=消费"), FIGURE)), table(FIGURE, missing, loose))
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(paper)))
    assert book.sheetnames == ["正文", "表1", "数据出处"]
    assert "=消费1,234.56吨标准煤" in [row[0] for row in book["正文"].values]
    cells = [row[1] for row in book["表1"].values]
    assert cells[1:5] == ["能耗（吨标准煤）", 1234.56, "未报", 7]
    assert [cell.font.i for cell in book["表1"]["B"]][2:5] == [False, False, True]
    rows = list(book["数据出处"].values)
    assert len(rows) == 1 + 4
    assert rows[1][:2] == ("1", "第1段")
    assert (rows[0][2], rows[0][8]) == ("指标", "指标代码")
    assert rows[1][2] == "能源消费总量"
    assert rows[1][-3:] == (FIGURE.receipt, "energy_total_tce", "line:1")


def test_it_shows_the_printed_digits_and_is_set_up_to_be_printed() -> None:
    """5.0 is not 5 and 1,234.50 not 1234.5; A4, one page wide, the head and the mark on every page."""
    numbers = [
        replace(FIGURE, text=text, value=Fraction(text.replace(",", "")))
        for text in ("5.0", "1,234.50", "1,234", "+0.01", "-0.50")
    ]
    wide = replace(table(*numbers), landscape=True)
    paper = of(Paragraph((Text("消" * 200), FIGURE)), wide, synthetic=True)
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(paper)))
    formats = [cell.number_format for cell in book["表1"]["B"]][2:7]
    assert formats == ["0.0", "#,##0.00", "#,##0", "+0.00;-0.00;0.00", "0.00"]
    assert book["正文"]["A3"].alignment.wrap_text
    for sheet in book:
        assert sheet.page_setup.paperSize == 9
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert "样例数据" in sheet.oddHeader.right.text
        assert "&P" in sheet.oddFooter.center.text or sheet.oddFooter.center.text == "&[Page]"
    assert (book["表1"].print_title_rows, book["数据出处"].print_title_rows) == ("$1:$2", "$1:$1")
    assert (book["表1"].page_setup.orientation, book["数据出处"].freeze_panes) == ("landscape", "A2")
