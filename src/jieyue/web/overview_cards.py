"""The charts of a dashboard as cards: title sentence, subtitle, picture, and the table that says the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from django.urls import reverse
from django.utils.translation import gettext as _

from jieyue.apps.accounts.change_words import plus
from jieyue.apps.accounts.derived import Derived, relative
from jieyue.apps.accounts.derived_words import words
from jieyue.apps.accounts.queries import FigureRow
from jieyue.apps.insights import overview_words as say
from jieyue.apps.insights.overview import Month, Months, Overview, Part, Progress, Shares, Trust
from jieyue.domain.period import Period
from jieyue.domain.rounding import display
from jieyue.web import charts
from jieyue.web.charts import Picture
from jieyue.web.meter_words import carrier_words
from jieyue.web.numbers import figure_cell
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.views.receipts import origin_words
from jieyue.web.words import MISSING_TEXT, clauses, grouped, indicator_name, is_chinese, period_name, unit
from jieyue.web.words import percent as share_words

#: How many looks the parts of a whole have before they repeat.
_LOOKS = 8
NOTHING = Cell(MISSING_TEXT, None, missing=True, number=True)


@dataclass(frozen=True)
class Key:
    """A line of the legend; css: the look of its sample."""

    css: str
    text: str


@dataclass(frozen=True)
class Card:
    """One chart. code: its anchor, and its name in addresses of exports. views: other looks at the same, by (words,
    address, whether it is this one). open: the table without a picture. wide: over the whole width. empty: why there is
    no picture, where it is not that nothing was reported.
    """

    code: str
    title: str
    subtitle: str
    table: Table
    picture: Picture | None = None
    legend: Sequence[Key] = ()
    notes: Sequence[str] = ()
    more: Sequence[tuple[str, str]] = ()
    views: Sequence[tuple[str, str, bool]] = ()
    open: bool = False
    wide: bool = False
    empty: str = ""


@dataclass(frozen=True)
class Frame:
    """What all cards of a page share: names of scopes, how receipts are asked for, what exports say of themselves."""

    scope_name: str
    choice: Mapping[str, str]
    notes: Sequence[str]
    names: Mapping[str, str] = field(default_factory=dict)

    def cell(self, row: FigureRow | None) -> Cell:
        """A figure that opens its source."""
        return figure_cell(row, self.choice)

    def table(self, title: str, columns: Sequence[Column], rows: Sequence[Row], name: str) -> Table:
        """A table of a card, whole, as it stands."""
        return Table(
            caption=f"{self.scope_name} {title}",
            columns=columns,
            rows=rows,
            name=name,
            page_size=max(1, len(rows)),
            notes=self.notes,
        )


def said(pair: tuple[str, str]) -> str:
    """The half of a pair that the page speaks."""
    return pair[0] if is_chinese() else pair[1]


def cards_of(found: Overview, frame: Frame) -> list[Card]:
    """The charts that are made of the month and year frames."""
    made = [
        months_card(found.months, frame),
        progress_card(found.progress, frame),
        shares_card(found.carriers, frame, carrier_words, found.period),
    ]
    if found.types is not None:
        made.append(shares_card(found.types, frame, lambda code: frame.names.get(code, code), found.period))
    return [*made, trust_card(found.trust, frame)]


def derived_cell(found: Derived) -> Cell:
    """A derived figure with its sign, which opens its parts; where there is none, why."""
    if found.display is None:
        return Cell(said(words(found)), None, missing=True, number=True)
    return Cell(
        plus(found.display) or "" if found.direction else found.display,
        Decimal(found.display),
        href=receipt_address(found),
        source=True,
        provisional=found.status == "provisional",
        number=True,
    )


def statistic_cell(found: Derived) -> Cell:
    """A statistic of institutions, which opens what it was made from."""
    if found.display is None:
        return NOTHING
    return Cell(
        grouped(found.display),
        Decimal(found.display.removeprefix("> ")),
        href=receipt_address(found),
        source=True,
        provisional=found.status == "provisional",
        number=True,
    )


def receipt_address(found: Derived) -> str:
    """Where a derived figure's parts are shown."""
    return reverse("receipt", args=[found.receipt])


def column(key: str, title: str, unit_text: str = "", *, number: bool = True) -> Column:
    """A column of a card's table, which stands as it is."""
    return Column(key, title, unit_text, number=number, sortable=False)


