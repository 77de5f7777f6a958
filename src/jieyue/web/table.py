"""A table as data: columns with units, rows of cells, order, pages, and the same rows as CSV or XLSX."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from jieyue.apps.exchange.export_gate import safe_text
from jieyue.web.words import bracketed

PAGE_SIZE = 50


@dataclass(frozen=True)
class Column:
    """One column. number: right-aligned, exported as a number. group: the heading over several columns."""

    key: str
    title: str
    unit: str = ""
    number: bool = False
    sortable: bool = True
    group: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell: `text` as shown, `value` as sorted and exported (None: missing, last in any order).

    href: where it leads; source: that link opens the source-of-number panel. provisional: italic and the word.
    tag: a small word beside. meter: a share 0–100 drawn as a bar beside the text. heading: names its row.
    code: a code of letters, set apart from words. nowrap: one line, as a date or a verdict is read.
    """

    text: str
    value: Any = None
    href: str = ""
    source: bool = False
    provisional: bool = False
    missing: bool = False
    tag: str = ""
    tag_class: str = "tag-open"
    status: str = ""
    meter: int | None = None
    heading: bool = False
    number: bool = False
    code: bool = False
    nowrap: bool = False


@dataclass(frozen=True)
class Row:
    """One row; total: the sum row, which stands first and is not sorted."""

    cells: tuple[Cell, ...]
    total: bool = False


@dataclass(frozen=True)
class Head:
    """A column's heading as drawn: the address that sorts by it, and how it sorts now."""

    column: Column
    href: str
    direction: str


@dataclass
class Table:
    """Rows with their description. `rows` are all rows unless `count` says that they are one page of so many."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    name: str = "table"
    empty: str = ""
    notes: Sequence[str] = ()
    count: int | None = None
    page_size: int = PAGE_SIZE
    order: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    page: int = 1
    path: str = ""

    def bind(self, request: HttpRequest) -> "Table":
        """Take order and page from the address. An order by an unknown column is not found."""
        self.query = {key: str(value) for key, value in request.GET.items() if key not in ("page", "export")}
        self.path = request.path
        self.order = request.GET.get("sort", self.order)
        self.page = page_number(request)
        if self.order and self.order.removeprefix("-") not in {c.key for c in self.columns if c.sortable}:
            raise Http404
        if self.order and self.count is None:
            self.rows = self._sorted()
        if self.page > self.pages:
            raise Http404
        return self

    def _sorted(self) -> list[Row]:
        key, falling = self.order.removeprefix("-"), self.order.startswith("-")
        place = [column.key for column in self.columns].index(key)
        totals = [row for row in self.rows if row.total]
        plain = [row for row in self.rows if not row.total]
        known = [row for row in plain if row.cells[place].value is not None]
        known.sort(key=lambda row: row.cells[place].value, reverse=falling)
        return [*totals, *known, *(row for row in plain if row.cells[place].value is None)]

    @property
    def total_rows(self) -> int:
        """Rows in all pages."""
        return len(self.rows) if self.count is None else self.count

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return max(1, -(-self.total_rows // self.page_size))

    @property
    def shown(self) -> Sequence[Row]:
        """The rows of this page."""
        if self.count is not None:
            return self.rows
        start = (self.page - 1) * self.page_size
        return self.rows[start : start + self.page_size]

    @property
    def has_missing(self) -> bool:
        """Whether a dash is among the cells of this page, so that its meaning must be said."""
        return any(cell.missing and cell.text == "—" for row in self.shown for cell in row.cells)

    @property
    def has_provisional(self) -> bool:
        """Whether a provisional figure is among the cells of this page."""
        return any(cell.provisional for row in self.shown for cell in row.cells)

    @property
    def heads(self) -> list[Head]:
        """Headings with their links: the first press sorts numbers falling, texts rising."""
        found = []
        for column in self.columns:
            falling, rising = f"-{column.key}", column.key
            now = {falling: "descending", rising: "ascending"}.get(self.order, "")
            first, other = (falling, rising) if column.number else (rising, falling)
            following = other if self.order == first else first
            found.append(Head(column, self._address(sort=following) if column.sortable else "", now))
        return found

    @property
    def groups(self) -> list[tuple[str, int]]:
        """(heading, columns it spans) for a second heading row; empty if no column has a group."""
        if not any(column.group for column in self.columns):
            return []
        spans: list[tuple[str, int]] = []
        for column in self.columns:
            if spans and spans[-1][0] == column.group:
                spans[-1] = (column.group, spans[-1][1] + 1)
            else:
                spans.append((column.group, 1))
        return spans

    @property
    def previous_page(self) -> str:
        """Address of the page before, or nothing."""
        return self._address(page=str(self.page - 1)) if self.page > 1 else ""

    @property
    def next_page(self) -> str:
        """Address of the page after, or nothing."""
        return self._address(page=str(self.page + 1)) if self.page < self.pages else ""

    @property
    def csv_address(self) -> str:
        """Address of these rows as CSV."""
        return self._address(export="csv")

    @property
    def xlsx_address(self) -> str:
        """Address of these rows as a workbook."""
        return self._address(export="xlsx")

    def _address(self, **values: str) -> str:
        from django.utils.http import urlencode

        return f"{self.path}?{urlencode({**self.query, **values})}"

    # --- out ------------------------------------------------------------------------------------------

    def export(self, kind: str, *, synthetic: bool) -> HttpResponse:
        """All rows as `csv` (UTF-8 with BOM), `csv-gb18030` or `xlsx`; any other kind is not found."""
        writers: dict[str, Callable[[bool], tuple[bytes, str, str]]] = {
            "csv": lambda mark: (self.csv_bytes("utf-8-sig", mark), "text/csv; charset=utf-8", "csv"),
            "csv-gb18030": lambda mark: (self.csv_bytes("gb18030", mark), "text/csv; charset=gb18030", "csv"),
            "xlsx": lambda mark: (
                self.xlsx_bytes(mark),
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "xlsx",
            ),
        }
        if kind not in writers:
            raise Http404
        content, media, suffix = writers[kind](synthetic)
        response = HttpResponse(content, content_type=media)
        response["Content-Disposition"] = content_disposition_header(True, f"{self.name}.{suffix}")
        return response

    def csv_bytes(self, encoding: str, synthetic: bool) -> bytes:
        """Headings with units, rows; below them what the numbers are, so that a copied block stays one table."""
        sink = io.StringIO(newline="")
        writer = csv.writer(sink, lineterminator="\r\n")
        writer.writerow([safe_text(self.heading(column)) for column in self.columns])
        for row in self.rows:
            writer.writerow([_csv_value(cell) for cell in row.cells])
        writer.writerow([])
        writer.writerows([safe_text(note)] for note in self.notes_of(synthetic))
        return sink.getvalue().encode(encoding)

    def xlsx_bytes(self, synthetic: bool) -> bytes:
        """The rows on one sheet, what they are on a second."""
        return book_of([(_("Data"), self)], self.notes_of(synthetic))

    def heading(self, column: Column) -> str:
        """A column's heading with its group and unit."""
        words = [part for part in (column.group, column.title) if part]
        return bracketed(" ".join(words), column.unit) if column.unit else " ".join(words)

    def notes_of(self, synthetic: bool) -> list[str]:
        """What the rows are, for below or beside them."""
        mark = [_("Sample data: every number here is synthetic.")] if synthetic else []
        return [*mark, self.caption, *self.notes]


