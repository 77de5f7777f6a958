"""A department by district as a card: a dot a district by energy per floor area, and what each used."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from jieyue.apps.insights.by_district import ByDistrict, District
from jieyue.domain.rounding import display
from jieyue.web.chart_dots import Mark, Spot, dots
from jieyue.web.overview_cards import NOTHING, Card, Frame, Key, column
from jieyue.web.table import Cell, Row
from jieyue.web.words import bracketed, grouped, local, period_name, unit

DISTRICTS = "districts"


def district_card(found: ByDistrict, scope: str, frame: Frame, to: Callable[..., str]) -> Card:
    """to: the address of the dashboard with another scope."""
    when = period_name(found.plan.key.period)
    title, symbol = _title(found, when), unit("kgce/m2")
    source = urlencode(
        {"scope": scope, "indicator": "energy_total_tce", "period": found.plan.key.period, **frame.choice}
    )
    rows = [
        _row(row, found, to(scope=row.node.scope) if row.node and row.node.in_being else "")
        for row in found.rows
    ]
    rows.append(_row(found.whole, found, "", f"{reverse('source')}?{source}"))
    known = [row for row in found.rows if row.node and row.per_area is not None]
    ordered = sorted(known, key=lambda row: row.per_area or 0)
    named = {id(row) for row in (*ordered[:1], *ordered[-1:])}
    spots = [
        Spot(
            row.per_area or Fraction(),
            "p-this",
            f"{_name(row)} {display(row.per_area or Fraction(), 2)} {symbol}",
            _name(row) if id(row) in named else "",
        )
        for row in ordered
    ]
    middle = found.whole.per_area
    words = "" if middle is None else f"{_('the whole department')} {display(middle, 2)}"
    return Card(
        DISTRICTS,
        title,
        f"{bracketed(_('energy per floor area'), symbol)} · {when}",
        frame.table(
            title,
            [
                column("district", _("District"), number=False),
                column("n", _("Institutions")),
                column("known", _("with a number")),
                column("energy", _("Energy"), unit("tce")),
                column("share", _("share"), "%"),
                column("area", _("Floor area"), unit("m2")),
                column("per-area", _("energy per floor area"), symbol),
            ],
            rows,
            f"overview-districts-{scope.replace(':', '-')}",
        ),
        dots("chart-districts", spots, [] if middle is None else [Mark(middle, "p-even", words)]),
        (Key("p-own", _("a district")), Key("p-even", _("the whole department"))),
        (
            _(
                "Energy is that of all who have a number and sums to the department's figure; per floor area counts"
                " whole returns with both numbers. Where they stand at the end of the period."
            ),
        ),
        wide=True,
    )


def _name(row: District) -> str:
    if row.node is None:
        return _("of no district")
    name = local(row.node)
    return name if row.node.in_being else _("%(name)s (ended)") % {"name": name}


def _title(found: ByDistrict, when: str) -> str:
    known = sorted(
        (row for row in found.rows if row.node and row.per_area is not None),
        key=lambda row: row.per_area or 0,
    )
    if not known:
        return _("%(when)s: no district with a whole return") % {"when": when}
    first, last = known[0], known[-1]
    return _(
        "%(when)s: %(n)s districts, energy per floor area from %(low)s in %(first)s to %(high)s in %(last)s"
    ) % {
        "when": when,
        "n": len(known),
        "low": display(first.per_area or Fraction(), 2),
        "first": _name(first),
        "high": display(last.per_area or Fraction(), 2),
        "last": _name(last),
    }


def _row(row: District, found: ByDistrict, href: str, source: str = "") -> Row:
    whole = found.whole
    name = _("Total") if row is whole else _name(row)
    share = row.energy * 100 / whole.energy if whole.energy else None
    energy = _number(row.energy, 2) if row.known else NOTHING
    if source and row.known:
        energy = Cell(energy.text, energy.value, href=source, source=True, number=True)
    return Row(
        (
            Cell(name, name, href=href, heading=True),
            *(Cell(f"{n:,}", n, number=True) for n in (row.n, row.known)),
            energy,
            NOTHING if share is None else _number(share, 1),
            _number(row.area, 0) if row.area else NOTHING,
            NOTHING if row.per_area is None else _number(row.per_area, 2),
        )
    )


def _number(value: Fraction, decimals: int) -> Cell:
    text = display(value, decimals)
    return Cell(grouped(text), Decimal(text), number=True)