def months_card(months: Months, frame: Frame) -> Card:
    """This year's months over last year's."""
    symbol = unit(months.months[0].then.unit)
    rows = []
    for month in months.months:
        now, label = month.now, month_name(month)
        cells = [Cell(label, label, heading=True), frame.cell(now), frame.cell(month.then)]
        cells.append(derived_cell(relative(now, month.then)) if now else NOTHING)
        rows.append(Row((*cells, completeness_cell(now))))
    title = said(say.of_months(months, period_name, indicator_name))
    return Card(
        "months",
        title,
        f"{symbol} · {_('by month, the same month a year before as outline')}",
        frame.table(
            title,
            [
                column("month", _("Month"), number=False),
                column("now", _("This year"), symbol),
                column("then", _("Year before"), symbol),
                column("change", _("Change"), "%"),
                column("completeness", _("Completeness")),
            ],
            rows,
            f"overview-months-{months.indicator}",
        ),
        charts.columns("chart-months", [month_column(month) for month in months.months]),
        (
            Key("p-now", _("this year")),
            Key("p-then", _("year before")),
            Key("p-hatched", _("provisional")),
        ),
    )


def month_name(month: Month) -> str:
    """The month of this year, whether it is over or not."""
    return period_name(str(_a_year_on(Period.parse(month.then.period))))


def _a_year_on(month: Period) -> Period:
    return Period.of_month(month.year + 1, month.first_month)


def month_column(month: Month) -> charts.Column:
    """A month as it is drawn."""
    then, now, label = month.then, month.now, month_name(month)
    symbol = unit(then.unit)
    told = MISSING_TEXT if now is None else grouped(now.display)
    words = clauses(
        [f"{label} {told} {symbol}", f"{period_name(then.period)} {grouped(then.display)} {symbol}"]
    )
    count = month.institutions.display if month.institutions is not None else None
    gap = _("Not reported")
    return charts.Column(
        label=_short(label),
        now=None if now is None else now.exact,
        then=then.exact,
        words=words,
        provisional=now is not None and now.status == "provisional",
        ahead=now is None,
        gap=f"{gap} {grouped(count)}" if count else gap,
    )


def _short(label: str) -> str:
    """A month without its year."""
    return label.partition("年")[2] or label[-2:]


def completeness_cell(row: FigureRow | None) -> Cell:
    """The share of due returns that a figure is made of."""
    if row is None or row.completeness is None:
        return NOTHING
    return Cell(share_words(row.completeness), float(Fraction(row.completeness)), number=True)


def progress_card(progress: Progress, frame: Frame) -> Card:
    """The year to date against last year's share and the calendar's."""
    symbol = unit(progress.whole.unit)
    rows = []
    for place, then in enumerate(progress.then):
        now = progress.now[place] if place < len(progress.now) else None
        label = _("to month %(n)s") % {"n": place + 1}
        rows.append(
            Row(
                (
                    Cell(label, place + 1, heading=True),
                    frame.cell(now),
                    frame.cell(then),
                    NOTHING if now is None else derived_cell(progress.share(now)),
                    derived_cell(progress.share(then)),
                    _calendar_cell(place + 1),
                )
            )
        )
    title = said(say.of_progress(progress, period_name, indicator_name, unit))
    labels = [f"{n}月" if is_chinese() else str(n) for n in range(1, 13)]
    return Card(
        "progress",
        title,
        f"{symbol} · {said(say.of_limit(progress, unit))}",
        frame.table(
            title,
            [
                column("month", _("From January"), number=False),
                column("now", _("This year"), symbol),
                column("then", _("Year before"), symbol),
                column("now-share", _("of last year's twelve months"), "%"),
                column("then-share", _("year before"), "%"),
                column("even", _("time passed"), "%"),
            ],
            rows,
            f"overview-progress-{progress.indicator}",
        ),
        charts.progress(
            "chart-progress",
            labels,
            [
                _curve("then", "p-last", progress.then),
                _curve("now", "p-this", progress.now),
            ],
            progress.whole.exact,
            progress.limit,
        ),
        (
            Key("p-this", _("this year, from January")),
            Key("p-last", _("year before")),
            Key("p-even", _("an even year")),
            Key("p-open", _("provisional")),
            *([] if progress.limit is None else [Key("p-limit", _("control figure of the year"))]),
        ),
        (_("A point counts who has filed every month since January: it may differ from the sum of months."),),
    )


def _curve(name: str, css: str, rows: Sequence[FigureRow]) -> charts.Curve:
    return charts.Curve(
        name,
        css,
        [row.exact for row in rows],
        [f"{period_name(row.period)} {grouped(row.display)} {unit(row.unit)}" for row in rows],
        frozenset(place for place, row in enumerate(rows) if row.status == "provisional"),
    )


def _calendar_cell(month: int) -> Cell:
    """Months of the year that are over, in per cent."""
    text = display(Fraction(month * 100, 12), 1)
    return Cell(text, Decimal(text), number=True)


