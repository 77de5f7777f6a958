"""Cards of a dashboard that name somebody: the bodies below, prices by carrier, movers, and what is open."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from jieyue.apps.accounts.change_words import plus
from jieyue.apps.insights import overview_words as say
from jieyue.apps.insights.attention import ENERGY, Alert, Attention, Mover
from jieyue.apps.insights.overview import Bodies, Body, Price
from jieyue.apps.publication.rules import home_catalog
from jieyue.domain.period import Period
from jieyue.domain.rounding import display
from jieyue.web import charts
from jieyue.web.meter_words import carrier_words
from jieyue.web.overview_cards import (
    NOTHING,
    Card,
    Frame,
    Key,
    column,
    derived_cell,
    month_column,
    said,
    share_cell,
)
from jieyue.web.table import Cell, Row
from jieyue.web.words import grouped, local, period_name, unit
from jieyue.web.words import percent as share_words

#: So many of the least complete bodies are drawn; the table has all.
_DRAWN = 10


def bodies_card(bodies: Bodies, frame: Frame, href: Callable[[str], str]) -> Card | None:
    """Completeness of the bodies below, the least complete first; None where there are none."""
    if not bodies.rows:
        return None
    first = bodies.rows[0]
    symbol = unit(first.side.now.unit)
    title = said(say.of_bodies(bodies))
    drawn = [
        (frame.names[body.scope], (body.completeness.exact or Fraction()) * 100, _told(body, frame))
        for body in bodies.known[:_DRAWN]
    ]
    when, to_date = period_name(first.completeness.period), period_name(first.side.now.period)
    return Card(
        "bodies",
        title,
        _("completeness of %(period)s, the %(n)s least complete") % {"period": when, "n": len(drawn)},
        frame.table(
            title,
            [
                column("body", _("Body below"), number=False),
                column("completeness", f"{when} {_('Completeness')}"),
                column("energy", to_date, symbol),
                column("then", period_name(first.side.then.period), symbol),
                column("change", _("on last year"), "%"),
            ],
            [_body_row(body, frame, href) for body in [*bodies.known, *_undue(bodies)]],
            "overview-bodies",
        ),
        charts.strip("chart-bodies", drawn, bodies.least * 100),
        (
            Key("p-this", _("complete enough")),
            Key("p-short", _("too little for final figures")),
            Key("p-limit", _("from here on figures are final")),
        ),
        (_("Energy stands here for information and is not ranked."),),
    )


def _told(body: Body, frame: Frame) -> str:
    return f"{frame.names[body.scope]} {share_words(body.completeness.value)}"


def _undue(bodies: Bodies) -> list[Body]:
    return [body for body in bodies.rows if body.completeness.exact is None]


def _body_row(body: Body, frame: Frame, href: Callable[[str], str]) -> Row:
    name = frame.names[body.scope]
    return Row(
        (
            Cell(name, name, href=href(body.scope), heading=True),
            share_cell(body.completeness, frame),
            frame.cell(body.side.now),
            frame.cell(body.side.then),
            derived_cell(body.side.on_year),
        )
    )


def prices_card(prices: Sequence[Price], frame: Frame) -> Card:
    """The mean price of each carrier beside the year before; the months of the first are drawn."""
    first = prices[0] if prices else None
    title = said(say.of_price(first, period_name, carrier_words, unit))
    spans = [] if first is None else [period_name(row.period) for row in (first.side.then, first.side.now)]
    rows = [
        Row(
            (
                Cell(carrier_words(price.carrier), price.carrier, heading=True),
                Cell(unit(price.side.now.unit), price.side.now.unit),
                frame.cell(price.side.then),
                frame.cell(price.side.now),
                derived_cell(price.side.on_year),
            )
        )
        for price in prices
    ]
    columns = [column("carrier", _("Carrier"), number=False), column("unit", _("Unit"), number=False)]
    columns += [column(f"p{place}", name) for place, name in enumerate(spans)]
    columns.append(column("change", _("on last year"), "%"))
    drawn = [] if first is None else [month_column(month) for month in first.months.months]
    symbol = "" if first is None else f"{carrier_words(first.carrier)} {unit(first.side.now.unit)} · "
    return Card(
        "prices",
        title,
        f"{symbol}{_('money ÷ quantity, by month; the year before as outline')}",
        frame.table(title, columns, rows, "overview-prices"),
        charts.columns("chart-prices", drawn) if drawn else None,
        (
            Key("p-now", _("this year")),
            Key("p-then", _("year before")),
            Key("p-hatched", _("provisional")),
        ),
        (_("Only who states both quantity and money is in a price; a lump sum without quantity is not."),),
    )


def attention_cards(found: Attention, frame: Frame, period: Period) -> list[Card]:
    """Movers and alerts."""
    return [movers_card(found, frame, period), alerts_card(found, frame)]


def movers_card(found: Attention, frame: Frame, period: Period) -> Card:
    """The largest like-for-like changes with what was said of them."""
    title = said(say.of_movers(found, str))
    then, now = (period_name(row.period) for row in found.change.rows)
    symbol = unit(found.change.rows[1].unit)
    query = urlencode({"period": str(period)})
    rows = [_mover_row(mover, query) for mover in found.movers]
    return Card(
        "movers",
        title,
        f"{symbol} · {_('same institutions, whole returns both times, largest change first')}",
        frame.table(
            title,
            [
                column("name", _("Institution"), number=False),
                column("then", then, symbol),
                column("now", now, symbol),
                column("change", _("Change"), symbol),
                column("said", _("Explanation"), number=False),
            ],
            rows,
            "overview-movers",
        ),
        open=True,
    )


def _mover_row(mover: Mover, query: str) -> Row:
    member = mover.member
    href = f"{reverse('institution', args=[member.code])}?{query}"
    return Row(
        (
            Cell(member.name, member.name, href=href, heading=True),
            _amount(member.then),
            _amount(member.now),
            _amount(mover.moved, sign=True),
            Cell(mover.said or _("not explained"), mover.said or None),
        )
    )


def _amount(value: Fraction | None, *, sign: bool = False) -> Cell:
    if value is None:
        return NOTHING
    text = display(value, home_catalog().indicator(ENERGY).decimals)
    return Cell(plus(grouped(text)) or "" if sign else grouped(text), Decimal(text), number=True)


_SEVERITY: Mapping[str, tuple[str, str]] = {"error": ("错误", "error"), "warning": ("警告", "warning")}


def alerts_card(found: Attention, frame: Frame) -> Card:
    """The open findings with most energy behind them."""
    title = said(say.of_alerts(found))
    symbol = unit(found.change.rows[1].unit)
    return Card(
        "alerts",
        title,
        _("by the energy of the institution in the period; with who collects its returns, and since when"),
        frame.table(
            title,
            [
                column("name", _("Institution"), number=False),
                column("finding", _("What is asked"), number=False),
                column("severity", _("Severity"), number=False),
                column("weight", _("Energy at stake"), symbol),
                column("owner", _("Collecting body"), number=False),
                column("since", _("Since"), number=False),
            ],
            [_alert_row(alert) for alert in found.alerts],
            "overview-alerts",
        ),
        open=True,
    )


def _alert_row(alert: Alert) -> Row:
    finding = alert.finding
    colon = pgettext("between a label and its value", ": ")
    what = f"{local(finding, 'rule')}{colon}{local(finding, 'item')}"
    severity = said(_SEVERITY.get(finding.severity, (finding.severity, finding.severity)))
    return Row(
        (
            Cell(finding.name, finding.name, heading=True),
            Cell(what, what, href=reverse("review-finding", args=[finding.id])),
            Cell(severity, finding.severity),
            _amount(alert.weight),
            Cell("" if alert.owner is None else local(alert.owner)),
            Cell(alert.since.isoformat(), alert.since.isoformat()),
        )
    )
