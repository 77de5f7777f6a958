"""Compute how a plan's indicators stand: verdict, other methods, break-evens; stored once, read by pages and papers."""

import hashlib
from collections.abc import Mapping, Sequence
from fractions import Fraction

from django.db import IntegrityError, transaction
from django.db.models import Count, Max
from django.utils import timezone

from jieyue.apps.accounts.method import MethodChoice
from jieyue.apps.accounts.queries import FigureRow, figures_by
from jieyue.apps.accounts.services.compute_run import RunPlan, plan_run, threshold
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog, plan
from jieyue.apps.returns.models import Return
from jieyue.apps.summaries.open_rows import periods_within
from jieyue.apps.targets.models import StandingRow
from jieyue.apps.targets.standing import FILLED, MADE, WAITING, Standing, Trial, document, rows_of
from jieyue.apps.targets.standing_sides import CITY, Desk, Sides, scale_of, total_of, waiting
from jieyue.catalog.plan import Plan, PlanIndicator
from jieyue.domain.break_even import floor_area_error, grid_factor, missing_use
from jieyue.domain.period import Period
from jieyue.domain.plan_verdict import Verdict, lower_is_better, verdict

_VERSION = "standing.v2"
_OPEN = (Return.State.SUBMITTED, Return.State.RETURNED, Return.State.APPROVED)


def stored_standing(plan_id: str, year: int, sequence: int | None = None) -> list[Standing] | None:
    """What was computed for this publication, these rules and these submissions; None: nothing yet."""
    row = StandingRow.objects.filter(key=_key(plan(plan_id), year, _at(sequence))).first()
    return None if row is None else rows_of(row.content)


def compute_standing(plan_id: str, year: int, sequence: int | None = None) -> list[Standing]:
    """The standing, computed and stored if it was not there. It walks all institutions of two years and four runs.

    It changes nothing that anybody decided, so the action log has no entry of it.
    """
    seq = _at(sequence)
    if (found := stored_standing(plan_id, year, seq)) is not None:
        return found
    wanted = plan(plan_id)
    rows = _Work(wanted, year, seq).rows()
    try:
        with transaction.atomic():
            StandingRow.objects.create(
                key=_key(wanted, year, seq),
                plan=wanted.id,
                year=year,
                sequence=seq,
                content=document(rows),
                at=timezone.now(),
            )
    except IntegrityError:  # another process was as fast, with the same numbers
        return stored_standing(plan_id, year, seq) or rows
    return rows


def _at(sequence: int | None) -> int:
    return last_done() if sequence is None else sequence


def _key(wanted: Plan, year: int, sequence: int) -> str:
    """What decides every number: rules, plan, publication, and what is submitted and not published."""
    period = Period.parse(str(year))
    waits = Return.objects.filter(
        form=wanted.method.account_form,
        period__in=periods_within(period),
        current__isnull=True,
        state__in=_OPEN,
    ).aggregate(count=Count("pk"), last=Max("pk"), revised=Max("revision"))
    run = plan_run(MethodChoice.of_plan(wanted), period, sequence=sequence)
    said = (_VERSION, wanted.digest, run.id, waits["count"], waits["last"], waits["revised"])
    return hashlib.sha256("\x1f".join(map(str, said)).encode()).hexdigest()


