"""The table under the tile map: the same figures as rows, and where each leads."""

from collections.abc import Mapping
from decimal import Decimal

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.accounts.queries import FigureRow
from jieyue.apps.insights.tile_map import AREA, MapFigures, MapQuestion, Place
from jieyue.apps.publication.rules import home_catalog
from jieyue.domain.change import Relative, relative_of
from jieyue.domain.rounding import display
from jieyue.web.numbers import MISSING, PROVISIONAL, figure_cell
from jieyue.web.selection import Selection
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.tile_pictures import change_words, signed
from jieyue.web.views.data import table_notes
from jieyue.web.words import MISSING_TEXT, day, grouped, indicator_name, local, percent, unit


def opens(place: Place, asked: MapQuestion, more: Mapping[str, str] | None = None) -> str:
    """Where a tile leads: the tables of its region or body for the same period."""
    query = urlencode({"scope": place.info.scope, "period": asked.period, **(more or {})})
    return f"{reverse('data-tree', args=[asked.tree])}?{query}"


def map_table(found: MapFigures, selection: Selection, *, changes: bool, approval: str = "") -> Table:
    """The whole first, then tiles and strip falling by value, last what stands at no place shown.

    approval: the review number of the boundary file that the picture above is drawn from, for the file's notes.
    """
    asked = found.question
    more = selection.more
    rows = [
        _whole(found, more, changes=changes),
        *(_row(place, asked, more, changes=changes) for place in found.places),
    ]
    if not changes and found.rest:
        rows.append(_rest(found))
    return Table(
        caption=f"{selection.scope_name} {selection.period_name} {indicator_name(asked.indicator)}",
        columns=_columns(asked, changes=changes),
        rows=rows,
        name=f"map-{asked.tree}-{asked.indicator}-{asked.period}",
        page_size=200,
        order="-change" if changes else "-value",
        notes=[
            *table_notes(selection),
            f"{_('Boundaries of the map')}: {day(asked.boundaries)}",
            *([f"{_('Review number')}: {approval}"] if approval else []),
        ],
        empty=_("No body hangs below this one."),
    )


def _columns(asked: MapQuestion, *, changes: bool) -> list[Column]:
    shown = unit(home_catalog().indicator(asked.indicator).unit)
    columns = [
        Column("name", _("Region") if asked.tree == AREA else _("Body")),
        Column("code", _("Code of the place")),
        Column("value", indicator_name(asked.indicator), shown, number=True),
    ]
    if changes:
        columns.append(Column("before", _("The year before"), shown, number=True))
        columns.append(Column("change", _("Change"), "%", number=True))
    return [*columns, Column("status", _("Status")), Column("completeness", _("Completeness"), number=True)]


def _whole(found: MapFigures, more: Mapping[str, str], *, changes: bool) -> Row:
    asked, before = found.question, found.total_before
    change = _change(relative_of(before.exact, found.total.exact)) if before else None
    cells = _cells(found.total, before, change, _choice(asked, more), changes=changes)
    return Row((Cell(_("Total"), None, heading=True), Cell("", None), *cells), total=True)


def _row(place: Place, asked: MapQuestion, more: Mapping[str, str], *, changes: bool) -> Row:
    name = local(place.info)
    if place.outside:
        name = _("%(name)s (not in the total)") % {"name": name}
    head = Cell(
        name,
        name,
        href=opens(place, asked, more),
        heading=True,
        tag=_("binding target missed") if place.missed else "",
    )
    change = None if place.change is None else _change(place.change, change_words(place))
    code = Cell(place.info.code, place.info.code, code=True)
    return Row(
        (head, code, *_cells(place.figure, place.before, change, _choice(asked, more), changes=changes))
    )


def _change(change: Relative, words: str = "") -> Cell:
    if change.value is None:
        return Cell(words or MISSING_TEXT, None, missing=True, number=True)
    return Cell(signed(change.value), float(round(change.value * 100, 1)), number=True)


def _choice(asked: MapQuestion, more: Mapping[str, str]) -> Mapping[str, str]:
    """What the addresses of the figures' sources say besides scope and period."""
    return {"boundaries": asked.boundaries.isoformat(), **more}


def _cells(
    figure: FigureRow,
    before: FigureRow | None,
    change: Cell | None,
    choice: Mapping[str, str],
    *,
    changes: bool,
) -> list[Cell]:
    cells = [figure_cell(figure, choice)]
    if changes:
        cells += [figure_cell(before, choice), change or Cell(MISSING_TEXT, None, missing=True, number=True)]
    words = {PROVISIONAL: _("provisional"), MISSING: _("missing")}
    status = words.get(figure.status, _("final"))
    share = None if figure.completeness is None else percent(figure.completeness)
    return [*cells, Cell(status, status), Cell(share or MISSING_TEXT, share, missing=not share, number=True)]


def _rest(found: MapFigures) -> Row:
    """What the whole holds beyond its places; worked out, so without a receipt of its own."""
    asked = found.question
    assert found.rest is not None, "asked only where there is one"
    name = _("Others, at no region shown") if asked.tree == AREA else _("By the body itself, and others")
    text = display(found.rest, home_catalog().indicator(asked.indicator).decimals)
    value = Cell(grouped(text), Decimal(text), number=True)
    return Row(
        (
            Cell(name, None, heading=True),
            Cell("", None),
            value,
            Cell(_("total less the rows shown"), None),
            Cell(MISSING_TEXT, None, number=True),
        )
    )