def book_of(tables: Sequence[tuple[str, Table]], notes: Sequence[str]) -> bytes:
    """Tables as sheets of a workbook by name, numbers as numbers; what they are on a last one."""
    from xlsxwriter import Workbook

    sink = io.BytesIO()
    with Workbook(sink, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        for name, table in tables:
            sheet = book.add_worksheet(name)
            for place, column in enumerate(table.columns):
                sheet.write_string(0, place, table.heading(column), head)
                sheet.set_column(place, place, 14 if column.number else 24)
            for line, row in enumerate(table.rows, 1):
                for place, cell in enumerate(row.cells):
                    _write(sheet, line, place, cell)
            sheet.freeze_panes(1, 1)
        about = book.add_worksheet(_("About"))
        about.set_column(0, 0, 90)
        for line, note in enumerate(notes):
            about.write_string(line, 0, note)
    return sink.getvalue()


def page_number(request: HttpRequest) -> int:
    """The page asked for; anything but a positive whole number is not found."""
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**6):
        raise Http404
    return int(text)


def _csv_value(cell: Cell) -> str:
    """Plain text; what a spreadsheet would take for a formula is led by an apostrophe."""
    if cell.number:
        return "" if cell.value is None else str(cell.value)
    return safe_text(cell.text)


def _write(sheet: Any, line: int, place: int, cell: Cell) -> None:
    if cell.number and isinstance(cell.value, int | float | Decimal):
        sheet.write_number(line, place, cell.value)
    elif not (cell.number and cell.value is None):
        sheet.write_string(line, place, cell.text)
