"""Institutions by size and energy as a card: the crowd in cells, and by name those far from their type."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.accounts.peers import LEAST
from jieyue.apps.insights import overview_words as say
from jieyue.apps.insights.scatter import CELLS, MOST, VIEWS, Point, Scatter
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import codes_of, names_of
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree
from jieyue.domain.rounding import display
from jieyue.web.chart_scatter import SHADES, Single, scatter
from jieyue.web.overview_cards import Card, Frame, Key, column, said
from jieyue.web.table import Cell, Column, Row
from jieyue.web.words import bracketed, grouped, indicator_name, local, period_name, unit

#: Rows of the marked ones on one page; files have all.
_ROWS = 20


def scatter_card(
    found: Scatter, frame: Frame, own: Callable[[Sequence[int]], list[int]], to: Callable[..., str], by: str
) -> Card:
    """The card. own: who of some the reader may see; only those have a name and a row. to: this part, by a view."""
    key = found.plan.key
    numbers = own([one.number for one in found.marked])
    day, sequence = found.plan.day, key.sequence
    names, codes = names_of(numbers, day, sequence), codes_of(numbers, day, sequence)
    kinds = tree_view(Tree.TYPE, sequence, day).nodes
    named = [one for one in found.marked if one.number in codes]
    title = said(say.of_scatter(found, period_name, indicator_name))
    view, when = found.view, period_name(key.period)
    rows = [
        _row(one, frame, found, codes[one.number], names[one.number], local(kinds[one.kind])) for one in named
    ]
    table = frame.table(title, _columns(found), rows, f"overview-institutions-{by}")
    table.page_size = _ROWS
    size, energy = (bracketed(indicator_name(code), unit_of(code)) for code in (view.size, view.energy))
    return Card(
        "institutions-chart",
        title,
        f"{size} × {energy} · {when}",
        table,
        scatter(
            "chart-institutions",
            found.cells,
            [_single(one, names.get(one.number, ""), view.ratio) for one in found.marked],
            CELLS,
            (size, energy),
        ),
        _legend(),
        _notes(found, len(named)),
        views=[(_by_words(name), to(by=name), name == by) for name in VIEWS],
    )


def _by_words(name: str) -> str:
    return {"area": _("By floor area"), "persons": _("By persons")}[name]


def unit_of(code: str) -> str:
    """The unit of an indicator in words."""
    return unit(home_catalog().indicator(code).unit)


def shown(value: Fraction, code: str) -> str:
    """An indicator's number as it is printed."""
    return display(value, home_catalog().indicator(code).decimals)


def _columns(found: Scatter) -> list[Column]:
    view = found.view
    return [
        column("name", _("Institution"), number=False),
        column("type", _("Type"), number=False),
        column("side", _("against its type"), number=False),
        *(column(code, indicator_name(code), unit_of(code)) for code in (view.size, view.energy, view.ratio)),
    ]


def _row(one: Point, frame: Frame, found: Scatter, code: str, name: str, kind: str) -> Row:
    view, period = found.view, found.plan.key.period
    amounts = ((view.size, one.size), (view.energy, one.energy), (view.ratio, one.ratio))
    return Row(
        (
            Cell(name, name, href=institution_address(code, period), heading=True),
            Cell(kind, kind),
            Cell(_("▲ above") if one.above else _("▽ below"), one.above),
            *(amount_cell(indicator, value, code, period, frame.choice) for indicator, value in amounts),
        )
    )


def institution_address(code: str, period: str) -> str:
    """The page of an institution for a period."""
    return f"{reverse('institution', args=[code])}?{urlencode({'period': period})}"


def amount_cell(indicator: str, value: Fraction, code: str, period: str, choice: Mapping[str, str]) -> Cell:
    """A number of an institution that opens its source."""
    text = shown(value, indicator)
    query = {"scope": f"institution:{code}", "indicator": indicator, "period": period, **choice}
    address = f"{reverse('source')}?{urlencode(query)}"
    return Cell(grouped(text), Decimal(text), address, source=True, number=True)


def _single(one: Point, name: str, ratio: str) -> Single:
    words = f"{name} {grouped(shown(one.ratio, ratio))} {unit_of(ratio)}" if name else ""
    return Single(float(one.size), float(one.energy), "p-above" if one.above else "p-below", words)


def _legend() -> list[Key]:
    ends = [f"{low}" if low + 1 == high else f"{low}–{high - 1}" for low, high in pairwise(SHADES)]
    crowd = [*ends, f"≥{SHADES[-1]}"]
    return [
        Key("p-above", _("above nine tenths' band of its type")),
        Key("p-below", _("below it")),
        *(Key(f"p-crowd-{shade}", _("%(n)s in a cell") % {"n": text}) for shade, text in enumerate(crowd)),
    ]


def _notes(found: Scatter, named: int) -> list[str]:
    """What the marks mean, and who is not among them."""
    told = [
        _(
            "The band of a type is P5–P95 of all its institutions: statistics of this system, no quota. Only whole"
            " returns count."
        )
    ]
    outside = found.above + found.below
    if outside > MOST:
        told.append(
            _("Marked are the %(most)s farthest outside of %(n)s.") % {"most": MOST, "n": f"{outside:,}"}
        )
    if found.left_out:
        told.append(
            _("%(n)s are not drawn: not reported in full, or without one of both numbers.")
            % {"n": f"{found.left_out:,}"}
        )
    if found.unbanded:
        told.append(
            _("%(n)s are of types with fewer than %(least)s and are not judged.")
            % {"n": f"{found.unbanded:,}", "least": LEAST}
        )
    if named < len(found.marked):
        told.append(
            _("%(n)s marked ones are not yours to see and have no name.") % {"n": len(found.marked) - named}
        )
    return told
