"""Change between two periods: as reported, like for like, and what entries, exits and missing returns did."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt
from django.conf import settings

from jieyue.apps.accounts.alike import alike_frame, has_nodes, stored_alike
from jieyue.apps.accounts.alike_frame import AlikeRow
from jieyue.apps.accounts.due import Due, due
from jieyue.apps.accounts.nodes import ROOT
from jieyue.apps.accounts.queries import PREFIXES, FigureRow, figures_of, part_of, run_for, run_of, run_trees
from jieyue.apps.accounts.services.compute_run import NODES, RunPlan, institution_sums, stored_frames
from jieyue.apps.accounts.who_moved import ENERGY, stored_who_moved
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
    relative_of,
    split_exact,
)
from jieyue.domain.completeness import weighted_periods
from jieyue.domain.errors import DomainError
from jieyue.domain.exact import Quotients
from jieyue.domain.indicators import compute
from jieyue.domain.period import Period
from jieyue.domain.sums import Sums, add

METHOD = "derived.change.v1"
Ids = npt.NDArray[np.int64]
#: Institution → amount; None: missing.
Amounts = Mapping[int, Fraction | None]
#: The last changes that this process worked out: they hang on two runs, which never change.
_kept: "OrderedDict[tuple[str, ...], Change]" = OrderedDict()
_KEPT = 128


class ChangeOfError(DomainError):
    """An indicator that has no change of its own (a share of origins, a count), or periods that do not compare."""


@dataclass(frozen=True)
class Listed:
    """The institutions of each effect, and those that owe and have not reported; the largest difference first.

    amounts: what some of them had then and have now, where it was kept with them (None: to be read).
    """

    members: Mapping[Effect, tuple[int, ...]]
    owing: tuple[int, ...]
    amounts: Callable[[Sequence[int]], tuple[Amounts, Amounts]] | None = None


@dataclass(frozen=True)
class Change:
    """rows: the figures as reported, then and now.

    split: the effects that sum to the change exactly; for a sum of institutions (None for an intensity).
    like_for_like: (then, now) over the institutions that reported whole periods on both sides; for an intensity the
    same two values of its own, and `composition` is what is left: who is in the sum has changed.
    counts: how many institutions each effect has; owes: how many owe a return of the later period and have not
    reported it. listed: who they are, worked out only if somebody asks. weighted: completeness of the later period,
    each institution weighted by what it had in the earlier one (None: no weight).
    """

    method: str
    indicator: str
    rows: tuple[FigureRow, FigureRow]
    counts: Mapping[Effect, int]
    owes: int
    listed: Callable[[], Listed] = field(repr=False, compare=False)
    like_for_like: tuple[Fraction | None, Fraction | None]
    split: ChangeSplit | None
    weighted: Fraction | None

    @cached_property
    def _listed(self) -> Listed:
        return self.listed()

    @property
    def members(self) -> Mapping[Effect, tuple[int, ...]]:
        """The institutions of each effect, the largest difference first."""
        return self._listed.members

    @property
    def owing(self) -> tuple[int, ...]:
        """Those that owe a return of the later period and have not reported it, in the same order."""
        return self._listed.owing

    @property
    def kept_amounts(self) -> Callable[[Sequence[int]], tuple[Amounts, Amounts]] | None:
        """What institutions had then and have now, where that is kept with who they are."""
        return self._listed.amounts

    @property
    def then(self) -> Fraction | None:
        """The figure of the earlier period; None: missing."""
        return self.rows[0].exact

    @property
    def now(self) -> Fraction | None:
        """The figure of the later period; None: missing."""
        return self.rows[1].exact

    @property
    def parts(self) -> tuple[str, str]:
        """The receipts of both figures."""
        return (self.rows[0].receipt, self.rows[1].receipt)

    @property
    def institutions(self) -> int:
        """How many reported whole periods on both sides."""
        return self.counts[Effect.LIKE_FOR_LIKE]

    @property
    def total(self) -> Fraction | None:
        """now − then, as reported."""
        return None if self.then is None or self.now is None else self.now - self.then

    @property
    def relative(self) -> Relative:
        """As reported, relative to then."""
        return relative_of(self.then, self.now)

    @property
    def like_for_like_relative(self) -> Relative:
        """Of the same institutions, relative to what they had then."""
        return relative_of(*self.like_for_like)

    @property
    def composition(self) -> Fraction | None:
        """The change as reported less the like-for-like change."""
        before, after = self.like_for_like
        if self.total is None or before is None or after is None:
            return None
        return self.total - (after - before)

    @property
    def undivided(self) -> Fraction:
        """What no institution stands behind: a printed total of the node on one side. Zero as a rule."""
        if self.split is None:
            return Fraction(0)
        return (self.now or 0) - (self.then or 0) - Fraction(self.split.total)


@dataclass(frozen=True)
class _Side:
    """One period: who is there (`numbers`, ascending), what each is, and the sums of all institutions."""

    plan: RunPlan
    numbers: Ids
    due: Mapping[int, Due]
    ids: Ids
    sums: Sums

    def values(self, indicator: str) -> Quotients:
        """One indicator of each of `ids`."""
        return compute(self.sums, self.plan.method.account, [indicator])[indicator].values

    def over(self, who: Ids, indicator: str) -> Fraction | None:
        """The indicator over some institutions together."""
        rows = np.flatnonzero(np.isin(self.ids, who)).tolist()
        if not rows:
            return None
        same = add([self.sums.take(rows)], "same")
        return compute(same, self.plan.method.account, [indicator])[indicator].values[0]


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
    """The change of one figure between two periods; see `changes`."""
    return changes(scope, [indicator], then, now, choice=choice, boundaries=boundaries, sequence=sequence)[0]


def changes(
    scope: str,
    indicators: Sequence[str],
    then: str,
    now: str,
    *,
    choice: Mapping[str, str | None] | None = None,
    boundaries: str | None = None,
    sequence: int | None = None,
) -> list[Change]:
    """The changes of figures of one scope between two periods, as of one publication.

    boundaries: as for figures; `then` places each institution by each period's own last day, so what a change of
    regions brought stands as moved in and moved out. Raises what figures raise, and ChangeOfError.
    """
    _check_periods(then, now)
    for indicator in indicators:
        _check_indicator(indicator)
    seq = last_done() if sequence is None else sequence
    plans = [run_for(each, choice=choice, boundaries=boundaries, sequence=seq) for each in (then, now)]
    return changes_of(plans, scope, indicators)


def changes_of(plans: Sequence[RunPlan], scope: str, indicators: Sequence[str]) -> list[Change]:
    """The same between two runs, the earlier period's first."""
    home = str(settings.JIEYUE_HOME.path)
    keys = {code: (home, plans[0].id, plans[1].id, scope, code) for code in indicators}
    found = {code: _kept[key] for code, key in keys.items() if key in _kept}
    wanted = [code for code in indicators if code not in found]
    if wanted:
        rows = [figures_of(plan, [scope], wanted) for plan in plans]
        for made in _compute(scope, plans, rows):
            found[made.indicator] = _kept[keys[made.indicator]] = made
    while len(_kept) > _KEPT:
        _kept.popitem(last=False)
    return [found[code] for code in indicators]


