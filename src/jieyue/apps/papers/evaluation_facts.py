"""What an evaluation of a plan is written from: figures of its years, standings, tasks, changes, its text checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from django.conf import settings

from jieyue.apps.accounts.changes import Change, changes
from jieyue.apps.accounts.method import MethodChoice
from jieyue.apps.accounts.queries import FigureRow, figures_by
from jieyue.apps.accounts.services.compute_run import plan_run
from jieyue.apps.insights.why import Cause, causes, indicators
from jieyue.apps.papers.content import Kind, Number, Status
from jieyue.apps.papers.numbers import Shape, figure
from jieyue.apps.papers.words import printed, unit_zh
from jieyue.apps.publication.rules import plan
from jieyue.apps.spotchecks.queries import every_check
from jieyue.apps.targets.queries import open_errors
from jieyue.apps.targets.services.compute_standing import compute_standing
from jieyue.apps.targets.standing import Standing
from jieyue.apps.targets.standing_words import Shown, shown
from jieyue.apps.targets.task_list import TaskRow, task_rows
from jieyue.catalog.plan import Plan, PlanIndicator, parent_of
from jieyue.domain.period import Period
from jieyue.domain.plan_check import PlanFinding, check_plan

CITY = "city"
#: Beside the indicators: what the evaluation says of its population and its evidence.
BESIDE = (
    "institutions", "floor_area_m2", "persons", "vehicles", "completeness", "evidence_share_metered",
    "evidence_share_billed", "evidence_share_typed", "evidence_share_estimated",
)  # fmt: skip
#: The totals whose change from the base year is taken apart.
BRIDGED = ("energy_total_tce", "water_total_m3", "co2_total_t")


@dataclass(frozen=True)
class Facts:
    """Everything of one plan up to one year, as of one publication. years: year → indicator → figure of the city."""

    plan: Plan
    year: int
    sequence: int
    standings: Mapping[str, Standing]
    years: Mapping[int, Mapping[str, FigureRow]]
    tasks: Sequence[TaskRow]
    findings: Sequence[PlanFinding]
    errors: int
    spot_checks: int

    @property
    def final(self) -> bool:
        """Whether it is the evaluation of the plan's end, not one on the way."""
        return self.year >= self.plan.target_year

    @property
    def now(self) -> Mapping[str, FigureRow]:
        """The figures of the year."""
        return self.years[self.year]

    @property
    def synthetic(self) -> bool:
        """Whether the home's data are synthetic."""
        return bool(settings.JIEYUE_HOME.synthetic)

    @cached_property
    def changes(self) -> Mapping[str, Change]:
        """The totals against the base year, taken apart; none where the base year has no figure."""
        then = str(self.plan.base_year)
        codes = [code for code in BRIDGED if self.years[self.plan.base_year][code].exact is not None]
        found = changes(CITY, codes, then, str(self.year), sequence=self.sequence) if codes else []
        return {one.indicator: one for one in found}

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """Why energy changed between the base year and this one, by floor area and by persons; none where the base
        year has no figure."""
        base = self.plan.base_year
        if self.years[base]["energy_total_tce"].exact is None:
            return ()
        own = MethodChoice.of_plan(self.plan)
        method = plan_run(own, Period.of_year(self.year), sequence=self.sequence).method.account
        codes = indicators(method)
        then, now = (
            {
                row.indicator: row
                for row in figures_by(own, [CITY], str(each), indicators=codes, sequence=self.sequence)
            }
            for each in (base, self.year)
        )
        return causes(then, now, method)

    def shown(self, indicator: PlanIndicator) -> Shown:
        """How the indicator's numbers are printed."""
        return shown(self.plan, self.standings[indicator.code])

    def unit(self, indicator: PlanIndicator) -> str:
        """The unit as the plan prints it; the one that is meant where it prints a wrong one."""
        return unit_zh(indicator.unit) if misprinted(indicator) else indicator.printed_unit

    def number(self, indicator: PlanIndicator, year: int) -> Number:
        """The figure of a year in the plan's unit."""
        row = self.years[year][indicator.code]
        shape = Shape(self.unit(indicator), int(indicator.scale), self.shown(indicator).digits)
        return figure(row, shape)

    def target(self, indicator: PlanIndicator) -> Number:
        """The printed target."""
        return self.printed(indicator, "target", indicator.target_value)

    def base(self, indicator: PlanIndicator) -> Number:
        """The printed base."""
        return self.printed(indicator, "base", indicator.base_value)

    def printed(self, indicator: PlanIndicator, what: str, value: Fraction | None) -> Number:
        """A number of the plan about an indicator: as printed, or one that follows from what is printed."""
        known = {"target": indicator.target, "base": indicator.base}.get(what)
        if value is None:
            text = "未载"
        else:
            text = (
                known.text
                if known
                else printed(value / indicator.scale, max(2, self.shown(indicator).digits))
            )
        return plan_number(
            self.plan, text, self.unit(indicator), f"{what}({indicator.code})", clause_of(indicator)
        )

    def from_figures(
        self, code: str, value: Fraction | None, unit: str, text: str, parts: Sequence[str], reason: str = ""
    ) -> Number:
        """A number made of figures, with the receipts of its parts."""
        worst = any(row.status == "provisional" for row in self.now.values() if row.receipt in parts)
        status = Status.PROVISIONAL if worst else Status.FINAL
        return Number(
            text=text if value is not None else reason,
            unit=unit,
            code=code,
            scope=CITY,
            period=str(self.year),
            value=value,
            receipt="",
            status=Status.MISSING if value is None else status,
            kind=Kind.DERIVED,
            parts=tuple(parts),
        )

    def counted(self, value: int, unit: str, code: str, receipt: str) -> Number:
        """A count of the system."""
        return Number(
            f"{value:,}", unit, code, CITY, str(self.year), Fraction(value), receipt, Status.FINAL, Kind.COUNT
        )

    def of_verdicts(self, value: int, code: str) -> Number:
        """A count of indicators by verdict: it follows from their figures."""
        parts = [row.receipt for row in self.standings.values()]
        return self.sure(code, Fraction(value), "项", str(value), parts)

    def sure(self, code: str, value: Fraction, unit: str, text: str, parts: Sequence[str]) -> Number:
        """A count of verdicts or tests, or a factor: it is not itself provisional."""
        return replace(self.from_figures(code, value, unit, text, parts), status=Status.FINAL)


