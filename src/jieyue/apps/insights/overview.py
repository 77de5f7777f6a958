"""The dashboard 总览 of a node: tiles, months, progress against time, structure, trust. It only puts together.

Every number is a figure of the accounts with its receipt, or a derived one whose receipt names those it is made of.
Everything of one overview is as of one publication. Both sides of a comparison stand on one day's boundaries, that of
the period's last day; the whole authority has no other boundaries than its own, so there each period keeps its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from jieyue.apps.accounts.derived import Derived, points, relative, share
from jieyue.apps.accounts.queries import FigureRow, run_for, run_trees
from jieyue.apps.accounts.series import Rows, figures_over
from jieyue.apps.accounts.services.compute_run import threshold
from jieyue.apps.insights.first_reported import Which, outside
from jieyue.apps.insights.overview_periods import Times, boundaries_of, to_date
from jieyue.apps.targets.control import control_in_force
from jieyue.domain.indicators import indicator_codes
from jieyue.domain.period import Period, PeriodKind
from jieyue.domain.sums import ORIGINS

#: The four tiles, and the one that months, progress and structure speak of unless another is asked for.
TILES = ("energy_total_tce", "water_total_m3", "co2_total_t", "energy_cost_yuan")
_SHARE, _PRICE = "energy_share_", "unit_price_"
_CITY = "city"
_TRUST = ("completeness", "institutions", *(f"evidence_share_{origin}" for origin in ORIGINS))


@dataclass(frozen=True)
class Side:
    """A figure beside that of the same period a year before, and for a month that of the month before."""

    now: FigureRow
    then: FigureRow
    before: FigureRow | None = None

    @property
    def on_year(self) -> Derived:
        """同比."""
        return relative(self.now, self.then)

    @property
    def on_month(self) -> Derived | None:
        """环比; None where the period is no month."""
        return None if self.before is None else relative(self.now, self.before)


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
        """Months with a final figure on both sides: what is provisional is not compared."""
        both = [m for m in self.months if m.now and m.now.exact is not None and m.then.exact is not None]
        return [m for m in both if m not in self.provisional]

    @property
    def provisional(self) -> list[Month]:
        """Months whose figure is not final yet."""
        return [m for m in self.months if m.now is not None and m.now.status == "provisional"]

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

    def share(self, row: FigureRow) -> Derived:
        """A figure as a share of last year's twelve months."""
        return share(row, self.whole)

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
    moved: Derived | None = None

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
class Body:
    """A node directly below: completeness of the month, and its energy to date beside the year before."""

    scope: str
    completeness: FigureRow
    side: Side


@dataclass(frozen=True)
class Bodies:
    """The nodes directly below. least: the completeness from which a figure is final."""

    rows: Sequence[Body]
    least: Fraction

    @property
    def known(self) -> list[Body]:
        """Those of whom returns are due, the least complete first."""
        there = [body for body in self.rows if body.completeness.exact is not None]
        return sorted(there, key=lambda body: (body.completeness.exact or 0, body.scope))

    @property
    def enough(self) -> int:
        """How many are complete enough."""
        return sum((body.completeness.exact or 0) >= self.least for body in self.known)


@dataclass(frozen=True)
class Price:
    """What a carrier costs: the mean price of the span beside the year before, and the months of both years."""

    carrier: str
    side: Side
    months: Months


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
    bodies: Bodies
    prices: Sequence[Price]


