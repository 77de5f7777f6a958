"""Cards of a dashboard made of what single institutions say: weighted completeness, spread of prices, money."""

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

from django.utils.translation import gettext as _

from jieyue.apps.accounts.month_marks import LEAST, SHARES, Prices
from jieyue.apps.accounts.statistics import ALL, money_for, quantile_of_prices, weighted_completeness
from jieyue.apps.insights import people_words as say
from jieyue.apps.insights.months_of_people import PeopleMonth
from jieyue.apps.insights.overview import Trust
from jieyue.domain.rounding import display
from jieyue.web import charts
from jieyue.web.meter_words import carrier_words
from jieyue.web.overview_cards import NOTHING, Card, Frame, Key, column, said, share_cell, statistic_cell
from jieyue.web.table import Cell, Row
from jieyue.web.views.receipts import origin_words
from jieyue.web.words import bracketed, enumerated, grouped, period_name, unit

_LOOKS = 8
#: What is paid for and is no energy.
WATER = "water"


def carriers_of(months: Sequence[PeopleMonth]) -> list[str]:
    """Carriers that somebody paid for, the one that most state a price of first."""
    counted: Counter[str] = Counter()
    for month in months:
        for carrier, prices in month.prices.items():
            counted[carrier] += prices.n
    return [carrier for carrier, _n in counted.most_common()]


def _short(month: str) -> str:
    label = period_name(month)
    return label.partition("年")[2] or label[-2:]


def weighted_card(months: Sequence[PeopleMonth], frame: Frame) -> Card:
    """Where values come from, and how much is missing by the energy of the same month a year before."""
    title = said(say.of_weighted(months[-1], period_name))
    origins = [row.indicator.rpartition("_")[2] for row in months[-1].trust.origins]
    rows = []
    for month in months:
        label = period_name(month.period)
        cells = [Cell(label, month.period, heading=True), _share(month)]
        cells.append(share_cell(month.trust.completeness, frame))
        rows.append(Row((*cells, *(frame.cell(row) for row in month.trust.origins))))
    return Card(
        "trust-weighted",
        title,
        _(
            "share of energy by origin of its values; what is missing by the energy of the same month last year"
        ),
        frame.table(
            title,
            [
                column("month", _("Month"), number=False),
                column("weighted", _("Completeness weighted by last year's energy"), "%"),
                column("completeness", _("Completeness by count")),
                *(column(origin, origin_words(origin), "%") for origin in origins),
            ],
            rows,
            "overview-trust-weighted",
        ),
        charts.stacks("chart-trust-weighted", [(_short(month.period), _slices(month)) for month in months]),
        [
            *(Key(f"p-part-{place}", origin_words(origin)) for place, origin in enumerate(origins)),
            Key("p-hatched", _("missing")),
        ],
        (
            _(
                "Who owes the month weighs what it used in the same month a year before; who had none weighs nothing."
            ),
        ),
    )


def _share(month: PeopleMonth) -> Cell:
    if month.weighted is None:
        return NOTHING
    return statistic_cell(weighted_completeness(month.trust.completeness, month.weighted))


def _slices(month: PeopleMonth) -> list[charts.Slice]:
    if month.weighted is None:
        return []
    trust: Trust = month.trust
    parts = [
        charts.Slice(
            "",
            None if row.exact is None else row.exact * month.weighted,
            f"p-part-{place}",
            f"{origin_words(row.indicator.rpartition('_')[2])} {grouped(row.display)}%",
        )
        for place, row in enumerate(trust.origins)
    ]
    gap = (1 - month.weighted) * 100
    return [*parts, charts.Slice("", gap, "p-missing", f"{_('missing')} {display(gap, 1)}%")]


def spread_of_prices(
    months: Sequence[PeopleMonth], frame: Frame, carrier: str, to: Callable[..., str]
) -> Card:
    """The median unit price of a carrier with the band from P10 to P90, by month."""
    name = carrier_words(carrier) if carrier else ""
    title = said(say.of_prices(months, carrier, name, period_name, unit))
    first = months[-1].means.get(carrier)
    symbol = "" if first is None else unit(first.unit)
    return Card(
        "price-spread",
        title,
        f"{name} {symbol} · {_('median and the middle eighty per cent of institutions, by month')}",
        frame.table(
            title,
            [
                column("month", _("Month"), number=False),
                *(column(f"p{share}", f"P{share}", symbol) for share in SHARES),
                column("mean", _("Money ÷ quantity"), symbol),
                column("n", _("state both")),
                column("lumps", _("money without quantity")),
                column("money", _("Money"), unit("yuan")),
            ],
            [_price_row(month, carrier, frame) for month in months],
            f"overview-price-spread-{carrier}",
        ),
        charts.columns("chart-price-spread", [_price_column(month, carrier, symbol) for month in months]),
        (Key("p-box", _("P10 to P90")), Key("p-middle", _("median"))),
        (
            _("Who states money without a quantity is left out and counted in the table."),
            _("Quantiles of this system, no tariff; none of fewer than %(n)s institutions.") % {"n": LEAST},
        ),
        views=[(carrier_words(one), to(carrier=one), one == carrier) for one in carriers_of(months)],
    )


