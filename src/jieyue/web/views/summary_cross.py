"""Free tables of a body: rows × columns among area, department, type, level, body and period, for chosen items."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from jieyue.apps.summaries.cross import AXES, Cross, Label, has_item, several, two_ways
from jieyue.apps.summaries.ledger import Ledger, ledger_of
from jieyue.apps.summaries.scope import sees
from jieyue.domain.period import Period
from jieyue.domain.quantity import fixed_text
from jieyue.web.access import VIEW, access_of, needs
from jieyue.web.page import page
from jieyue.web.summary_choice import REPORTED, Choice, available, chosen
from jieyue.web.summary_words import basis_words
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.views.summaries import no_body, table_notes
from jieyue.web.words import grouped, joined, level_name, local, period_name, unit

ITEMS, PERIOD = "items", "period"
_BACK = 5
_MOST_ITEMS = 8


@needs(VIEW, limited=True)
def cross(request: HttpRequest) -> HttpResponse:
    """A free table."""
    choice = chosen(request)
    if choice is None:
        return no_body(request)
    rows, columns = request.GET.get("rows", "area"), request.GET.get("columns", "type")
    known = {row.code: row for row in choice.ledger.items}
    items = list(dict.fromkeys(request.GET.getlist("item"))) or [
        "110" if "110" in known else next(iter(known))
    ]
    wrong = rows not in AXES or columns not in (*AXES, PERIOD, ITEMS) or rows == columns
    if wrong or choice.basis == REPORTED or set(items) - set(known) or len(items) > _MOST_ITEMS:
        raise Http404
    shown = _table(request, choice, rows, columns, items)
    shown.bind(request)
    if "export" in request.GET:
        return shown.export(request.GET["export"], synthetic=settings.JIEYUE_HOME.synthetic)
    context: dict[str, Any] = {
        "choice": choice,
        "table": shown,
        "rows": rows,
        "columns": columns,
        "items": items,
        "axes": [(name, axis_words(name)) for name in AXES],
        "more_axes": [(name, axis_words(name)) for name in (*AXES, PERIOD, ITEMS)],
        "known": [(code, local(row)) for code, row in known.items()],
        "basis": basis_words(choice.basis),
        "measured": joined(f"{name} ({said})" for name, said in (_item(choice, code) for code in items)),
    }
    return page(request, "summary_cross", context, section="summary-cross")


def axis_words(name: str) -> str:
    """A way to group, in words."""
    return {
        "body": _("Bodies below"),
        "area": _("Area"),
        "department": _("Department"),
        "type": _("Type"),
        "level": _("Level"),
        "period": _("Period"),
        "items": _("Items"),
    }[name]


def _table(request: HttpRequest, choice: Choice, rows: str, columns: str, items: list[str]) -> Table:
    body = choice.body.node
    if columns == ITEMS:
        (found,) = several([choice.ledger], body, items, rows)
        return _shown(choice, found, rows, [_item(choice, code) for code in items])
    if columns == PERIOD:
        ledgers = _back(request, choice)
        parts = several(ledgers, body, items[:1], rows)
        names = [(_period_head(one, items[0]), _item(choice, items[0])[1]) for one in ledgers]
        return _shown(choice, _side_by_side(parts), rows, names)
    found = two_ways(choice.ledger, body, items[0], rows, columns)
    heads = [(_name(columns, label), "") for label in found.columns] + [(_("Total"), "")]
    return _shown(choice, found, rows, heads)


def _back(request: HttpRequest, choice: Choice) -> list[Ledger]:
    """The period and those before it of the same kind, with returns and the person's to see, the oldest first."""
    access = access_of(request)
    days = set(available(choice.base.code, choice.ledger.sequence))
    found, period = [choice.period], choice.period
    for _step in range(_BACK - 1):
        period = period.previous()
        there = str(period) in days or any(str(month) in days for month in period.months())
        if there and sees(access.asked(choice.form.code, str(period)), choice.body.code):
            found.append(period)
    return [_ledger(choice, one) for one in reversed(found)]


def _period_head(ledger: Ledger, item: str) -> str:
    """The period, and where its form had no such item so that nothing can be compared, that."""
    name = period_name(str(ledger.period))
    return name if has_item(ledger, item) else f"{name} {_('(no such item in the form then)')}"


def _ledger(choice: Choice, period: Period) -> Ledger:
    if period == choice.period:
        return choice.ledger
    return ledger_of(
        choice.body.node, choice.form.code, period, sequence=choice.ledger.sequence,
        unapproved=choice.ledger.unapproved,
    )  # fmt: skip


def _side_by_side(parts: list[Cross]) -> Cross:
    """Tables of one column each, put together by the codes of their rows."""
    labels = {label.code: label for part in parts for label in part.rows}
    order = sorted(labels, key=lambda code: (code == "", code))
    found = [dict(zip((label.code for label in part.rows), part.cells, strict=False)) for part in parts]
    cells = [tuple(part.get(code, (None,))[0] for part in found) for code in order]
    total = tuple(part.cells[-1][0] for part in parts)
    return Cross(tuple(labels[code] for code in order), (), (*cells, total))


def _item(choice: Choice, code: str) -> tuple[str, str]:
    row = next(row for row in choice.ledger.items if row.code == code)
    return local(row), unit(row.unit)


def _name(axis: str, label: Label) -> str:
    if not label.code:
        return _("(none said)")
    return level_name(label.code) if axis == "level" else local(label) or label.code


def _shown(choice: Choice, found: Cross, rows: str, heads: list[tuple[str, str]]) -> Table:
    """heads: (title, unit) of each column."""
    columns = [Column("name", axis_words(rows), sortable=False)]
    columns += [Column(f"c{at}", title, unit=said, number=True) for at, (title, said) in enumerate(heads)]
    names = [*(_name(rows, label) for label in found.rows), _("Total")]
    body = [
        Row((Cell(name, name, heading=True), *(_cell(value) for value in values)), total=at == len(names) - 1)
        for at, (name, values) in enumerate(zip(names, found.cells, strict=True))
    ]
    return Table(
        caption=f"{choice.body_name} {choice.period_name}",
        columns=columns,
        rows=[body[-1], *body[:-1]],
        name=f"{choice.form.code}-{rows}-{choice.period}",
        page_size=200,
        notes=table_notes(choice),
    )


def _cell(value: int | None) -> Cell:
    if value is None:
        return Cell("—", None, missing=True, number=True)
    text = fixed_text(value)
    return Cell(grouped(text), Decimal(text), number=True)