def shares_card(shares: Shares, frame: Frame, name: say.Name, period: Period) -> Card:
    """Two bars of 100 %: last year and now."""
    title = said(say.of_shares(shares, name))
    span = shares.parts[0].now.period if shares.parts else str(period)
    sides = (str(Period.parse(span).previous_year()), span)
    by = shares.kind == "carrier"
    rows = [_share_row(part, frame, name(part.code), amounts=not by) for part in shares.parts]
    columns = [column("part", _("Carrier") if by else _("Type"), number=False)]
    if not by:
        symbol = unit(shares.parts[0].now.unit) if shares.parts else ""
        columns += [column(side, period_name(side), symbol) for side in sides]
    columns += [column(f"{side}-share", f"{period_name(side)} {_('share')}", "%") for side in sides]
    columns.append(column("points", _("percentage points")))
    bars = [
        (_row_label(side), [_slice(part, place, index, name) for index, part in enumerate(shares.parts)])
        for place, side in enumerate(sides)
    ]
    return Card(
        f"shares-{shares.kind}",
        title,
        f"{_('share of energy')} · {period_name(sides[0])} → {period_name(sides[1])}",
        frame.table(title, columns, rows, f"overview-shares-{shares.kind}"),
        charts.shares(f"chart-shares-{shares.kind}", bars),
        [Key(_look(index), name(part.code)) for index, part in enumerate(shares.parts)],
    )


def _row_label(period: str) -> str:
    found = Period.parse(period)
    return f"{found.last_day.year}"


def _look(place: int) -> str:
    return f"p-part-{place % _LOOKS}"


def _slice(part: Part, side: int, place: int, name: say.Name) -> charts.Slice:
    share = (part.then_share, part.now_share)[side]
    told = "" if share is None else f"{name(part.code)} {display(share, 1)}%"
    return charts.Slice(told, share, _look(place), told)


def _share_row(part: Part, frame: Frame, name: str, *, amounts: bool) -> Row:
    cells = [Cell(name, name, heading=True)]
    if amounts:
        cells += [frame.cell(part.then), frame.cell(part.now)]
        cells += [_plain(part.then_share), _plain(part.now_share)]
    else:
        cells += [frame.cell(part.then), frame.cell(part.now)]
    cells.append(_plain_points(part.points) if part.moved is None else derived_cell(part.moved))
    return Row(tuple(cells))


def _plain_points(points: Fraction | None) -> Cell:
    if points is None:
        return NOTHING
    text = display(points, 1)
    return Cell(plus(text) or "", Decimal(text), number=True)


def _plain(share: Fraction | None) -> Cell:
    if share is None:
        return NOTHING
    return Cell(display(share, 2), Decimal(display(share, 2)), number=True)


def trust_card(trust: Sequence[Trust], frame: Frame) -> Card:
    """Where the values of each month come from, and how much is missing by count."""
    last = trust[-1] if trust else None
    title = said(say.of_trust(last, period_name, origin_words))
    rows, stacks = [], []
    for month in trust:
        label = period_name(month.completeness.period)
        cells = [Cell(label, month.completeness.period, heading=True), share_cell(month.completeness, frame)]
        rows.append(Row((*cells, *(frame.cell(row) for row in month.origins))))
        stacks.append((_short(label), _trust_slices(month)))
    origins = [] if last is None else [row.indicator.rpartition("_")[2] for row in last.origins]
    return Card(
        "trust",
        title,
        _("share of energy by origin of its values; what is missing by count of returns"),
        frame.table(
            title,
            [
                column("month", _("Month"), number=False),
                column("completeness", _("Completeness")),
                *(column(origin, origin_words(origin), "%") for origin in origins),
            ],
            rows,
            "overview-trust",
        ),
        charts.stacks("chart-trust", stacks),
        [
            *(Key(f"p-part-{place}", origin_words(origin)) for place, origin in enumerate(origins)),
            Key("p-hatched", _("missing")),
        ],
    )


def share_cell(completeness: FigureRow, frame: Frame) -> Cell:
    """Completeness as a percentage that opens its source."""
    cell = frame.cell(completeness)
    if completeness.exact is None:
        return cell
    return Cell(share_words(completeness.value), cell.value, cell.href, source=True, number=True)


def _trust_slices(month: Trust) -> list[charts.Slice]:
    there = month.completeness.exact
    if there is None:
        return []
    parts = [
        charts.Slice(
            "",
            None if row.exact is None else row.exact * there,
            f"p-part-{place}",
            f"{origin_words(row.indicator.rpartition('_')[2])} {grouped(row.display)}%",
        )
        for place, row in enumerate(month.origins)
    ]
    gap = (1 - there) * 100
    return [*parts, charts.Slice("", gap, "p-missing", f"{_('missing')} {display(gap, 1)}%")]