class _Work:
    """One plan, year and publication."""

    def __init__(self, wanted: Plan, year: int, sequence: int) -> None:
        self.plan, self.year, self.sequence = wanted, year, sequence
        self.own = MethodChoice.of_plan(wanted)
        self.codes = [indicator.code for indicator in wanted.indicators]
        self.run: RunPlan = plan_run(self.own, Period.parse(str(year)), sequence=sequence)
        self.now = self._figures(self.own, year)
        self.bases = self._figures(self.own, wanted.base_year) if self._needs_base() else {}
        self.others = {
            name: self._figures(self.own.changed(**dict(said)), year) for name, said in MADE.items()
        }
        self.desk = Desk(self.run)
        self.waits = waiting(wanted.method.account_form, self.run.period)

    def rows(self) -> list[Standing]:
        """Every indicator of the plan."""
        return [self._row(indicator) for indicator in self.plan.indicators]

    def _needs_base(self) -> bool:
        return any(indicator.base is None for indicator in self.plan.indicators)

    def _figures(self, choice: MethodChoice, year: int) -> dict[str, FigureRow]:
        shares = ["evidence_share_metered", "evidence_share_billed", "evidence_share_estimated"]
        asked = [*self.codes, *(shares if choice == self.own else [])]
        found = figures_by(choice, [CITY], str(year), indicators=asked, sequence=self.sequence)
        return {row.indicator: row for row in found}

    def _judge(self, indicator: PlanIndicator, value: Fraction | None) -> Verdict:
        base = self.bases.get(indicator.code)
        return verdict(
            indicator,
            value,
            self.year,
            base_year=self.plan.base_year,
            target_year=self.plan.target_year,
            base=base.exact if base else None,
        )

    def _row(self, indicator: PlanIndicator) -> Standing:
        code, figure = indicator.code, self.now[indicator.code]
        judged, sides = self._judge(indicator, figure.exact), self.desk.sides(indicator.code)
        cap = lower_is_better(indicator, judged.base)
        turn = _Turns(figure, judged.path if cap else None, sides, self.others["electricity_of_year"][code])
        definition = home_catalog().indicator(code)
        factors = self._factors() if definition.basis == "co2" else None
        return Standing(
            indicator=code,
            value=figure.exact,
            status=judged.status,
            limit=judged.path,
            receipt=figure.receipt,
            silent=len(sides.silent),
            silent_of=sides.silent_of,
            silent_before=sides.silent_before,
            turn_missing=turn.missing,
            turn_factor=turn.factor(factors, Fraction(scale_of(definition) if sides.over else 1000)),
            factor=factors[0] if factors else None,
            turn_area=turn.area,
            weighted=self.desk.weighted(code),
            threshold=threshold(self.run),
            measured=self._evidence("metered", "billed"),
            estimated=self._evidence("estimated"),
            trials=tuple(self._trials(indicator, figure, sides)),
            rule_value=judged.rule_value,
            by_rule=judged.status_by_rule or "",
            also=judged.also_target,
            by_also=judged.status_by_also or "",
            sources=tuple(
                row.receipt for row in self.now.values() if row.indicator.startswith("evidence_share")
            ),
        )

    def _evidence(self, *origins: str) -> Fraction | None:
        known = [self.now[f"evidence_share_{origin}"].exact for origin in origins]
        said = [value for value in known if value is not None]
        return sum(said, Fraction(0)) if said else None

    def _factors(self) -> tuple[Fraction, Fraction] | None:
        """The electricity factor of the plan and the published one of the year [kgCO2/kWh]."""
        found = []
        for choice in (self.own, self.own.changed(electricity_factor="of-year")):
            method = plan_run(choice, self.run.period, sequence=self.sequence).method.account
            found.append(method.factors.of("electricity", method.kgce))
        first, second = found
        return None if first is None or second is None else (first, second)

    def _trials(self, indicator: PlanIndicator, figure: FigureRow, sides: Sides) -> list[Trial]:
        made = []
        for name in MADE:
            row = self.others[name][indicator.code]
            made.append(self._trial(indicator, name, row.exact, (row.receipt,), row.factor_set))
        uses = {FILLED: sides.before, WAITING: self._waiting(indicator.code, sides.silent)}
        for name, use in uses.items():
            value = _with(figure.exact, sides, use)
            made.append(self._trial(indicator, name, value, (figure.receipt,), ""))
        return made

    def _trial(
        self, indicator: PlanIndicator, code: str, value: Fraction | None, sources: Sequence[str], label: str
    ) -> Trial:
        judged = self._judge(indicator, value)
        return Trial(code=code, value=value, status=judged.status, sources=tuple(sources), label=label)

    def _waiting(self, code: str, silent: Sequence[int]) -> dict[int, Fraction]:
        """What the silent have submitted and nobody has approved, in the unit of the indicator's use."""
        definition = home_catalog().indicator(code)
        total, scale = total_of(definition), scale_of(definition)
        return {n: self.waits[n][total] * scale for n in silent if total in self.waits.get(n, {})}


class _Turns:
    """The break-evens of one indicator; None where there is no value, no cap, or nothing to turn."""

    def __init__(self, figure: FigureRow, limit: Fraction | None, sides: Sides, of_year: FigureRow) -> None:
        self.value, self.limit, self.sides, self.of_year = figure.exact, limit, sides, of_year.exact

    @property
    def missing(self) -> Fraction | None:
        if self.value is None or self.limit is None or not self.sides.silent:
            return None
        use = self.value * (1 if self.sides.over is None else self.sides.over)
        return missing_use(self.limit, use, over=self.sides.over, unreported=self.sides.silent_of)

    def factor(self, factors: tuple[Fraction, Fraction] | None, kilo: Fraction) -> Fraction | None:
        """The electricity per unit of D is the slope between the two factors: emissions are linear in the factor."""
        if factors is None or self.value is None or self.limit is None or self.of_year is None:
            return None
        used, other = factors
        if used == other:
            return None
        grams = kilo if self.sides.over is None else Fraction(1)
        slope = (self.of_year - self.value) * grams / (other - used)
        return grid_factor(self.limit * grams, self.value * grams, electricity=slope, used=used)

    @property
    def area(self) -> Fraction | None:
        if self.value is None or self.limit is None or self.sides.over is None:
            return None
        return floor_area_error(self.limit, self.value)


def _with(value: Fraction | None, sides: Sides, use: Mapping[int, Fraction]) -> Fraction | None:
    """The indicator with the uses of some silent added, and their floor area or persons."""
    if value is None:
        return None
    more = sum(use.values(), Fraction(0))
    if sides.over is None:
        return value + more
    over = sides.over + sum((sides.stock.get(n, Fraction(0)) for n in use), Fraction(0))
    return (value * sides.over + more) / over if over else None
