"""Use and floor area (or persons) behind an indicator, and of those that owe a return and are not in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from jieyue.apps.accounts.due import Due, due
from jieyue.apps.accounts.queries import run_for
from jieyue.apps.accounts.services.compute_run import NODES, RunPlan, institution_sums, part_sums
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.summaries.open_rows import submissions
from jieyue.catalog.model import IndicatorDef
from jieyue.domain.completeness import weighted_periods
from jieyue.domain.indicators import Account, compute
from jieyue.domain.period import Period
from jieyue.domain.sums import Sums

CITY = "city"
#: An intensity counts kilograms of what a total counts in tonnes; water is in cubic metres both times.
_KILO = {"energy": 1000, "co2": 1000, "water": 1}
_TOTALS = {"energy": "energy_total_tce", "water": "water_total_m3", "co2": "co2_total_t"}
_STOCKS = {"floor_area": "floor_area_m2", "persons": "persons"}


def total_of(definition: IndicatorDef) -> str:
    """The sum that an indicator is made of: itself, or the numerator of an intensity."""
    if definition.shape == "sum":
        return definition.code
    if definition.boundary == "building":
        return "energy_building_tce"
    return _TOTALS[definition.numerator]


def scale_of(definition: IndicatorDef) -> int:
    """How many units of an indicator's use one unit of that sum is."""
    return 1 if definition.shape == "sum" else _KILO[definition.numerator]


@dataclass(frozen=True)
class Sides:
    """over: D (None for a total). silent: who owes and is not in the figure; stock: of each of them, as the registry or
    last year's return has it.

    before: institution → the sum a year ago, in the unit of the indicator's use.
    """

    over: Fraction | None
    silent: tuple[int, ...]
    stock: Mapping[int, Fraction]
    before: Mapping[int, Fraction]

    @property
    def silent_of(self) -> Fraction | None:
        """The registered floor area or persons of the silent."""
        return (
            None
            if self.over is None
            else sum((self.stock.get(n, Fraction(0)) for n in self.silent), Fraction(0))
        )

    @property
    def silent_before(self) -> Fraction:
        """What the silent used a year ago."""
        return sum((self.before.get(n, Fraction(0)) for n in self.silent), Fraction(0))


class Desk:
    """All institutions of a year and of the year before, read once for all indicators of a plan."""

    def __init__(self, run: RunPlan) -> None:
        self.run = run
        self.past = run_for(str(run.period.previous_year()), sequence=run.key.sequence)
        self.rows: Mapping[int, Due] = due(run, NODES, CITY)
        self._now = _Many(run)
        self._then = _Many(self.past)

    def sides(self, indicator: str) -> Sides:
        """The sides of one indicator at the whole authority."""
        definition = home_catalog().indicator(indicator)
        values, owing = self._now.values(indicator), self._owing()
        silent = tuple(number for number in owing if values.get(number) is None)
        stock_code = _STOCKS.get(definition.denominator, "")
        stock = {**self._known(self._then, stock_code), **self._known(self._now, stock_code)}
        before = self._then.values(total_of(definition))
        scale = scale_of(definition)
        return Sides(
            over=self._over(definition),
            silent=silent,
            stock={n: stock[n] for n in silent if n in stock},
            before={n: value * scale for n in silent if (value := before.get(n)) is not None},
        )

    def weighted(self, indicator: str) -> Fraction | None:
        """Completeness, each institution weighted by what it used a year ago; None: no weight."""
        before = self._then.values(total_of(home_catalog().indicator(indicator)))
        owing = self._owing()
        return weighted_periods(
            [self.rows[n].present for n in owing],
            [self.rows[n].expected for n in owing],
            [before.get(n) or Fraction(0) for n in owing],
        )

    def _owing(self) -> list[int]:
        return [number for number, row in self.rows.items() if row.in_scope and row.expected]

    def _known(self, many: "_Many", code: str) -> dict[int, Fraction]:
        """What is known of a stock; the registry's of now goes before what was reported a year ago."""
        values = many.values(code) if code else {}
        return {number: value for number, value in values.items() if value is not None}

    def _over(self, definition: IndicatorDef) -> Fraction | None:
        if definition.shape == "sum":
            return None
        sums = part_sums(self.run, NODES)
        if CITY not in sums.scopes:
            return None
        account = Account(sums.take([sums.scopes.index(CITY)]), self.run.method.account)
        group = {"floor_area": "a", "persons": "x" if definition.numerator == "water" else "p"}
        return account.days_of(group[definition.denominator], definition.denominator).fractions()[0]


class _Many:
    """Indicators of single institutions of a run."""

    def __init__(self, run: RunPlan) -> None:
        ids, sums = institution_sums(run, None)
        self._ids: Sequence[int] = ids
        self._sums: Sums = sums
        self._run = run
        self._kept: dict[str, dict[int, Fraction | None]] = {}

    def values(self, code: str) -> dict[int, Fraction | None]:
        """Institution → value, exact; None: missing."""
        if code not in self._kept:
            column = compute(self._sums, self._run.method.account, [code])[code].values
            self._kept[code] = dict(zip(self._ids, column, strict=True))
        return self._kept[code]


def waiting(form: str, period: Period) -> dict[int, dict[str, Fraction]]:
    """Institution → indicator → what its submitted, unpublished returns of the period come to."""
    from jieyue.apps.accounts.preview import preview
    from jieyue.apps.returns.cells import parse

    found: dict[int, dict[str, Fraction]] = {}
    for row, snapshot in submissions(form, period):
        made = preview(form, Period.parse(row.period), parse(snapshot.cells))
        own = found.setdefault(row.subject, {})
        for code, amount in made.items():
            own[code] = own.get(code, Fraction(0)) + amount.fractions()[0]
    return found
