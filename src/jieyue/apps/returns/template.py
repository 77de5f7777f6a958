"""The workbook that a body sends out and takes back: one row an institution, one column an item of the form.

What the institution stated last stands there already for stocks and for carriers it does not use, and whatever was
begun for the period; flows are never filled in beforehand. A second sheet shows last year's and last period's values
beside, to compare and not to fill in. A hidden sheet keeps what went out, so that what comes back is merged cell by
cell with what was entered meanwhile. The importer reads the workbook as it reads any other of our own layout.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from jieyue.apps.exchange.columns import BESIDE
from jieyue.apps.exchange.export_gate import workbook_options
from jieyue.apps.exchange.returns import ABOUT, SENT, TEMPLATE
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import codes_of, names_of, spans_of
from jieyue.apps.returns.carried import carried
from jieyue.apps.returns.cells import NOT_USED
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.persons import asks_of_many
from jieyue.apps.returns.queries import cells_now
from jieyue.apps.trees.queries import UNIT, Tree, all_memberships, members, tree
from jieyue.catalog.form_sheet import form_sheet
from jieyue.catalog.model import Item
from jieyue.catalog.persons import PersonsFormula
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text

VERSION = f"{TEMPLATE}2"
NOT_USED_WORD = "不使用"
_CHUNK = 5000
_KEPT_DIGITS = 15  # that a spreadsheet keeps of a number
Cells = dict[str, tuple[str | None, int]]
"""Item code → (plain decimal or null, origin)."""


@dataclass(frozen=True)
class Line:
    """One row: the institution, what stands in its entry cells, and what it stated a year and a period ago.

    revision, version: of the return when the workbook went out; None where nothing was begun, or published.
    """

    code: str
    name: str
    entry: Cells
    year_ago: Cells
    before: Cells
    institution: int = 0
    revision: int | None = None
    version: int | None = None


def items_of(form: str, period: Period, institutions: Sequence[int] = ()) -> tuple[Item, ...]:
    """The items that the form asks of any of the institutions in the period, in the order of its lines."""
    catalog = home_catalog()
    sheet = form_sheet(catalog, form, catalog.scheme_on(period.last_day).code)
    asked = {code for asks in asks_of_many(form, period, institutions).values() for code in asks.sheet.codes}
    own = catalog.own_counts
    return tuple(line.item for line in sheet.lines if line.item.ref not in own or line.code in asked)


def filers(node: int, period: Period) -> list[int]:
    """Institutions at a node of the reporting line and below it that owe a return for the period."""
    day = period.last_day
    found = members(tree(Tree.LINE, day).subtree(node), Tree.LINE, day)
    units = all_memberships(UNIT, day)
    spans = spans_of(found)
    return [
        number
        for number in found
        if units.get(number, number) == number
        and number in spans
        and spans[number][0] <= day < spans[number][1]
    ]


def lines(
    form: str,
    period: Period,
    institutions: Sequence[int],
    reads: Callable[[Period], Collection[int]] | None = None,
) -> list[Line]:
    """The rows of the workbook, by code of the institution. reads: of another period, those whose numbers may stand
    beside; all of them by default."""
    ids, day = list(institutions), period.last_day
    codes, names = codes_of(ids, day), names_of(ids, day)
    now = _stated(form, period, ids, drafts=True)
    year_ago, before = (
        _stated(form, each, [number for number in ids if number in reads(each)] if reads else ids)
        for each in (period.previous_year(), period.previous())
    )
    begun = _begun(form, str(period), ids)
    begin = carried(form, period, [number for number in ids if number not in now])
    made = []
    for number in ids:
        entry = now[number] if number in now else _plain(begin[number].cells)
        beside = year_ago.get(number, {}), before.get(number, {})
        made.append(
            Line(codes[number], names[number], entry, *beside, number, *begun.get(number, (None, None)))
        )
    return sorted(made, key=lambda line: line.code)


def _plain(cells: Mapping[str, tuple[int, int]]) -> Cells:
    return {
        code: (None if origin == NOT_USED else fixed_text(value), origin)
        for code, (value, origin) in cells.items()
    }


def _begun(form: str, period: str, ids: Sequence[int]) -> dict[int, tuple[int, int | None]]:
    """Institution → revision and published version of its return."""
    found: dict[int, tuple[int, int | None]] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = Return.objects.filter(
            form=form, period=period, subject__in=ids[start : start + _CHUNK], instance=""
        ).values_list("subject", "revision", "current")
        found |= {subject: (revision, current) for subject, revision, current in rows}
    return found


def _stated(form: str, period: Period, ids: Sequence[int], *, drafts: bool = False) -> dict[int, Cells]:
    found = cells_now(form, ids, [str(period)], drafts=drafts)
    return {number: _plain(cells) for (number, _period), cells in found.items()}


def write(target: Path, form: str, period: Period, rows: Sequence[Line]) -> None:
    """Write the workbook: entry sheet, sheet of comparison, and a hidden sheet that says what it is."""
    items = items_of(form, period, [row.institution for row in rows])
    with xlsxwriter.Workbook(str(target), {**workbook_options(), "in_memory": True}) as book:
        sheets = _Sheets(book, form, period, items, formula_notes(form, period, rows))
        sheets.entry(rows)
        sheets.compare(rows)
        sheets.about()
        sheets.sent(rows)


def formula_notes(form: str, period: Period, rows: Sequence[Line]) -> list[str]:
    """How the energy users of the institutions are counted, each formula once; none where none is in force."""
    asks = asks_of_many(form, period, [row.institution for row in rows]).values()
    found = dict.fromkeys(one.formula for one in asks if one.formula is not None)
    return [_note(form, formula) for formula in found]


def _note(form: str, formula: PersonsFormula) -> str:
    catalog = home_catalog()
    names = {code: catalog.item(f"{form}:{code}").name_zh for code in (formula.item, *formula.counts)}
    how = "可另填" if formula.override else "由下列人数计算，不必填"
    return f"{names[formula.item]} = {formula.words(names)}（{formula.source}；{how}）"


class _Sheets:
    """The three sheets of one workbook."""

    def __init__(
        self,
        book: xlsxwriter.Workbook,
        form: str,
        period: Period,
        items: Sequence[Item],
        notes: Sequence[str],
    ) -> None:
        self._book, self._form, self._period, self._items, self._notes = book, form, period, items, notes
        catalog = home_catalog()
        self._title = f"{form} {catalog.forms[form].name_zh} {period}"
        self._heads = [
            f"{item.code} {item.name_zh}" + (f"（{catalog.unit_symbol(item.unit)}）" if item.unit else "")
            for item in items
        ]
        self._bold = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF2"}
        )
        self._must = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#FFF2CC"}
        )
        self._grey = book.add_format({"font_color": "#7F7F7F", "num_format": "General"})
        self._text = book.add_format({"num_format": "@"})

    def entry(self, rows: Sequence[Line]) -> None:
        """One row an institution; required items have a yellow heading."""
        page = self._book.add_worksheet(self._form)
        said = f"{self._title}　黄色为必填；不用的品种写“{NOT_USED_WORD}”；没有的填 0。"
        page.write_string(0, 0, "　".join([said, *self._notes]))
        for column, head in enumerate(("机构代码", "机构名称", "期间", *self._heads)):
            item = self._items[column - 3] if column >= 3 else None
            page.write_string(1, column, head, self._must if item and item.required == "yes" else self._bold)
        for place, row in enumerate(rows, start=2):
            self._names(page, place, row)
            for column, item in enumerate(self._items, start=3):
                _put(page, place, column, row.entry.get(item.code))
        page.freeze_panes(2, 2)
        page.set_row(1, 48)
        page.set_column(0, 0, 12)
        page.set_column(1, 1, 26)
        page.set_column(2, 2 + len(self._items), 12)

    def compare(self, rows: Sequence[Line]) -> None:
        """Last year's and last period's values, grey; nobody fills in here, and the importer leaves the sheet out."""
        page = self._book.add_worksheet(BESIDE)
        page.write_string(0, 0, "只供对照，不导入。上年同期、上期。")
        spans = ((f"{self._period.previous_year()}", "year_ago"), (f"{self._period.previous()}", "before"))
        for column, head in enumerate(("代码", "名称")):
            page.write_string(1, column, head, self._bold)
        for number, head in enumerate(self._heads):
            for side, (period, _) in enumerate(spans):
                page.write_string(1, 2 + 2 * number + side, f"{period} {head}", self._bold)
        for place, row in enumerate(rows, start=2):
            page.write_string(place, 0, row.code, self._grey)
            page.write_string(place, 1, row.name, self._grey)
            for number, item in enumerate(self._items):
                for side, (_, name) in enumerate(spans):
                    _put(page, place, 2 + 2 * number + side, getattr(row, name).get(item.code), self._grey)
        page.freeze_panes(2, 2)
        page.set_row(1, 48)
        page.set_column(1, 1, 26)

    def about(self) -> None:
        """What the workbook is, for programs: template, form, scheme, catalog, period."""
        page = self._book.add_worksheet(ABOUT)
        catalog = home_catalog()
        said = {
            "template": VERSION,
            "form": self._form,
            "scheme": catalog.scheme_on(self._period.last_day).code,
            "catalog": catalog.digest,
            "period": str(self._period),
        }
        for place, (name, value) in enumerate(said.items()):
            page.write_string(place, 0, name)
            page.write_string(place, 1, value)
        page.hide()

    def sent(self, rows: Sequence[Line]) -> None:
        """What went out, for the merge: every identifier as text, for a spreadsheet keeps 15 digits of a number."""
        page = self._book.add_worksheet(SENT)
        for place, row in enumerate(rows):
            known = (
                "" if row.revision is None else str(row.revision),
                "" if row.version is None else str(row.version),
            )
            for column, text in enumerate((str(row.institution), row.code, *known, json.dumps(row.entry))):
                page.write_string(place, column, text, self._text)
        page.hide()

    def _names(self, page: Any, place: int, row: Line) -> None:
        page.write_string(place, 0, row.code, self._text)
        page.write_string(place, 1, row.name)
        page.write_string(place, 2, str(self._period), self._text)


def _put(page: Any, row: int, column: int, cell: tuple[str | None, int] | None, look: Any = None) -> None:
    if cell is None:
        return
    value, origin = cell
    if origin == NOT_USED or value is None:
        page.write_string(row, column, NOT_USED_WORD, look)
    elif len(value.replace(".", "").lstrip("-0")) <= _KEPT_DIGITS:
        page.write_number(row, column, float(value), look)
    else:
        page.write_string(row, column, value, look)