def overview_of(
    scope: str,
    period: Period,
    *,
    sequence: int,
    indicator: str = TILES[0],
    types: Sequence[str] = (),
    below: Sequence[str] = (),
    compute: bool = True,
    which: Which | None = None,
) -> Overview | None:
    """The dashboard of a node for a period. types: the scopes that the whole is made of, none where it is not known;
    below: the nodes directly below. which: the versions of returns that count, by period; None: those in force.

    compute False: None where a figure of it was not computed yet. Raises what figures raise.
    """
    times = Times(period)
    boundaries = boundaries_of(scope, period)
    shares, prices = (_codes(prefix, period, sequence) for prefix in (_SHARE, _PRICE))
    indicators = list(dict.fromkeys([*TILES, indicator, *_TRUST, *shares, *prices]))
    read_rows = partial(figures_over, boundaries=boundaries, sequence=sequence, compute=compute)
    rows = read_rows([scope], times.all, indicators=indicators, versions=which)
    if rows is None:
        return None
    plan = run_for(str(period), sequence=sequence)
    apart = run_trees(plan).outside_scopes - {scope} if which else frozenset()
    around = list(dict.fromkeys([*types, *below]))
    for some, versions in (
        ([one for one in around if one not in apart], which),
        ([one for one in around if one in apart], outside(which or {})),
    ):
        parts = read_rows(some, times.of_parts, indicators=[TILES[0], "completeness"], versions=versions)
        if parts is None:
            return None
        rows |= parts
    read = _Read(scope, rows)
    return Overview(
        scope,
        period,
        boundaries,
        [read.tile(code, times) for code in TILES],
        read.months(indicator, times),
        read.progress(indicator, times, _limit(scope, indicator, period)),
        read.carriers(shares, times.spans[-1]),
        read.types(types, times.spans[-1]) if types else None,
        [read.trust(month) for month in times.over],
        Bodies([read.body(node, times) for node in below], threshold(plan)),
        [price for code in prices if (price := read.price(code, times)) is not None],
    )


def _codes(prefix: str, period: Period, sequence: int) -> list[str]:
    """The indicators of a family, in the order of the catalog."""
    form = run_for(str(period), sequence=sequence).method.account.form
    return [code for code in indicator_codes(form) if code.startswith(prefix)]


def _limit(scope: str, indicator: str, period: Period) -> Fraction | None:
    """The control figure of the year: the whole authority's alone, for none is issued to a body below it."""
    found = control_in_force(indicator, period.year) if scope == _CITY else None
    return found[1] if found else None


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

    def progress(self, code: str, times: Times, limit: Fraction | None) -> Progress:
        last_year = [to_date(month).previous_year() for month in times.year]
        then = [self.row(code, period) for period in last_year]
        now = [self.row(code, to_date(month)) for month in times.over]
        return Progress(code, now, then, then[-1], limit)

    def carriers(self, codes: Iterable[str], period: Period) -> Shares:
        parts = []
        for code in codes:
            now, then = self.row(code, period), self.row(code, period.previous_year())
            if now.exact or then.exact:
                name = code.removeprefix(_SHARE)
                parts.append(Part(name, then, now, then.exact, now.exact, points(now, then)))
        return Shares("carrier", parts)

    def types(self, scopes: Sequence[str], period: Period) -> Shares:
        code = TILES[0]
        sides = (period.previous_year(), period)
        wholes = [self.row(code, side).exact for side in sides]
        parts = []
        for scope in scopes:
            then, now = (self.row(code, side, scope) for side in sides)
            before, after = _share(then.exact, wholes[0]), _share(now.exact, wholes[1])
            if before or after:
                parts.append(Part(scope, then, now, before, after))
        return Shares("type", parts)

    def body(self, scope: str, times: Times) -> Body:
        code, whole = TILES[0], times.spans[-1]
        side = Side(self.row(code, whole, scope), self.row(code, whole.previous_year(), scope))
        return Body(scope, self.row("completeness", times.spans[0], scope), side)

    def price(self, code: str, times: Times) -> Price | None:
        """None where nobody paid for any in this span or the year before."""
        side = self.side(code, times.spans[-1])
        if side.now.exact is None and side.then.exact is None:
            return None
        return Price(code.removeprefix(_PRICE), side, self.months(code, times))

    def trust(self, month: Period) -> Trust:
        return Trust(
            self.row("completeness", month),
            [self.row(f"evidence_share_{origin}", month) for origin in ORIGINS],
        )


def _share(part: Fraction | None, whole: Fraction | None) -> Fraction | None:
    return None if part is None or not whole else part * 100 / whole