def alike(
    scopes: Sequence[str],
    indicators: Sequence[str],
    then: str,
    now: str,
    *,
    choice: Mapping[str, str | None] | None = None,
    boundaries: str | None = None,
    sequence: int | None = None,
    compute: bool = True,
) -> dict[tuple[str, str], Change] | None:
    """The changes of many nodes at once, from the stored frame of both runs, by (scope, indicator).

    boundaries: those of the later period's last day for both sides unless said otherwise 按现行区划可比. A node that
    one of the sides does not know, or an indicator without a change of its own, is absent. compute False: only what is
    stored; None where it is not, and the caller says that it is being computed.
    """
    _check_periods(then, now)
    seq = last_done() if sequence is None else sequence
    day = boundaries or Period.parse(now).last_day.isoformat()
    before, after = (run_for(each, choice=choice, boundaries=day, sequence=seq) for each in (then, now))
    if not compute:
        kept = stored_frames([before.id, after.id], NODES)
        if len(kept) < 2 or stored_alike(before, after) is None:
            return None
    found = alike_frame(before, after).rows(scopes, indicators)
    sides = [
        {(row.scope, row.indicator): row for row in figures_of(plan, scopes, indicators)}
        for plan in (before, after)
    ]
    return {key: _of_row(row, (sides[0][key], sides[1][key]), (before, after)) for key, row in found.items()}


