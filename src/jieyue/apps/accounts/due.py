"""Who owes what in a period, and how much of it is there: plain in the figures, weighted by last year here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from jieyue.apps.accounts.queries import part_of, run_for, run_of
from jieyue.apps.accounts.scope_query import ScopeQuery, scope_query
from jieyue.apps.accounts.services.compute_run import EVERYBODY, RunPlan, institution_sums
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.memory import LastFew
from jieyue.domain.completeness import weighted_periods
from jieyue.domain.indicators import compute

#: Of so many institutions values are kept: those that a page shows.
_MOST_KEPT = 500
_kept = LastFew[dict[int, Fraction | None]](256)


@dataclass(frozen=True, slots=True)
class Due:
    """An institution in a period: institution-periods it owes and has filed, days in being for itself.

    in_scope: the scope holds it. counted: it is in this authority's count.
    """

    expected: int
    present: int
    days: int
    in_scope: bool
    counted: bool


def due(plan: RunPlan, part: str, scope: str) -> dict[int, Due]:
    """Every institution in being in the period, in this authority's count or not, by identifier."""
    asked = scope_query(plan, part, scope)
    own = _rows(asked)
    every = _rows(scope_query(_with_all(plan), part, scope))
    return {
        number: Due(
            int(row["expected"]),
            int(row["present"]),
            int(row["days"]),
            bool(row["in_scope"]) and number in own,
            number in own,
        )
        for number, row in every.items()
    }


def weighted_completeness(
    scope: str, period: str, *, indicator: str = "energy_total_tce", sequence: int | None = None
) -> Fraction | None:
    """Completeness of a scope, each institution weighted by last year's value of the indicator; None: no weight."""
    plan = run_of(scope, run_for(period, sequence=sequence))
    part, inside = part_of(scope, plan)
    owing = {number: row for number, row in due(plan, part, inside).items() if row.in_scope and row.expected}
    before = run_for(str(plan.period.previous_year()), sequence=plan.key.sequence)
    last_year = values(before, indicator, list(owing))
    return weighted_periods(
        [row.present for row in owing.values()],
        [row.expected for row in owing.values()],
        [last_year.get(number) or Fraction(0) for number in owing],
    )


def values(plan: RunPlan, indicator: str, institutions: list[int] | None) -> dict[int, Fraction | None]:
    """One indicator of single institutions, exact; nothing is stored, and of few it is kept: a run never changes."""

    def read() -> dict[int, Fraction | None]:
        ids, sums = institution_sums(plan, institutions)
        return dict(zip(ids, compute(sums, plan.method.account, [indicator])[indicator].values, strict=True))

    if institutions is None or len(institutions) > _MOST_KEPT:
        return read()
    return dict(_kept.get((plan.id, indicator, tuple(institutions)), read))


def _with_all(plan: RunPlan) -> RunPlan:
    return replace(plan, key=replace(plan.key, population=EVERYBODY))


def _rows(asked: ScopeQuery) -> dict[int, Mapping[str, int]]:
    slots = {**asked.query.slots, "in_scope": asked.in_scope}
    found = open_lake().steps("figures_due", asked.query.params, slots=slots, partitions=asked.partitions)
    return {row["institution"]: row for row in found["due"].to_pylist()}