def plan_number(wanted: Plan, text: str, unit: str, code: str, clause: str) -> Number:
    """A number of the plan's text, bound to its clause."""
    bare = text.replace(",", "")
    value = Fraction(bare) if bare.replace(".", "", 1).replace("-", "", 1).isdigit() else None
    return Number(
        text, unit, code, "", "", value, "", Status.FINAL, Kind.PLAN, clause=f"{wanted.id} {clause}"
    )


def clause_of(indicator: PlanIndicator) -> str:
    """Clause and box where an indicator stands."""
    return f"§{indicator.clause}" + (f" 专栏{indicator.box}" if indicator.box else "")


def misprinted(indicator: PlanIndicator) -> bool:
    """Whether the plan prints a unit that its own totals contradict."""
    known = indicator.base or indicator.target
    return known is not None and known.literal_scale != known.scale


def facts_of(plan_id: str, year: int, sequence: int) -> Facts:
    """The facts; computes standings that are not stored. Raises what figures raise."""
    wanted = plan(plan_id)
    own = MethodChoice.of_plan(wanted)
    codes = [*(indicator.code for indicator in wanted.indicators), *BESIDE]
    years = {
        each: {
            row.indicator: row
            for row in figures_by(own, [CITY], str(each), indicators=codes, sequence=sequence)
        }
        for each in range(wanted.base_year, year + 1)
    }
    standings = {row.indicator: row for row in compute_standing(plan_id, year, sequence)}
    return Facts(
        plan=wanted,
        year=year,
        sequence=sequence,
        standings=standings,
        years=years,
        tasks=task_rows(wanted.id),
        findings=check_plan(wanted, parent=parent_of(wanted)),
        errors=open_errors(plan_id, year),
        spot_checks=sum(str(year) in row.period for row in every_check()),
    )
