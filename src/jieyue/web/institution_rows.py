"""Institutions as rows: one page of them with their figures."""

from collections.abc import Sequence

from django.http import Http404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.accounts.queries import institutions_of
from jieyue.apps.registry.queries import labels_of
from jieyue.web.numbers import figure_cell
from jieyue.web.selection import Selection
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.views_of_data import view_columns

#: Of one institution these say nothing.
_NOT_FOR_ONE = ("institutions",)


def institution_table(
    numbers: Sequence[int],
    selection: Selection,
    *,
    codes: Sequence[str],
    name: str,
    page: int,
    size: int,
) -> Table:
    """A page of institutions in the order of their identifiers, which is that of their registration."""
    start = (page - 1) * size
    shown = list(numbers[start : start + size])
    if page > 1 and not shown:
        raise Http404
    wanted = [code for code in codes if code not in _NOT_FOR_ONE]
    named = labels_of(shown, selection.day)
    figures = institutions_of(shown, selection.period, indicators=wanted, sequence=selection.sequence)
    rows = []
    for number in shown:
        code, called = named[number]
        query = urlencode({"period": selection.period})
        title = Cell(called, called, href=f"{reverse('institution', args=[code])}?{query}", heading=True)
        own = figures.get(number, {})
        rows.append(
            Row(
                (
                    title,
                    Cell(code, code),
                    *(figure_cell(own.get(one), selection.more) for one in wanted),
                )
            )
        )
    return Table(
        caption=f"{selection.scope_name} {selection.period_name} {_('Institutions')}",
        columns=[
            Column("name", _("Institution"), sortable=False),
            Column("code", _("Code"), sortable=False),
            *(_unsorted(column) for column in view_columns(wanted)),
        ],
        rows=rows,
        name=name,
        count=len(numbers),
        page_size=size,
        empty=_("No institution hangs here."),
    )


def _unsorted(column: Column) -> Column:
    return Column(column.key, column.title, column.unit, column.number, sortable=False, group=column.group)
