"""A paper as a workbook: its text, each table as a sheet with numbers as numbers, and where each number comes from."""

import io
from collections.abc import Callable
from typing import Any

from xlsxwriter import Workbook

from jieyue.apps.papers.binding import annex_of, checked
from jieyue.apps.papers.content import Cell, Number, Paper, Status, TableBlock, cell_said
from jieyue.apps.papers.figures_annex import COLUMNS, TITLE, cells_of
from jieyue.apps.papers.pdf import marks_of, notes_of
from jieyue.apps.papers.plain import text_of

#: So many columns stand on an upright page.
_UPRIGHT = 6
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def workbook_of(paper: Paper) -> bytes:
    """The paper as xlsx. Raises LooseNumberError."""
    whole = checked(paper)
    sink = io.BytesIO()
    with Workbook(sink, _OPTIONS) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        marks = "　".join(marks_of(whole))
        text = book.add_worksheet("正文")
        text.set_column(0, 0, 90)
        for line, said in enumerate(text_of(whole).splitlines()):
            text.write_string(line, 0, said, wrapped)
        _to_print(text, marks)
        for table in tables_of(whole):
            sheet = book.add_worksheet(f"表{table.number}")
            _table(sheet, table, head, book)
            _to_print(sheet, marks, wide=table.landscape or len(table.columns) > _UPRIGHT, heads=2)
        sources = book.add_worksheet(TITLE)
        _sources(sources, whole, head, wrapped)
        _to_print(sources, marks, wide=True, heads=1)
    return sink.getvalue()


def _to_print(sheet: Any, marks: str, *, wide: bool = False, heads: int = 0) -> None:
    """A4, as wide as the page, its first rows and the marks on every one."""
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    if wide:
        sheet.set_landscape()
    if heads:
        sheet.repeat_rows(0, heads - 1)
    if marks:
        sheet.set_header(f"&R{marks}")
    sheet.set_footer("&C&P")


def tables_of(paper: Paper) -> list[TableBlock]:
    """Every table of body and annexes, in reading order."""
    blocks = [*paper.blocks, *(block for annex in paper.annexes for block in annex.blocks)]
    return [block for block in blocks if isinstance(block, TableBlock)]


def _table(sheet: Any, table: TableBlock, head: Any, book: Workbook) -> None:
    looks: dict[tuple[str, bool], Any] = {}

    def look(number: Number) -> Any:
        """The digits as printed; what is not final is in italics."""
        key = digits_of(number.text), number.status == Status.PROVISIONAL
        if key not in looks:
            looks[key] = book.add_format({"num_format": key[0], "italic": key[1]})
        return looks[key]

    sheet.write_string(0, 0, f"表{table.number} {table.caption}")
    for place, column in enumerate(table.columns):
        title = f"{column.title}（{column.unit}）" if column.unit else column.title
        sheet.write_string(1, place, title, head)
        sheet.set_column(place, place, 14 if column.number else 24)
    for line, row in enumerate(table.rows, 2):
        for place, cell in enumerate(row):
            _write(sheet, line, place, cell, look)
    for line, note in enumerate(notes_of(table), len(table.rows) + 3):
        sheet.write_string(line, 0, note)
    sheet.freeze_panes(2, 1)


def digits_of(text: str) -> str:
    """The format that shows a number as it is printed.

    >>> digits_of("1,234.50"), digits_of("5.0"), digits_of("+3")
    ('#,##0.00', '0.0', '+0;-0;0')
    """
    places = len(text.partition(".")[2])
    plain = ("#,##0" if "," in text else "0") + ("." + "0" * places if places else "")
    return f"+{plain};-{plain};{plain}" if text.startswith("+") else plain


def _write(sheet: Any, line: int, place: int, cell: Cell, look: Callable[[Number], Any]) -> None:
    """A cell that is one number is that number as printed; anything else is text."""
    only = cell[0] if len(cell) == 1 else None
    if isinstance(only, Number) and only.value is not None:
        sheet.write_number(line, place, float(only.text.replace(",", "")), look(only))
    else:
        sheet.write_string(line, place, cell_said(cell))


def _sources(sheet: Any, paper: Paper, head: Any, wrapped: Any) -> None:
    sheet.freeze_panes(1, 0)
    for place, title in enumerate((*(column.title for column in COLUMNS), "指标代码", "口径")):
        sheet.write_string(0, place, title, head)
        sheet.set_column(place, place, 20)
    rows = annex_of(paper)
    for line, row in enumerate(rows, 1):
        said = [text.replace("\u200b", "") for text in cells_of(row)]
        for place, text in enumerate((*said, row.number.code, row.number.scope)):
            sheet.write_string(line, place, text, wrapped)
    if paper.anchor:
        sheet.write_string(len(rows) + 2, 0, paper.anchor)
