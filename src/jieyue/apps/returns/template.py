"""The workbook that a body sends out and takes back: one row an institution, one column an item of the form.

Of a form that is filed by room (NY202) one row a room: those known (rooms.py), and those whose return is begun; one
whose number the importer could not take back has no row, and the note above the heading names it. What
the institution stated last stands there already for stocks and for carriers it does not use, and whatever was
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
from jieyue.apps.returns.carried import Filed, carried_of, newest_before
from jieyue.apps.returns.cells import NOT_USED
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.persons import asks_of_many
from jieyue.apps.returns.queries import cells_by_room
from jieyue.apps.returns.rooms import ROOM, by_room, known_rooms
from jieyue.apps.trees.queries import UNIT, Tree, all_memberships, members, tree
from jieyue.catalog.form_sheet import form_sheet
from jieyue.catalog.model import Item
from jieyue.catalog.persons import PersonsFormula
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text
from jieyue.domain.rooms import usable

VERSION = f"{TEMPLATE}2"
NOT_USED_WORD = "不使用"
_CHUNK = 5000
_NAMED = 10  # returns that have no row and are named
_KEPT_DIGITS = 15  # that a spreadsheet keeps of a number
Cells = dict[str, tuple[str | None, int]]
"""Item code → (plain decimal or null, origin)."""


@dataclass(frozen=True)
class Line:
    """One row: the institution, what stands in its entry cells, and what it stated a year and a period ago.

    revision, version: of the return when the workbook went out; None where nothing was begun, or published. room: its
    number, of a form that is filed by room.
    """

    code: str
    name: str
    entry: Cells
    year_ago: Cells
    before: Cells
    institution: int = 0
    revision: int | None = None
    version: int | None = None
    room: str = ""


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
    """The rows of the workbook, by code of the institution, then as the register lists its rooms. reads: of another
    period, those whose numbers may stand beside; all of them by default."""
    ids, day = list(institutions), period.last_day
    codes, names = codes_of(ids, day), names_of(ids, day)
    begun = _begun(form, str(period), ids)
    rows = _filed(form, period, ids, begun)
    now = _stated(form, period, ids, drafts=True)
    year_ago, before = (
        _stated(form, each, [number for number in ids if number in reads(each)] if reads else ids)
        for each in (period.previous_year(), period.previous())
    )
    begin = carried_of(form, period, [whose for whose in rows if whose not in now])
    made = []
    for whose in rows:
        number, room = whose
        entry = now[whose] if whose in now else _plain(begin[whose].cells)
        beside = year_ago.get(whose, {}), before.get(whose, {})
        revision, version = begun.get(whose, (None, None))
        made.append(Line(codes[number], names[number], entry, *beside, number, revision, version, room))
    return sorted(made, key=lambda line: line.code)


def filed(form: str, period: Period, institutions: Sequence[int]) -> list[Filed]:
    """Which returns have a row in the workbook: one an institution, or one a room."""
    begun = _begun(form, str(period), institutions) if by_room(form) else ()
    return _filed(form, period, institutions, begun)


def _filed(form: str, period: Period, ids: Sequence[int], begun: Collection[Filed]) -> list[Filed]:
    """As `filed`; a room that is not known keeps its row where its return is begun."""
    if not by_room(form):
        return [(number, "") for number in ids]
    known = known_rooms(form, period, ids)
    mine = sorted(whose for whose in begun if usable(whose[1]))
    return list(dict.fromkeys([*((one, room) for one in ids for room in known.get(one, ())), *mine]))


def left_out(form: str, period: Period, institutions: Sequence[int]) -> list[str]:
    """What the sheet says of returns without a number of a room that could come back; none where there are none."""
    if not by_room(form):
        return []
    known = known_rooms(form, period, institutions)
    silent = [number for number in institutions if number not in known]
    every = set(_begun(form, str(period), institutions))
    for start in range(0, len(silent), _CHUNK):
        every |= set(newest_before(form, period, silent[start : start + _CHUNK]))
    found = [whose for whose in every if not usable(whose[1])]
    codes = codes_of([number for number, _room in found], period.last_day)
    names = sorted(f"{codes[number]}“{room}”" for number, room in found)
    more = f"等 {len(names)} 份" if len(names) > _NAMED else ""
    said = f"机房编号为空或不可用，未列出：{'、'.join(names[:_NAMED])}{more}；请先在名录里登记机房。"
    return [said] if names else []


def _plain(cells: Mapping[str, tuple[int, int]]) -> Cells:
    return {
        code: (None if origin == NOT_USED else fixed_text(value), origin)
        for code, (value, origin) in cells.items()
    }


def _begun(form: str, period: str, ids: Sequence[int]) -> dict[Filed, tuple[int, int | None]]:
    """Institution and room → revision and published version of its return."""
    found: dict[Filed, tuple[int, int | None]] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = Return.objects.filter(
            form=form, period=period, subject__in=ids[start : start + _CHUNK]
        ).values_list("subject", "instance", "revision", "current")
        found |= {(subject, room): (revision, current) for subject, room, revision, current in rows}
    return found


def _stated(form: str, period: Period, ids: Sequence[int], *, drafts: bool = False) -> dict[Filed, Cells]:
    found = cells_by_room(form, ids, [str(period)], drafts=drafts)
    return {(number, room): _plain(cells) for (number, room, _period), cells in found.items()}


def write(target: Path, form: str, period: Period, rows: Sequence[Line], notes: Sequence[str] = ()) -> None:
    """Write the workbook: entry sheet, sheet of comparison, and a hidden sheet that says what it is.

    notes: said above the heading, as `left_out` gives them.
    """
    items = items_of(form, period, [row.institution for row in rows])
    with xlsxwriter.Workbook(str(target), {**workbook_options(), "in_memory": True}) as book:
        sheets = _Sheets(book, form, period, items, [*notes, *formula_notes(form, period, rows)])
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
        self._rooms = by_room(form)
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
        """One row an institution or a room; required items have a yellow heading."""
        page = self._book.add_worksheet(self._form)
        said = f"{self._title}　黄色为必填；不用的品种写“{NOT_USED_WORD}”；没有的填 0。"
        rooms = ["一行一个机房；新的机房先在名录里登记。"] if self._rooms else []
        page.write_string(0, 0, "　".join([said, *rooms, *self._notes]))
        lead = self._lead("机构代码", "机构名称", ROOM, "期间")
        for column, head in enumerate((*lead, *self._heads)):
            item = self._items[column - len(lead)] if column >= len(lead) else None
            page.write_string(1, column, head, self._must if item and item.required == "yes" else self._bold)
        for place, row in enumerate(rows, start=2):
            self._names(page, place, row)
            for column, item in enumerate(self._items, start=len(lead)):
                _put(page, place, column, row.entry.get(item.code))
        page.freeze_panes(2, len(lead) - 1)
        page.set_row(1, 62)
        page.set_column(0, 0, 12)
        page.set_column(1, 1, 26)
        page.set_column(2, len(lead) - 1 + len(self._items), 12)

    def compare(self, rows: Sequence[Line]) -> None:
        """Last year's and last period's values, grey; nobody fills in here, and the importer leaves the sheet out."""
        page = self._book.add_worksheet(BESIDE)
        page.write_string(0, 0, "只供对照，不导入。上年同期、上期。")
        spans = ((f"{self._period.previous_year()}", "year_ago"), (f"{self._period.previous()}", "before"))
        lead = self._lead("代码", "名称", "机房")
        for column, head in enumerate(lead):
            page.write_string(1, column, head, self._bold)
        for number, head in enumerate(self._heads):
            for side, (period, _) in enumerate(spans):
                page.write_string(1, len(lead) + 2 * number + side, f"{period} {head}", self._bold)
        for place, row in enumerate(rows, start=2):
            for column, text in enumerate(self._lead(row.code, row.name, row.room)):
                page.write_string(place, column, text, self._grey)
            for number, item in enumerate(self._items):
                for side, (_, name) in enumerate(spans):
                    at = len(lead) + 2 * number + side
                    _put(page, place, at, getattr(row, name).get(item.code), self._grey)
        page.freeze_panes(2, len(lead))
        page.set_row(1, 62)
        page.set_column(1, 1, 26)
        page.set_column(len(lead), len(lead) - 1 + 2 * len(self._items), 13)

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
            said = (
                str(row.institution),
                row.code,
                *known,
                json.dumps(row.entry),
                *((row.room,) * self._rooms),
            )
            for column, text in enumerate(said):
                page.write_string(place, column, text, self._text)
        page.hide()

    def _lead(self, code: str, name: str, room: str, *more: str) -> tuple[str, ...]:
        """The columns that say whose row it is; the room stands only in a form that is filed by room."""
        return (code, name, room, *more) if self._rooms else (code, name, *more)

    def _names(self, page: Any, place: int, row: Line) -> None:
        for column, text in enumerate(self._lead(row.code, row.name, row.room, str(self._period))):
            page.write_string(place, column, text, None if column == 1 else self._text)


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