def _price_row(month: PeopleMonth, carrier: str, frame: Frame) -> Row:
    label, found = period_name(month.period), month.prices.get(carrier)
    few = Cell(_("fewer than %(n)s") % {"n": LEAST}, None, missing=True, number=True)
    quantiles = [few if found else NOTHING] * len(SHARES)
    mean = month.means.get(carrier)
    if found and found.quantiles and mean is not None:
        quantiles = [statistic_cell(quantile_of_prices(mean, share, found)) for share in SHARES]
    tail = [NOTHING] * 3
    if found:
        tail = [Cell(f"{n:,}", n, number=True) for n in (found.n, found.lumps)] + [_paid(month, carrier)]
    return Row((Cell(label, month.period, heading=True), *quantiles, frame.cell(mean), *tail))


def _paid(month: PeopleMonth, carrier: str) -> Cell:
    """What is paid for a carrier, ALL: for every one."""
    paid = [one for code, one in month.prices.items() if carrier in (code, ALL)]
    whole = sum((one.money for one in paid), Fraction())
    if not paid or (carrier == ALL and not whole):
        return NOTHING
    energy, water = month.costs
    costs = month.costs if carrier == ALL else (water,) if carrier == WATER else (energy,)
    n = 0 if carrier == ALL else sum(one.n + one.lumps for one in paid)
    return statistic_cell(money_for(costs, carrier, whole, n))


def _price_column(month: PeopleMonth, carrier: str, symbol: str) -> charts.Column:
    found: Prices | None = month.prices.get(carrier)
    label = period_name(month.period)
    if found is None or not found.quantiles:
        gap = _("Not reported") if found is None else _("fewer than %(n)s") % {"n": LEAST}
        return charts.Column(_short(month.period), None, None, label, gap=gap)
    low, middle, high = (found.quantiles[share] for share in SHARES)
    numbers = enumerated(f"P{share} {display(found.quantiles[share], 4)}" for share in SHARES)
    words = bracketed(f"{label} {numbers} {symbol}", f"n={found.n}")
    return charts.Column(_short(month.period), None, None, words, ahead=True, band=(low, middle, high))


def money_card(months: Sequence[PeopleMonth], frame: Frame) -> Card:
    """What is paid for each carrier, by month."""
    carriers = carriers_of(months)
    title = said(say.of_money(months, carriers, carrier_words, period_name))
    rows, stacks = [], []
    for month in months:
        paid = [month.prices[one].money if one in month.prices else None for one in carriers]
        whole = sum((each for each in paid if each), Fraction())
        label = period_name(month.period)
        cells = [_paid(month, one) for one in (*carriers, ALL)]
        rows.append(Row((Cell(label, month.period, heading=True), *cells)))
        stacks.append(
            (
                _short(month.period),
                [
                    charts.Slice(
                        "",
                        each * 100 / whole,
                        f"p-part-{place % _LOOKS}",
                        f"{carrier_words(one)} {display(each * 100 / whole, 1)}%",
                    )
                    for place, (one, each) in enumerate(zip(carriers, paid, strict=True))
                    if each and whole
                ],
            )
        )
    return Card(
        "money",
        title,
        _("share of what is paid, by carrier and month"),
        frame.table(
            title,
            [
                column("month", _("Month"), number=False),
                *(column(one, carrier_words(one), unit("yuan")) for one in carriers),
                column("whole", _("Total"), unit("yuan")),
            ],
            rows,
            "overview-money",
        ),
        charts.stacks("chart-money", stacks),
        [Key(f"p-part-{place % _LOOKS}", carrier_words(one)) for place, one in enumerate(carriers)],
        (_("Lump sums without a quantity are money too and stand in it."),),
    )
