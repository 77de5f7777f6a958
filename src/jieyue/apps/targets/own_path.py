"""A body's own way through the plan's years: its figures beside what was issued to it, the verdict of the last year.

The plan's indicators are the whole authority's. What was issued to a district or a department stands in the plan's
`issued.csv`; where nothing was, there are figures and no verdict, and the whole's target is never borrowed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from jieyue.apps.accounts.derived import Derived, relative
from jieyue.apps.accounts.queries import FigureRow
from jieyue.apps.accounts.series import figures_over
from jieyue.apps.publication.rules import home_plan
from jieyue.catalog.plan import Plan, PlanIndicator
from jieyue.domain.period import Period
from jieyue.domain.plan_verdict import Verdict, verdict


@dataclass(frozen=True)
class OwnIndicator:
    """printed: the plan's indicator; issued: the body's own, None where nothing was issued; figures and verdicts: of
    each year from the base year on; a year's verdict is None without an own indicator."""

    printed: PlanIndicator
    issued: PlanIndicator | None
    figures: Sequence[FigureRow]
    verdicts: Sequence[Verdict | None]

    @property
    def last(self) -> FigureRow:
        """The figure of the last year."""
        return self.figures[-1]

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of the last year."""
        return self.verdicts[-1]

    @property
    def since_base(self) -> Derived:
        """The last year against the base year."""
        return relative(self.last, self.figures[0])

    def path(self, place: int) -> Fraction | None:
        """What was issued for a year, or lies on the way there; None where nothing was."""
        found = self.verdicts[place]
        return None if found is None else found.path


@dataclass(frozen=True)
class OwnPath:
    """A body's indicators from the plan's base year to the last whole year. boundaries: the day of both sides."""

    plan: Plan
    scope: str
    years: Sequence[int]
    boundaries: str
    rows: Sequence[OwnIndicator]

    @property
    def issued(self) -> list[OwnIndicator]:
        """Those for which the body has a target of its own."""
        return [row for row in self.rows if row.issued is not None]


def plan_year(plan: Plan, period: Period) -> int:
    """The last whole year up to a period that the plan covers."""
    year = period.last_day.year if period.last_day.month == 12 else period.last_day.year - 1
    return min(max(year, plan.base_year), plan.target_year)


def path_runs(plan: Plan, period: Period) -> Iterator[tuple[str, str]]:
    """(year, day of the boundaries) of the runs that a body's path is read from."""
    last = plan_year(plan, period)
    for year in range(plan.base_year, last + 1):
        yield str(year), _day(last)


def _day(year: int) -> str:
    return Period.parse(str(year)).last_day.isoformat()


def own_path(scope: str, period: Period, *, sequence: int, compute: bool = True) -> OwnPath | None:
    """The path of a body; compute False: None where a year of it was never computed."""
    plan = home_plan()
    last = plan_year(plan, period)
    years = range(plan.base_year, last + 1)
    rows = figures_over(
        [scope],
        [str(year) for year in years],
        indicators=[one.code for one in plan.indicators],
        boundaries=_day(last),
        sequence=sequence,
        compute=compute,
    )
    if rows is None:
        return None
    made = []
    for printed in plan.indicators:
        figures = [rows[scope, printed.code, str(year)] for year in years]
        issued = plan.issued.get(scope, {}).get(printed.code)
        made.append(OwnIndicator(printed, issued, figures, _verdicts(plan, issued, figures, years)))
    return OwnPath(plan, scope, years, _day(last), made)


def _verdicts(
    plan: Plan, issued: PlanIndicator | None, figures: Sequence[FigureRow], years: Sequence[int]
) -> list[Verdict | None]:
    if issued is None:
        return [None] * len(years)
    return [
        verdict(
            issued,
            row.exact,
            year,
            base_year=plan.base_year,
            target_year=plan.target_year,
            base=figures[0].exact,
        )
        for row, year in zip(figures, years, strict=True)
    ]
