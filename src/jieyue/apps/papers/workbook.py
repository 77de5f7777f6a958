"""A paper as a workbook: its text, each table as a sheet with numbers as numbers, and where each number comes from."""

import io
from typing import Any

from xlsxwriter import Workbook

from jieyue.apps.papers.binding import annex_of, checked
from jieyue.apps.papers.content import Cell, Number, Paper, TableBlock, cell_said
from jieyue.apps.papers.figures_annex import COLUMNS, TITLE, cells_of
from jieyue.apps.papers.pdf import notes_of
from jieyue.apps.papers.plain import text_of

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def workbook_of(paper: Paper) -> bytes:
    """The paper as xlsx. Raises LooseNumberError."""
    whole = checked(paper)
    sink = io.BytesIO()
    with Workbook(sink, _OPTIONS) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        provisional = book.add_format({"italic": True})
        text = book.add_worksheet("正文")
        text.set_column(0, 0, 110)
        for line, said in enumerate(text_of(whole).splitlines()):
            text.write_string(line, 0, said)
        for table in tables_of(whole):
            _table(book.add_worksheet(f"表{table.number}"), table, head, provisional)
        _sources(book.add_worksheet(TITLE), whole, head)
    return sink.getvalue()


def tables_of(paper: Paper) -> list[TableBlock]:
    """Every table of body and annexes, in reading order."""
    blocks = [*paper.blocks, *(block for annex in paper.annexes for block in annex.blocks)]
    return [block for block in blocks if isinstance(block, TableBlock)]


def _table(sheet: Any, table: TableBlock, head: Any, provisional: Any) -> None:
    sheet.write_string(0, 0, f"表{table.number} {table.caption}")
    for place, column in enumerate(table.columns):
        title = f"{column.title}（{column.unit}）" if column.unit else column.title
        sheet.write_string(1, place, title, head)
        sheet.set_column(place, place, 14 if column.number else 24)
    for line, row in enumerate(table.rows, 2):
        for place, cell in enumerate(row):
            _write(sheet, line, place, cell, provisional)
    for line, note in enumerate(notes_of(table), len(table.rows) + 3):
        sheet.write_string(line, 0, note)
    sheet.freeze_panes(2, 1)


def _write(sheet: Any, line: int, place: int, cell: Cell, provisional: Any) -> None:
    """A cell that is one number is that number as printed; anything else is text."""
    only = cell[0] if len(cell) == 1 else None
    if isinstance(only, Number) and only.value is not None:
        style = provisional if only.status == "provisional" else None
        sheet.write_number(line, place, float(only.text.replace(",", "")), style)
    else:
        sheet.write_string(line, place, cell_said(cell))


def _sources(sheet: Any, paper: Paper, head: Any) -> None:
    for place, title in enumerate((*(column.title for column in COLUMNS), "指标代码", "口径")):
        sheet.write_string(0, place, title, head)
        sheet.set_column(place, place, 20)
    rows = annex_of(paper)
    for line, row in enumerate(rows, 1):
        said = [text.replace("\u200b", "") for text in cells_of(row)]
        for place, text in enumerate((*said, row.number.code, row.number.scope)):
            sheet.write_string(line, place, text)
    if paper.anchor:
        sheet.write_string(len(rows) + 2, 0, paper.anchor)
