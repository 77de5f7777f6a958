"""A summary table laid out as on paper: rows for the page, and the same rows as a workbook."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from jieyue.apps.exchange.export_gate import write_cell
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.form_sheet import form_sheet
from jieyue.domain.period import Period
from jieyue.domain.summary import COLUMNS, Cells
from jieyue.web.words import amount_text, labelled, local, unit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: The places of the columns below 事业单位 (S003 … S009).
_INNER = range(2, 9)


@dataclass(frozen=True)
class SheetRow:
    """A line: cells as plain decimals or None; note: what is said beside it; shown_code: as on paper."""

    code: str
    name: str
    unit: str
    depth: int
    cells: tuple[str | None, ...]
    note: str = ""
    shown_code: str = ""
    unit_code: str = ""

    @property
    def shown(self) -> list[tuple[str, str]]:
        """(column, text) of each cell."""
        return [
            (column, amount_text(text, self.unit_code))
            for column, text in zip(COLUMNS, self.cells, strict=True)
        ]


@dataclass(frozen=True)
class Heading:
    """A column's heading; inner: it stands below the heading of S003."""

    column: str
    name: str
    inner: bool


def headings() -> list[Heading]:
    """The ten columns by the catalog's words."""
    words = home_catalog().code_lists["summary_column"]
    return [
        Heading(column, local(words[column]) if column in words else column, place in _INNER)
        for place, column in enumerate(COLUMNS)
    ]


def sheet_rows(
    form: str, base: str, period: Period, cells: Cells, notes: Mapping[str, str] | None = None
) -> list[SheetRow]:
    """The lines in the order of the summarised form, the number of institutions first.

    Items without cells are left out, and those of our own that nobody states.
    """
    catalog = home_catalog()
    scheme = catalog.scheme_on(period.last_day).code
    lines = form_sheet(catalog, base, scheme).lines
    depth = {line.code: line.depth for line in lines}
    items = {item.code: item for item in catalog.items(form, scheme)}
    order = [code for code in items if code not in depth] + [line.code for line in lines]
    return [
        SheetRow(code, local(items[code]), unit(items[code].unit), depth.get(code, 0), tuple(cells[code]),
                 (notes or {}).get(code, ""), items[code].paper_code, items[code].unit)
        for code in order
        if code in cells and not (items[code].own_code and all(text is None for text in cells[code]))
    ]  # fmt: skip


def workbook(
    title: str, heads: Sequence[tuple[str, str]], rows: Sequence[SheetRow], notes: Sequence[str], form: str
) -> bytes:
    """The table as on paper: title, what it is of, two rows of headings, the lines, what is to be known below."""
    from xlsxwriter import Workbook

    sink = io.BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    with Workbook(sink, options) as book:
        styles = _styles(book)
        sheet = book.add_worksheet(form)
        _page(sheet)
        last = 2 + len(COLUMNS)
        sheet.merge_range(0, 0, 0, last, "", styles["title"])
        write_cell(sheet, 0, 0, title, styles["title"])
        for place, (name, text) in enumerate(heads):
            write_cell(
                sheet, 1 + place // 2, 0 if place % 2 == 0 else 6, labelled(name, text), styles["plain"]
            )
        top = 2 + (len(heads) + 1) // 2
        _heads(sheet, top, styles)
        for line, row in enumerate(rows, top + 2):
            write_cell(sheet, line, 0, f"{'　' * row.depth}{row.name}", styles["text"])
            write_cell(sheet, line, 1, row.shown_code, styles["text"])
            write_cell(sheet, line, 2, row.unit, styles["text"])
            for place, value in enumerate(row.cells):
                style = styles["decimal" if "." in (value or "") else "number"]
                write_cell(sheet, line, 3 + place, None if value is None else Decimal(value), style)
        foot = top + 3 + len(rows)
        for line, note in enumerate(notes, foot):
            write_cell(sheet, line, 0, note, styles["plain"])
        sheet.freeze_panes(top + 2, 3)
        sheet.repeat_rows(top, top + 1)
    return sink.getvalue()


def answer_of(content: bytes, name: str) -> HttpResponse:
    """A workbook to take away."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _styles(book: Any) -> dict[str, Any]:
    return {
        "title": book.add_format({"bold": True, "font_size": 14, "align": "center"}),
        "plain": book.add_format({}),
        "head": book.add_format(
            {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
        ),
        "text": book.add_format({"border": 1}),
        "number": book.add_format({"border": 1, "num_format": "#,##0"}),
        "decimal": book.add_format({"border": 1, "num_format": "#,##0.####"}),
    }


def _page(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 2, 8)
    sheet.set_column(3, 2 + len(COLUMNS), 16)


def _heads(sheet: Any, top: int, styles: Mapping[str, Any]) -> None:
    """Item, code, unit and each column over two rows; those below 事业单位 under its name."""
    style = styles["head"]
    for place, name in enumerate((_("Item"), pgettext("of an item", "Code"), _("Unit"))):
        sheet.merge_range(top, place, top + 1, place, "", style)
        write_cell(sheet, top, place, name, style)
    first, last = 3 + _INNER[0], 3 + _INNER[-1]
    sheet.merge_range(top, first, top, last, "", style)
    write_cell(sheet, top, first, inner_name(), style)
    for place, head in enumerate(headings()):
        if head.inner:
            write_cell(sheet, top + 1, 3 + place, head.name, style)
        else:
            sheet.merge_range(top, 3 + place, top + 1, 3 + place, "", style)
            write_cell(sheet, top, 3 + place, head.name, style)


def inner_name() -> str:
    """The heading over S003 … S009: the type that all of them are kinds of."""
    kinds = home_catalog().types
    return local(kinds["02"]) if "02" in kinds else ""
