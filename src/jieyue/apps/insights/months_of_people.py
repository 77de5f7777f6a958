"""The months of a dashboard by what single institutions say: weighted completeness, and how prices spread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from jieyue.apps.accounts.month_marks import Prices, marks_over
from jieyue.apps.accounts.queries import FigureRow, run_for
from jieyue.apps.accounts.series import figures_over
from jieyue.apps.accounts.services.compute_run import RunPlan
from jieyue.apps.accounts.statistics import COSTS
from jieyue.apps.insights.overview import Trust
from jieyue.apps.insights.overview_periods import Times
from jieyue.domain.indicators import indicator_codes
from jieyue.domain.period import Period
from jieyue.domain.sums import ORIGINS

_PRICE = "unit_price_"
_CODES = ("completeness", *(f"evidence_share_{origin}" for origin in ORIGINS))


@dataclass(frozen=True)
class PeopleMonth:
    """trust: completeness by count and where the values come from; weighted: completeness by the energy of the same
    month a year before, None where nobody had any; prices: by carrier; means: carrier → the node's own mean price."""

    period: str
    trust: Trust
    weighted: Fraction | None
    prices: dict[str, Prices]
    means: dict[str, FigureRow]
    costs: tuple[FigureRow, ...]


def mark_runs(period: Period, sequence: int) -> Iterator[tuple[RunPlan, RunPlan]]:
    """The runs of the months of a period's year, each with that of the year before, on the period's last day."""
    day = period.last_day.isoformat()
    for month in Times(period).over:
        now, then = (
            run_for(str(each), boundaries=day, sequence=sequence) for each in (month, month.previous_year())
        )
        yield now, then


def people_months(
    scope: str, period: Period, *, sequence: int, compute: bool = True
) -> Sequence[PeopleMonth] | None:
    """The months to the end of a period; compute False: None where one was never computed."""
    pairs = list(mark_runs(period, sequence))
    form = run_for(str(period), sequence=sequence).method.account.form
    priced = [code for code in indicator_codes(form) if code.startswith(_PRICE)]
    rows = figures_over(
        [scope],
        [str(now.period) for now, _then in pairs],
        indicators=(*_CODES, *COSTS, *priced),
        boundaries=period.last_day.isoformat(),
        sequence=sequence,
        compute=compute,
    )
    marks = marks_over(pairs, compute_them=compute)
    if rows is None or marks is None:
        return None
    made = []
    for (now, _then), mark in zip(pairs, marks, strict=True):
        month = str(now.period)
        origins = [rows[scope, code, month] for code in _CODES[1:]]
        trust = Trust(rows[scope, "completeness", month], origins)
        means = {code.removeprefix(_PRICE): rows[scope, code, month] for code in priced}
        costs = tuple(rows[scope, code, month] for code in COSTS)
        made.append(PeopleMonth(month, trust, mark.weighted(scope), mark.prices(scope), means, costs))
    return made
