"""The dashboard 总览 of a node: tiles, months, progress against time, structure, trust. It only puts together.

Every number is a figure of the accounts with its receipt, or follows from two of them by `relative_of` and division.
Everything of one overview is as of one publication. Both sides of a comparison stand on one day's boundaries, that of
the period's last day; the whole authority has no other boundaries than its own, so there each period keeps its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from jieyue.apps.accounts.queries import FigureRow, run_for
from jieyue.apps.accounts.series import Rows, figures_over
from jieyue.domain.change import Relative, relative_of
from jieyue.domain.period import Period, PeriodKind
from jieyue.domain.sums import ORIGINS

#: The four tiles, and the one that months, progress and structure speak of unless another is asked for.
TILES = ("energy_total_tce", "water_total_m3", "co2_total_t", "energy_cost_yuan")
CITY = "city"
_SHARE = "energy_share_"
_TRUST = ("completeness", "institutions", *(f"evidence_share_{origin}" for origin in ORIGINS))


@dataclass(frozen=True)
class Side:
    """A figure beside that of the same period a year before, and for a month that of the month before."""

    now: FigureRow
    then: FigureRow
    before: FigureRow | None = None

    @property
    def on_year(self) -> Relative:
        """同比."""
        return relative_of(self.then.exact, self.now.exact)

    @property
    def on_month(self) -> Relative | None:
        """环比; None where the period is no month."""
        return None if self.before is None else relative_of(self.before.exact, self.now.exact)


@dataclass(frozen=True)
class Tile:
    """One indicator: the month and the period to date, or the whole period where it has no months of its own."""

    indicator: str
    sides: Sequence[Side]


@dataclass(frozen=True)
class Month:
    """A month of the year beside the same one a year before; now None: it lies after the period."""

    now: FigureRow | None
    then: FigureRow
    institutions: FigureRow | None


@dataclass(frozen=True)
class Months:
    """How the year runs."""

    indicator: str
    months: Sequence[Month]

    @property
    def reported(self) -> list[Month]:
        """Months with a figure on both sides."""
        return [m for m in self.months if m.now and m.now.exact is not None and m.then.exact is not None]

    @property
    def gaps(self) -> list[Month]:
        """Months of the period of which nothing was reported."""
        return [m for m in self.months if m.now is not None and m.now.exact is None]


@dataclass(frozen=True)
class Progress:
    """The year to date against time: from January to each month, both years; whole: the twelve months of last year."""

    indicator: str
    now: Sequence[FigureRow]
    then: Sequence[FigureRow]
    whole: FigureRow
    limit: Fraction | None = None

    def share(self, row: FigureRow) -> Fraction | None:
        """A figure as a share of last year's twelve months."""
        whole = self.whole.exact
        return None if row.exact is None or not whole else row.exact / whole

    @property
    def time(self) -> Fraction:
        """Months of the year that are over ÷ 12."""
        return Fraction(len(self.now), 12)

    @property
    def same_time(self) -> FigureRow:
        """Last year's figure to the same month."""
        return self.then[len(self.now) - 1]


@dataclass(frozen=True)
class Part:
    """A part of the whole [%], last year and now; parts in the order of the catalog."""

    code: str
    then: FigureRow
    now: FigureRow
    then_share: Fraction | None
    now_share: Fraction | None

    @property
    def points(self) -> Fraction | None:
        """The change in percentage points."""
        if self.then_share is None or self.now_share is None:
            return None
        return self.now_share - self.then_share


@dataclass(frozen=True)
class Shares:
    """What a figure is made of: `carrier` or `type`."""

    kind: str
    parts: Sequence[Part]

    @property
    def largest(self) -> Part | None:
        """The largest part now."""
        known = [part for part in self.parts if part.now_share is not None]
        return max(known, key=lambda part: part.now_share or 0, default=None)


@dataclass(frozen=True)
class Trust:
    """How sure a month is: completeness and where the energy's values come from [%]."""

    completeness: FigureRow
    origins: Sequence[FigureRow]


@dataclass(frozen=True)
class Overview:
    """What a dashboard shows."""

    scope: str
    period: Period
    boundaries: str | None
    tiles: Sequence[Tile]
    months: Months
    progress: Progress
    carriers: Shares
    types: Shares | None
    trust: Sequence[Trust]