def _compute(scope: str, plans: Sequence[RunPlan], rows: Sequence[Sequence[FigureRow]]) -> Iterator[Change]:
    """From the frame of all nodes where it holds the scope, else over the institutions of this scope alone."""
    codes = [row.indicator for row in rows[0]]
    _check_factors(plans, codes)
    known = alike_frame(plans[0], plans[1]).rows([scope], codes) if _in_frame(scope, plans) else {}
    walked = {} if len(known) == len(codes) else {one.indicator: one for one in _walk(scope, plans, rows)}
    for earlier, later in zip(*rows, strict=True):
        row = known.get((scope, earlier.indicator))
        yield walked[earlier.indicator] if row is None else _of_row(row, (earlier, later), plans)


def _in_frame(scope: str, plans: Sequence[RunPlan]) -> bool:
    node = scope == ROOT or scope.partition(":")[0] in PREFIXES
    return node and all(has_nodes(plan) and run_of(scope, plan) == plan for plan in plans)


def _of_row(row: AlikeRow, rows: tuple[FigureRow, FigureRow], plans: Sequence[RunPlan]) -> Change:
    def listed() -> Listed:
        kept = _kept_list(row.scope, row.indicator, plans)
        if kept is not None:
            return kept
        (one,) = _walk(row.scope, plans, [[rows[0]], [rows[1]]])
        return one.listed()

    return Change(
        method=METHOD,
        indicator=row.indicator,
        rows=rows,
        counts=row.by_effect,
        owes=row.owing,
        listed=listed,
        like_for_like=(row.then, row.now),
        split=row.split,
        weighted=row.weighted,
    )


def _kept_list(scope: str, indicator: str, plans: Sequence[RunPlan]) -> Listed | None:
    """Who is behind a change, where it is kept with the two runs: of energy, for the periods that are kept ready."""
    kept = stored_who_moved(*plans) if indicator == ENERGY else None
    if kept is None:
        return None
    effects, owes = kept.effects(scope, [run_trees(plan) for plan in plans])
    numbers, effects, owes = kept.numbers[kept.order], effects[kept.order], owes[kept.order]
    members = {effect: tuple(numbers[effects == effect].tolist()) for effect in Effect}

    def amounts(wanted: Sequence[int]) -> tuple[Amounts, Amounts]:
        found = stored_who_moved(*plans)  # a change that is kept does not keep the whole table
        assert found is not None
        return found.amounts(wanted)

    return Listed(members, tuple(numbers[owes].tolist()), amounts)


def _walk(scope: str, plans: Sequence[RunPlan], rows: Sequence[Sequence[FigureRow]]) -> Iterator[Change]:
    sides = [_side(plan, scope) for plan in plans]
    everybody = np.union1d(sides[0].numbers, sides[1].numbers)
    for earlier, later in zip(*rows, strict=True):
        yield _change(earlier.indicator, (earlier, later), sides, everybody)


def has_change(indicator: str) -> bool:
    """Whether an indicator is a sum over institutions or an intensity, and no money."""
    return home_catalog().indicator(indicator).has_change


def _check_indicator(indicator: str) -> None:
    if not has_change(indicator):
        raise ChangeOfError(
            "no_change_of",
            zh=f"指标 {indicator} 不是机构之和或强度，没有可比变化；请改用能源、用水、碳排放的总量或强度",
            en=f"{indicator} is neither a sum over institutions nor an intensity: it has no like-for-like change; "
            "ask for a total or an intensity of energy, water or CO2",
        )


def _check_periods(then: str, now: str) -> None:
    earlier, later = Period.parse(then), Period.parse(now)
    if earlier == later or len(earlier.months()) != len(later.months()):
        raise ChangeOfError(
            "periods_do_not_compare",
            zh=f"{now} 与 {then} 不能相比：应是两个长短相同的不同期间，例如 {later} 对 {later.previous_year()}",
            en=f"{now} and {then} do not compare: name two different periods of the same length, "
            f"such as {later} against {later.previous_year()}",
        )


def _check_factors(plans: Sequence[RunPlan], indicators: Sequence[str]) -> None:
    lacking = any(plan.method.factor_set is None for plan in plans)
    if lacking and any(code.startswith("co2_") for code in indicators):
        raise ChangeOfError(
            "no_factor_set",
            zh="规划没有指明碳排放因子组，碳排放没有数可比；请另选因子组（--factor-set）",
            en="the plan names no CO2 factor set, so there is no CO2 to compare; name one (--factor-set)",
        )


