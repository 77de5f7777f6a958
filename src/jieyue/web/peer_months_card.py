"""An institution's months over the middle half of its peers: the band of each month, its own two years before it."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from django.utils.translation import gettext as _

from jieyue.apps.accounts.peer_months import BANDED, HALF, MonthBand
from jieyue.apps.accounts.peer_statistics import quantile_of_peers
from jieyue.apps.accounts.peers import LEVEL_WORDS
from jieyue.apps.accounts.queries import FigureRow
from jieyue.apps.insights.overview import Month
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import InstitutionInfo
from jieyue.domain.period import Period
from jieyue.domain.rounding import display
from jieyue.web import charts
from jieyue.web.overview_cards import (
    NOTHING,
    Card,
    Frame,
    Key,
    column,
    month_column,
    month_name,
    said,
    statistic_cell,
)
from jieyue.web.profile_cards import months_of_year
from jieyue.web.table import Cell, Row
from jieyue.web.words import bracketed, clauses, indicator_name, unit

PEER_MONTHS = "peer-months"
_NONE = MonthBand("", "", 0, {})


def peer_months_card(
    own: InstitutionInfo,
    year: Period,
    rows: Mapping[tuple[str, str], FigureRow],
    indicator: str,
    bands: Sequence[MonthBand] | None,
    *,
    of: FigureRow,
    sequence: int,
    today: date,
    frame: Frame,
    to: str,
) -> Card:
    """bands: of each month; None: not computed; empty: the institution is not counted in the year. of: its own
    figure of the year, whose peers they are. to: the address of the page, to which the indicator is added."""
    months = months_of_year(own, year, rows, indicator, sequence=sequence, today=today)
    each = list(bands or [_NONE] * len(months))
    symbol = unit(home_catalog().indicator(indicator).unit)
    title = _title(indicator, months, bands)
    table = frame.table(
        title,
        [
            column("month", _("Month"), number=False),
            column("now", _("This year"), symbol),
            column("then", _("Year before"), symbol),
            *(column(f"p{share}", f"P{share}", symbol) for share in HALF),
            column("n", _("Peers")),
            column("level", _("Who the peers are"), number=False),
        ],
        [_row(month, band, frame, of) for month, band in zip(months, each, strict=True)],
        f"profile-peer-months-{own.code}-{indicator}",
    )
    table.caption = title  # its name stands above, and may be in another language
    return Card(
        PEER_MONTHS,
        title,
        f"{bracketed(indicator_name(indicator), symbol)} · {_('by month; behind it the middle half of the peers')}",
        table,
        charts.columns("chart-peer-months", [_column(*pair) for pair in zip(months, each, strict=True)]),
        (
            Key("p-now", _("this year")),
            Key("p-then", _("year before")),
            Key("p-box", _("the middle half of its peers")),
            Key("p-middle", _("median")),
            Key("p-hatched", _("provisional")),
        ),
        _notes(bands),
        views=[(indicator_name(code), f"{to}&by={code}#{PEER_MONTHS}", code == indicator) for code in BANDED],
        wide=True,
    )


def _title(indicator: str, months: Sequence[Month], bands: Sequence[MonthBand] | None) -> str:
    name = indicator_name(indicator)
    if bands is None:
        return _("%(name)s by month; its peers are not computed yet") % {"name": name}
    if not bands:
        return _("%(name)s by month; it is not counted in this year, so it has no peers") % {"name": name}
    known = [
        (month.now.exact, band.quantiles)
        for month, band in zip(months, bands, strict=True)
        if month.now is not None and month.now.exact is not None and band.quantiles
    ]
    if not known:
        return _("%(name)s: no month with its own number and ten peers") % {"name": name}
    above = sum(value > quantiles[HALF[-1]] for value, quantiles in known)
    below = sum(value < quantiles[HALF[0]] for value, quantiles in known)
    return _(
        "%(name)s: of %(n)s months with peers, %(above)s above their middle half, %(below)s below it"
    ) % {"name": name, "n": len(known), "above": above, "below": below}


def _notes(bands: Sequence[MonthBand] | None) -> list[str]:
    notes = [_("Peers: same type, third of it by floor area and group of regions, by the year. No quota.")]
    wider = sorted({band.level for band in bands or () if band.level not in ("", "type_size_region")})
    return [*notes, *(said(LEVEL_WORDS[level]) for level in wider)]


def _row(month: Month, band: MonthBand, frame: Frame, of: FigureRow) -> Row:
    label = month_name(month)
    own = [Cell(label, label, heading=True), frame.cell(month.now), frame.cell(month.then)]
    quantiles = [_quantile(band, share, of) for share in HALF]
    n = Cell(f"{band.n:,}", band.n, number=True) if band.quantiles else NOTHING
    return Row((*own, *quantiles, n, Cell(said(LEVEL_WORDS[band.level]) if band.month else "", band.level)))


def _quantile(band: MonthBand, share: int, of: FigureRow) -> Cell:
    value = band.quantiles.get(share)
    return (
        NOTHING
        if value is None
        else statistic_cell(quantile_of_peers(of, share, (value, band.n), band.month))
    )


def _shown(value: Fraction, indicator: str) -> str:
    return display(value, home_catalog().indicator(indicator).decimals)


def _column(month: Month, band: MonthBand) -> charts.Column:
    drawn = month_column(month)
    if not band.quantiles:
        return drawn
    low, middle, high = (band.quantiles[share] for share in HALF)
    indicator = month.then.indicator
    words = bracketed(f"P25—P75 {_shown(low, indicator)}—{_shown(high, indicator)}", f"n={band.n}")
    return charts.Column(
        drawn.label, drawn.now, drawn.then, clauses([drawn.words, words]), drawn.provisional, drawn.ahead, drawn.gap,
        (low, middle, high),
    )  # fmt: skip
