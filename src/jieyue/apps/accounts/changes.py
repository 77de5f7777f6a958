"""Change between two periods: as reported, like for like, and what entries, exits and missing returns did."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from jieyue.apps.accounts.due import Due, due
from jieyue.apps.accounts.queries import figures, part_of, run_for, run_of
from jieyue.apps.accounts.services.compute_run import RunPlan, institution_sums
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_catalog
from jieyue.domain.change import (
    ChangeSplit,
    Effect,
    Presence,
    Relative,
    StateArray,
    effects_of,
    presence,
    relative_change,
    split_exact,
)
from jieyue.domain.errors import DomainError
from jieyue.domain.indicators import compute
from jieyue.domain.sums import Sums, add

METHOD = "derived.change.v1"


class ChangeOfError(DomainError):
    """An indicator that has no change of its own: a share of origins, a count."""


@dataclass(frozen=True)
class Change:
    """then, now: the figures as reported, None = missing. parts: their receipts.

    split: the effects that sum to the change exactly; for a sum of institutions (None for an intensity).
    like_for_like: (then, now) over the institutions that reported whole periods on both sides; for an intensity the
    same two values of its own, and `composition` is what is left: who is in the sum has changed.
    """

    method: str
    indicator: str
    then: Fraction | None
    now: Fraction | None
    parts: tuple[str, str]
    institutions: int
    like_for_like: tuple[Fraction | None, Fraction | None]
    split: ChangeSplit | None

    @property
    def total(self) -> Fraction | None:
        """now − then, as reported."""
        return None if self.then is None or self.now is None else self.now - self.then

    @property
    def relative(self) -> Relative:
        """As reported, relative to then."""
        if self.then is None:
            return Relative(None, "no_base")
        return (
            Relative(None, "no_current")
            if self.now is None
            else relative_change(self.then, self.now - self.then)
        )

    @property
    def like_for_like_relative(self) -> Relative:
        """Of the same institutions, relative to what they had then."""
        before, after = self.like_for_like
        if before is None or after is None:
            return Relative(None, "no_base" if before is None else "no_current")
        return relative_change(before, after - before)

    @property
    def composition(self) -> Fraction | None:
        """The change as reported less the like-for-like change."""
        before, after = self.like_for_like
        if self.total is None or before is None or after is None:
            return None
        return self.total - (after - before)


@dataclass(frozen=True)
class _Side:
    plan: RunPlan
    ids: list[int]
    sums: Sums
    states: Mapping[int, Presence]
    values: Mapping[int, Fraction | None]


def change(
    scope: str,
    indicator: str,
    then: str,
    now: str,
    *,
    choice: Mapping[str, str | None] | None = None,
    boundaries: str | None = None,
    sequence: int | None = None,
) -> Change:
    """The change of a figure between two periods, as of one publication.

    boundaries: as for figures; `then` places each institution by each period's own last day, so what a change of
    regions brought stands as moved in and moved out. Raises what figures raise, and ChangeOfError.
    """
    definition = home_catalog().indicator(indicator)
    if definition.shape not in ("sum", "ratio") or definition.basis == "money":
        raise ChangeOfError(
            "no_change_of",
            zh=f"指标 {indicator} 不是机构之和或强度，没有可比变化",
            en=f"{indicator} is neither a sum over institutions nor an intensity: it has no like-for-like change",
        )
    seq = last_done() if sequence is None else sequence
    rows = [
        figures([scope], period, indicators=[indicator], choice=choice, boundaries=boundaries, sequence=seq)[
            0
        ]
        for period in (then, now)
    ]
    sides = [
        _side(run_for(period, choice=choice, boundaries=boundaries, sequence=seq), scope, indicator)
        for period in (then, now)
    ]
    everybody = sorted({number for side in sides for number in side.states})
    states = [_states(side, everybody) for side in sides]
    same = {
        number
        for number, effect in zip(everybody, effects_of(*states), strict=True)
        if effect == Effect.LIKE_FOR_LIKE
    }
    return Change(
        method=METHOD,
        indicator=indicator,
        then=rows[0].exact,
        now=rows[1].exact,
        parts=(rows[0].receipt, rows[1].receipt),
        institutions=len(same),
        like_for_like=(_over(sides[0], same, indicator), _over(sides[1], same, indicator)),
        split=_split(sides, everybody, states) if definition.shape == "sum" else None,
    )


def _side(plan: RunPlan, scope: str, indicator: str) -> _Side:
    plan = run_of(scope, plan)
    part, inside = part_of(scope, plan)
    rows = due(plan, part, inside)
    ids, sums = institution_sums(plan, None if part == "nodes" else list(rows))
    found = compute(sums, plan.method.account, [indicator])[indicator].values
    values = dict(zip(ids, found, strict=True))
    numbers = list(rows)
    codes = presence(
        reported=np.array([values.get(n) is not None for n in numbers], dtype=bool),
        days=np.array([_days(rows[n]) for n in numbers], dtype=np.int64),
        days_of_period=plan.period.days,
        in_scope=np.array([_owes(rows[n], values.get(n)) for n in numbers], dtype=bool),
    )
    states = {number: Presence(code) for number, code in zip(numbers, codes, strict=True)}
    return _Side(plan, ids, sums, states, values)


def _owes(row: Due, value: Fraction | None) -> bool:
    """In scope as somebody who files: who is wholly reported in another's return is not missing from the sum."""
    return row.in_scope and (row.expected > 0 or value is not None)


def _days(row: Due) -> int:
    """Days in being for itself; at least one for who is there at all, so that a member is not taken as closed."""
    return max(row.days, 1)


def _states(side: _Side, everybody: list[int]) -> StateArray:
    return np.array([side.states.get(n, Presence.NOT_IN_BEING) for n in everybody], dtype=np.uint8)


def _split(sides: list[_Side], everybody: list[int], states: list[StateArray]) -> ChangeSplit:
    columns = [[side.values.get(n) or Fraction(0) for n in everybody] for side in sides]
    return split_exact(columns[0], columns[1], then_state=states[0], now_state=states[1])


def _over(side: _Side, who: set[int], indicator: str) -> Fraction | None:
    """The indicator over some institutions together."""
    rows = [place for place, number in enumerate(side.ids) if number in who]
    if not rows:
        return None
    part = Sums(
        tuple(side.sums.scopes[place] for place in rows),
        {name: column[rows] for name, column in side.sums.columns.items()},
    )
    return compute(add([part], "same"), side.plan.method.account, [indicator])[indicator].values[0]
