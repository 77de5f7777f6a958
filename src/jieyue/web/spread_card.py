"""How each type's institutions spread by intensity, with a scope's own lowest and highest by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from jieyue.apps.accounts.peer_statistics import quantile_of_type
from jieyue.apps.accounts.peers import LEAST
from jieyue.apps.insights import overview_words as say
from jieyue.apps.insights.scatter import Point, Scatter, Spread
from jieyue.apps.registry.queries import codes_of, names_of
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import NodeInfo, Tree
from jieyue.web.chart_boxes import Box, boxes
from jieyue.web.chart_scatter import Single
from jieyue.web.overview_cards import NOTHING, Card, Frame, Key, column, said, statistic_cell
from jieyue.web.scatter_card import amount_cell, institution_address, shown, unit_of
from jieyue.web.table import Cell, Row
from jieyue.web.words import bracketed, clauses, grouped, indicator_name, local, period_name

#: The quantiles that are shown.
SHARES = (20, 50, 80)


@dataclass(frozen=True)
class _Named:
    """Institutions that the reader may see."""

    codes: Mapping[int, str]
    names: Mapping[int, str]


def spread_card(
    found: Scatter,
    spreads: Sequence[Spread],
    frame: Frame,
    own: Callable[[Sequence[int]], list[int]],
    by: str,
) -> Card:
    """The card. own: who of some the reader may see; only those are named."""
    sequence, day = found.plan.key.sequence, found.plan.day
    ends = [one.number for each in spreads for one in (each.lowest, each.highest) if one is not None]
    numbers = own(ends)
    named = _Named(codes_of(numbers, day, sequence), names_of(numbers, day, sequence))
    nodes = {each.kind: tree_view(Tree.TYPE, sequence, day).nodes[each.kind] for each in spreads}
    kinds = {kind: local(node) for kind, node in nodes.items()}
    ratio, title = found.view.ratio, said(say.of_spread(spreads, kinds, found, period_name, indicator_name))
    symbol = unit_of(ratio)
    columns = [
        column("type", _("Type"), number=False),
        column("n", _("Institutions of the type")),
        *(column(f"p{share}", f"P{share}", symbol) for share in SHARES),
        column("own", _("of these here")),
        column("lowest", _("lowest here"), number=False),
        column("lowest-value", indicator_name(ratio), symbol),
        column("highest", _("highest here"), number=False),
        column("highest-value", indicator_name(ratio), symbol),
    ]
    rows = [_row(each, nodes[each.kind], found, frame, named) for each in spreads]
    return Card(
        "spread",
        title,
        f"{bracketed(indicator_name(ratio), symbol)} · {period_name(found.plan.key.period)}",
        frame.table(title, columns, rows, f"overview-spread-{by}"),
        boxes("chart-spread", [_box(each, kinds[each.kind], found, named) for each in spreads]),
        (
            Key("p-box", _("P20 to P80 of all of the type")),
            Key("p-now", _("median")),
            Key("p-above", _("highest here")),
            Key("p-below", _("lowest here")),
        ),
        (
            _("Quantiles of the type in this system, no quota; none of fewer than %(n)s institutions.")
            % {"n": LEAST},
        ),
    )


def _row(each: Spread, node: NodeInfo, found: Scatter, frame: Frame, named: _Named) -> Row:
    ratio = found.view.ratio
    short = Cell(_("fewer than %(n)s") % {"n": LEAST}, None, missing=True, number=True)
    quantiles = [
        statistic_cell(quantile_of_type(found.plan, node.code, ratio, share, (each.quantiles[share], each.n)))
        if each.quantiles
        else short
        for share in SHARES
    ]
    ends = [cell for one in (each.lowest, each.highest) for cell in _end(one, found, frame, named)]
    counts = [Cell(f"{n:,}", n, number=True) for n in (each.n, each.own)]
    return Row((Cell(local(node), local(node), heading=True), counts[0], *quantiles, counts[1], *ends))


def _end(one: Point | None, found: Scatter, frame: Frame, named: _Named) -> tuple[Cell, Cell]:
    if one is None or one.number not in named.codes:
        return Cell("—", None), NOTHING
    code, name, period = named.codes[one.number], named.names[one.number], found.plan.key.period
    number = amount_cell(found.view.ratio, one.ratio, code, period, frame.choice)
    return Cell(name, name, href=institution_address(code, period)), number


def _box(each: Spread, kind: str, found: Scatter, named: _Named) -> Box:
    ratio = found.view.ratio
    known = [each.quantiles[share] for share in SHARES] if each.quantiles else []
    words = clauses(
        f"P{share} {grouped(shown(value, ratio))}" for share, value in zip(SHARES, known, strict=False)
    )
    singles = [
        Single(
            float(one.ratio),
            0,
            css,
            f"{named.names[one.number]} {grouped(shown(one.ratio, ratio))} {unit_of(ratio)}",
        )
        for one, css in ((each.lowest, "p-below"), (each.highest, "p-above"))
        if one is not None and one.number in named.names
    ]
    ends = (float(known[0]), float(known[1]), float(known[2])) if known else ()
    return Box(kind, ends, f"{kind} {words}", singles)
