"""A body's own path as a card: its years of one indicator over what was issued to it, and a table of all of them."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from jieyue.apps.insights import path_words as say
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.targets.own_path import OwnIndicator, OwnPath
from jieyue.domain.rounding import display
from jieyue.web import charts
from jieyue.web.overview_cards import NOTHING, Card, Frame, Key, column, derived_cell, said
from jieyue.web.table import Cell, Row
from jieyue.web.words import MISSING_TEXT, bracketed, clauses, grouped, local, period_name, unit

#: The card, and the word of the address that says which indicator is drawn.
PATH, WHICH = "path", "path"


def own_path_card(found: OwnPath, frame: Frame, chosen: str, to: Callable[..., str]) -> Card | None:
    """None for a plan without an indicator. to: the address of the page with another choice."""
    if not found.rows:
        return None
    frame = replace(frame, choice={**frame.choice, "boundaries": found.boundaries})
    one = next((row for row in found.rows if row.printed.code == chosen), found.rows[0])
    title = said(say.of_path(found, one, period_name, local, unit))
    rows = [row for each in found.rows for row in _rows(each, frame)]
    years = [
        column(str(year), period_name(str(year)), "" if place else _("base year"))
        for place, year in enumerate(found.years)
    ]
    return Card(
        PATH,
        title,
        f"{bracketed(local(one.printed), unit(one.printed.unit))} · {_('by year, what was issued to it as outline')}",
        frame.table(
            title,
            [
                column("name", _("Indicator"), number=False),
                column("unit", _("Unit"), number=False),
                *years,
                column("target", _("Target %(year)s") % {"year": found.plan.target_year}),
                column("since", _("since the base year"), "%"),
                column("verdict", _("Verdict"), number=False),
                column("source", _("Source"), number=False),
            ],
            rows,
            f"overview-path-{found.scope.replace(':', '-')}",
        ),
        charts.columns("chart-path", [_column(one, place, year) for place, year in enumerate(found.years)]),
        (
            Key("p-now", _("this body")),
            Key("p-then", _("issued to it, or on the way there")),
            Key("p-hatched", _("provisional")),
        ),
        [said(say.notes(found))],
        views=[
            (local(row.printed), to(**{WHICH: row.printed.code}) + f"#{PATH}", row is one)
            for row in found.rows
        ],
        wide=True,
    )


def _rows(one: OwnIndicator, frame: Frame) -> list[Row]:
    name, symbol = local(one.printed), unit(one.printed.unit)
    judged = one.verdict
    own = Row(
        (
            Cell(name, name, heading=True),
            Cell(symbol, symbol),
            *(frame.cell(row) for row in one.figures),
            Cell(_("not issued"), None) if judged is None else _amount(one, judged.target),
            derived_cell(one.since_base),
            Cell(said(say.verdict_of(one)), None if judged is None else judged.status),
            Cell(said(say.source_of(one))),
        )
    )
    if judged is None:
        return [own]
    path = _("%(name)s: path") % {"name": name}
    values = [_amount(one, one.path(place)) for place in range(len(one.figures))]
    blank = Cell("", None)
    return [own, Row((Cell(path, path, heading=True), Cell(symbol, symbol), *values, *[blank] * 4))]


def _amount(one: OwnIndicator, value: Fraction | None) -> Cell:
    if value is None:
        return NOTHING
    text = display(value, home_catalog().indicator(one.printed.code).decimals)
    return Cell(grouped(text), Decimal(text), number=True)


def _column(one: OwnIndicator, place: int, year: int) -> charts.Column:
    row, path = one.figures[place], one.path(place)
    symbol, label = unit(one.printed.unit), period_name(str(year))
    told = MISSING_TEXT if row.display is None else f"{grouped(row.display)} {symbol}"
    words = f"{label} {told}"
    if path is not None:
        words = clauses([words, f"{_('path')} {_amount(one, path).text} {symbol}"])
    return charts.Column(
        label=str(year),
        now=row.exact,
        then=path,
        words=words,
        provisional=row.status == "provisional",
        gap=_("Not reported"),
    )