@dataclass(frozen=True)
class Times:
    """The periods that a dashboard reads. month: the last one, None for a year and what has no months of its own."""

    period: Period

    @property
    def month(self) -> Period | None:
        if self.period.kind in (PeriodKind.YEAR, PeriodKind.HEATING_SEASON):
            return None
        return self.period.months()[-1]

    @property
    def spans(self) -> list[Period]:
        """The month and the year to it; another period of several months stands for itself."""
        if self.month is None:
            return [self.period]
        whole = to_date(self.month) if self.period == self.month else self.period
        return [self.month] if whole == self.month else [self.month, whole]

    @property
    def year(self) -> list[Period]:
        """The twelve months of the year in which the period ends."""
        year = self.period.last_day.year
        return [Period.of_month(year, month) for month in range(1, 13)]

    @property
    def over(self) -> list[Period]:
        """Those of them that are not after the period."""
        return [month for month in self.year if month.last_day <= self.period.last_day]

    @property
    def all(self) -> list[str]:
        """Every period that is read."""
        found = [*self.spans, *self.year, *map(to_date, self.over)]
        last_year = [period.previous_year() for period in [*self.spans, *self.year, *map(to_date, self.year)]]
        before = [] if self.month is None else [self.month.previous()]
        return [str(period) for period in [*found, *last_year, *before]]


def to_date(month: Period) -> Period:
    """From January to the month; January is itself."""
    first = Period.of_month(month.year, 1)
    return month if month == first else Period.of_range(first, month)


def overview_of(
    scope: str,
    period: Period,
    *,
    sequence: int,
    indicator: str = TILES[0],
    types: Sequence[str] = (),
    compute: bool = True,
) -> Overview | None:
    """The dashboard of a node for a period. types: the scopes that the whole is made of, none where it is not known.

    compute False: None where a figure of it was not computed yet. Raises what figures raise.
    """
    times = Times(period)
    boundaries = None if scope == CITY else period.last_day.isoformat()
    shares = _share_codes(period, sequence)
    rows = figures_over(
        [scope, *types],
        times.all,
        indicators=list(dict.fromkeys([*TILES, indicator, *_TRUST, *shares])),
        boundaries=boundaries,
        sequence=sequence,
        compute=compute,
    )
    if rows is None:
        return None
    read = _Read(scope, rows)
    return Overview(
        scope,
        period,
        boundaries,
        [read.tile(code, times) for code in TILES],
        read.months(indicator, times),
        read.progress(indicator, times),
        read.carriers(shares, times.spans[-1]),
        read.types(types, times.spans[-1]) if types else None,
        [read.trust(month) for month in times.over],
    )


def _share_codes(period: Period, sequence: int) -> list[str]:
    """The share of each carrier, in the order of the catalog."""
    form = run_for(str(period), sequence=sequence).method.account.form
    return [f"{_SHARE}{item.carrier}" for item in form.energy_carriers]


@dataclass(frozen=True)
class _Read:
    """Figures that were read, put together."""

    scope: str
    rows: Rows

    def row(self, code: str, period: Period, scope: str = "") -> FigureRow:
        return self.rows[scope or self.scope, code, str(period)]

    def side(self, code: str, period: Period) -> Side:
        month = period.kind is PeriodKind.MONTH
        before = self.row(code, period.previous()) if month else None
        return Side(self.row(code, period), self.row(code, period.previous_year()), before)

    def tile(self, code: str, times: Times) -> Tile:
        return Tile(code, [self.side(code, span) for span in times.spans])

    def months(self, code: str, times: Times) -> Months:
        over = set(times.over)
        return Months(
            code,
            [
                Month(
                    self.row(code, month) if month in over else None,
                    self.row(code, month.previous_year()),
                    self.row("institutions", month) if month in over else None,
                )
                for month in times.year
            ],
        )

    def progress(self, code: str, times: Times) -> Progress:
        last_year = [to_date(month).previous_year() for month in times.year]
        then = [self.row(code, period) for period in last_year]
        return Progress(code, [self.row(code, to_date(month)) for month in times.over], then, then[-1])

    def carriers(self, codes: Iterable[str], period: Period) -> Shares:
        parts = []
        for code in codes:
            now, then = self.row(code, period), self.row(code, period.previous_year())
            if now.exact or then.exact:
                parts.append(Part(code.removeprefix(_SHARE), then, now, then.exact, now.exact))
        return Shares("carrier", parts)

    def types(self, scopes: Sequence[str], period: Period) -> Shares:
        code = TILES[0]
        sides = (period.previous_year(), period)
        wholes = [self.row(code, side).exact for side in sides]
        parts = []
        for scope in scopes:
            then, now = (self.row(code, side, scope) for side in sides)
            shares = [_share(row.exact, whole) for row, whole in zip((then, now), wholes, strict=True)]
            if any(shares):
                parts.append(Part(scope, then, now, *shares))
        return Shares("type", parts)

    def trust(self, month: Period) -> Trust:
        return Trust(
            self.row("completeness", month),
            [self.row(f"evidence_share_{origin}", month) for origin in ORIGINS],
        )


def _share(part: Fraction | None, whole: Fraction | None) -> Fraction | None:
    return None if part is None or not whole else part * 100 / whole
