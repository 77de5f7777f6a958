"""The charts of a dashboard as cards: title sentence, subtitle, picture, and the table that says the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from jieyue.apps.accounts.change_words import REASONS, percent, plus
from jieyue.apps.accounts.queries import FigureRow
from jieyue.apps.insights import overview_words as say
from jieyue.apps.insights.overview import Months, Overview, Part, Progress, Shares, Trust
from jieyue.domain.change import Relative, relative_of
from jieyue.domain.period import Period
from jieyue.domain.rounding import display
from jieyue.web import charts
from jieyue.web.charts import Picture
from jieyue.web.meter_words import carrier_words
from jieyue.web.numbers import figure_cell
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.views.receipts import origin_words
from jieyue.web.words import (
    MISSING_TEXT,
    grouped,
    indicator_name,
    is_chinese,
    period_name,
    unit,
)
from jieyue.web.words import percent as share_words

#: How many looks the parts of a whole have before they repeat.
_LOOKS = 8


@dataclass(frozen=True)
class Key:
    """A line of the legend; css: the look of its sample."""

    css: str
    text: str
    hatch: bool = False


@dataclass(frozen=True)
class Card:
    """One chart. code: its anchor, and its name in addresses of exports."""

    code: str
    title: str
    subtitle: str
    table: Table
    picture: Picture | None = None
    legend: Sequence[Key] = ()
    notes: Sequence[str] = ()
    more: Sequence[tuple[str, str]] = ()
    span: int = 6


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


def relative_cell(share: Relative) -> Cell:
    """A relative change [%] with its sign; where there is none, why."""
    text = plus(percent(share.value))
    if text is None or share.value is None:
        return Cell(
            said(REASONS.get(share.reason or "", ("", ""))) or MISSING_TEXT, None, missing=True, number=True
        )
    return Cell(text, Decimal(percent(share.value) or 0), number=True)


def _column(key: str, title: str, unit_text: str = "", *, number: bool = True) -> Column:
    return Column(key, title, unit_text, number=number, sortable=False)


def months_card(months: Months, frame: Frame) -> Card:
    """This year's months over last year's."""
    sample = months.months[0].then
    symbol, year = unit(sample.unit), sample.period[:4]
    rows, drawn = [], []
    for month in months.months:
        now = month.now
        label = period_name(month.then.period.replace(year, str(int(year) + 1)))
        share = relative_of(month.then.exact, now.exact if now else None)
        cells = [Cell(label, label, heading=True), frame.cell(now), frame.cell(month.then)]
        cells.append(relative_cell(share) if now else Cell(MISSING_TEXT, None, missing=True, number=True))
        cells.append(_completeness(now))
        rows.append(Row(tuple(cells)))
        drawn.append(_month_column(month.then, now, label, symbol, month.institutions))
    title = said(say.of_months(months, period_name, indicator_name))
    return Card(
        "months",
        title,
        f"{symbol} · {_('by month, the same month a year before as outline')}",
        frame.table(
            title,
            [
                _column("month", _("Month"), number=False),
                _column("now", _("This year"), symbol),
                _column("then", _("Year before"), symbol),
                _column("change", _("Change"), "%"),
                _column("completeness", _("Completeness")),
            ],
            rows,
            f"overview-months-{months.indicator}",
        ),
        charts.columns("chart-months", drawn),
        (
            Key("p-now", _("this year")),
            Key("p-then", _("year before")),
            Key("p-now", _("provisional"), hatch=True),
        ),
    )


def _month_column(
    then: FigureRow, now: FigureRow | None, label: str, symbol: str, institutions: FigureRow | None
) -> charts.Column:
    told = MISSING_TEXT if now is None else grouped(now.display)
    words = f"{label} {told} {symbol}；{period_name(then.period)} {grouped(then.display)} {symbol}"
    count = institutions.display if institutions is not None else None
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


def _completeness(row: FigureRow | None) -> Cell:
    if row is None or row.completeness is None:
        return Cell(MISSING_TEXT, None, missing=True, number=True)
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
                    _share_cell(None if now is None else progress.share(now)),
                    _share_cell(progress.share(then)),
                    _share_cell(Fraction(place + 1, 12)),
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
                _column("month", _("From January"), number=False),
                _column("now", _("This year"), symbol),
                _column("then", _("Year before"), symbol),
                _column("now-share", _("of last year's twelve months")),
                _column("then-share", _("year before")),
                _column("even", _("time passed")),
            ],
            rows,
            f"overview-progress-{progress.indicator}",
        ),
        charts.progress(
            "chart-progress",
            labels,
            [
                charts.Curve("then", "p-last", [row.exact for row in progress.then], _told(progress.then)),
                charts.Curve("now", "p-this", [row.exact for row in progress.now], _told(progress.now)),
            ],
            progress.whole.exact,
            progress.limit,
        ),
        (
            Key("p-this", _("this year, from January")),
            Key("p-last", _("year before")),
            Key("p-even", _("an even year")),
        ),
        (_("A point counts who has filed every month since January: it may differ from the sum of months."),),
    )


def _told(rows: Sequence[FigureRow]) -> list[str]:
    return [f"{period_name(row.period)} {grouped(row.display)} {unit(row.unit)}" for row in rows]


def _share_cell(share: Fraction | None) -> Cell:
    if share is None:
        return Cell(MISSING_TEXT, None, missing=True, number=True)
    return Cell(f"{percent(share)}%", Decimal(percent(share) or 0), number=True)


def shares_card(shares: Shares, frame: Frame, name: say.Name, period: Period) -> Card:
    """Two bars of 100 %: last year and now."""
    title = said(say.of_shares(shares, name))
    span = shares.parts[0].now.period if shares.parts else str(period)
    sides = (str(Period.parse(span).previous_year()), span)
    by = shares.kind == "carrier"
    rows = [_share_row(part, frame, name(part.code), amounts=not by) for part in shares.parts]
    columns = [_column("part", _("Carrier") if by else _("Type"), number=False)]
    if not by:
        symbol = unit(shares.parts[0].now.unit) if shares.parts else ""
        columns += [_column(side, period_name(side), symbol) for side in sides]
    columns += [_column(f"{side}-share", f"{period_name(side)} {_('share')}", "%") for side in sides]
    columns.append(_column("points", _("percentage points")))
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
    change = None if part.points is None else plus(display(part.points, 1))
    cells.append(
        Cell(
            change or MISSING_TEXT,
            None if change is None else Decimal(change),
            missing=change is None,
            number=True,
        )
    )
    return Row(tuple(cells))


def _plain(share: Fraction | None) -> Cell:
    if share is None:
        return Cell(MISSING_TEXT, None, missing=True, number=True)
    return Cell(display(share, 2), Decimal(display(share, 2)), number=True)


def trust_card(trust: Sequence[Trust], frame: Frame) -> Card:
    """Where the values of each month come from, and how much is missing by count."""
    last = trust[-1] if trust else None
    title = said(say.of_trust(last, period_name, origin_words))
    rows, stacks = [], []
    for month in trust:
        label = period_name(month.completeness.period)
        cells = [Cell(label, month.completeness.period, heading=True), _whole_share(month, frame)]
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
                _column("month", _("Month"), number=False),
                _column("completeness", _("Completeness")),
                *(_column(origin, origin_words(origin), "%") for origin in origins),
            ],
            rows,
            "overview-trust",
        ),
        charts.stacks("chart-trust", stacks),
        [
            *(Key(f"p-part-{place}", origin_words(origin)) for place, origin in enumerate(origins)),
            Key("p-missing", _("missing"), hatch=True),
        ],
    )


def _whole_share(month: Trust, frame: Frame) -> Cell:
    cell = frame.cell(month.completeness)
    exact = month.completeness.exact
    if exact is None:
        return cell
    return Cell(share_words(month.completeness.value), cell.value, cell.href, source=True, number=True)


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