def _side(plan: RunPlan, scope: str) -> _Side:
    plan = run_of(scope, plan)
    part, inside = part_of(scope, plan)
    rows = due(plan, part, inside)
    ids, sums = institution_sums(plan, None if part == "nodes" else list(rows))
    numbers = np.array(sorted(rows), dtype=np.int64)
    return _Side(plan, numbers, rows, np.array(ids, dtype=np.int64), sums)


def _change(
    indicator: str, rows: tuple[FigureRow, FigureRow], sides: Sequence[_Side], everybody: Ids
) -> Change:
    columns = [side.values(indicator) for side in sides]
    states = [_states(side, column, everybody) for side, column in zip(sides, columns, strict=True)]
    effects = effects_of(*states)
    same = everybody[effects == Effect.LIKE_FOR_LIKE]
    split: ChangeSplit | None = None
    both: tuple[Fraction | None, Fraction | None]
    values = [_aligned(side, column, everybody) for side, column in zip(sides, columns, strict=True)]
    if home_catalog().indicator(indicator).shape == "sum":
        split = split_exact(values[0], values[1], then_state=states[0], now_state=states[1])
        before = Fraction(split.like_for_like_base)
        both = (before, before + split.like_for_like) if len(same) else (None, None)
    else:
        both = (sides[0].over(same, indicator), sides[1].over(same, indicator))
    order = _largest_first(values)
    members = {effect: tuple(everybody[order][effects[order] == effect].tolist()) for effect in Effect}
    listed = Listed(members, tuple(everybody[order][states[1][order] == Presence.MISSING].tolist()))
    return Change(
        method=METHOD,
        indicator=indicator,
        rows=rows,
        counts={effect: len(found) for effect, found in members.items()},
        owes=len(listed.owing),
        listed=lambda: listed,
        like_for_like=both,
        split=split,
        weighted=_weighted(sides, _weight(indicator)),
    )


def _states(side: _Side, column: Quotients, everybody: Ids) -> StateArray:
    """What each institution is in the period of the side, by Presence codes."""
    reported = set(side.ids[column.known].tolist())
    numbers = side.numbers.tolist()
    there = [number in reported for number in numbers]
    rows = [side.due[number] for number in numbers]
    codes = presence(
        reported=np.array(there, dtype=bool),
        days=np.array([_days(row) for row in rows], dtype=np.int64),
        days_of_period=side.plan.period.days,
        in_scope=np.array([_owes(row, known) for row, known in zip(rows, there, strict=True)], dtype=bool),
    )
    states = np.full(len(everybody), Presence.NOT_IN_BEING, dtype=np.uint8)
    states[np.searchsorted(everybody, side.numbers)] = codes
    return states


def _owes(row: Due, reported: bool) -> bool:
    """In scope as somebody who files: who is wholly reported in another's return is not missing from the sum."""
    return row.in_scope and (row.expected > 0 or reported)


def _days(row: Due) -> int:
    """Days in being for itself; at least one for who is there at all, so that a member is not taken as closed."""
    return max(row.days, 1)


def _aligned(side: _Side, column: Quotients, everybody: Ids) -> list[Fraction]:
    """The values in the order of `everybody`, zero where there is none."""
    values = dict(zip(side.ids.tolist(), column, strict=True))
    return [values.get(number) or Fraction(0) for number in everybody.tolist()]


def _largest_first(values: Sequence[Sequence[Fraction]]) -> Ids:
    """Places by the size of the difference; of equal ones the lower identifier first. For lists only."""
    moved = np.array([float(later - earlier) for earlier, later in zip(*values, strict=True)])
    return np.argsort(-np.abs(moved), kind="stable")


def _weight(indicator: str) -> str:
    """The total that weighs the completeness of an indicator: its own, for an intensity that of its numerator."""
    definition = home_catalog().indicator(indicator)
    if definition.shape == "sum":
        return indicator
    return "water_total_m3" if definition.numerator == "water" else "energy_total_tce"


def _weighted(sides: Sequence[_Side], weight: str) -> Fraction | None:
    """Completeness of the later period, each institution weighted by its value of the earlier one."""
    owing = [(number, row) for number, row in sides[1].due.items() if row.in_scope and row.expected]
    had = dict(zip(sides[0].ids.tolist(), sides[0].values(weight), strict=True))
    return weighted_periods(
        [row.present for _, row in owing],
        [row.expected for _, row in owing],
        [had.get(number) or Fraction(0) for number, _ in owing],
    )
