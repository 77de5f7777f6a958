"""Change between two periods, split over institutions so that the parts sum exactly to the whole.

Missing data never looks like saving: an institution that reported in one period only is an effect of its own
and stays out of the like-for-like change 可比变化.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from math import lcm

import numpy as np
import numpy.typing as npt

from jieyue.domain.errors import DomainError
from jieyue.domain.quantity import BoolArray, Int64Array, exact_sum

StateArray = npt.NDArray[np.uint8]
Amount = int | Fraction


class ChangeError(DomainError):
    """Arrays of different lengths (`shape`) or a state that is none (`state`)."""


class Presence(IntEnum):
    """What an institution is in one of the two periods, within the scope that is compared.

    NOT_IN_BEING: not founded yet, or closed. OUT_OF_SCOPE: in being, but outside the scope (boundaries moved).
    MISSING: in being and in scope, no complete value. PRESENT: reported, in being throughout.
    PARTIAL: reported, but in being for part of the period only (founded or closed within it).
    """

    NOT_IN_BEING = 0
    OUT_OF_SCOPE = 1
    MISSING = 2
    PRESENT = 3
    PARTIAL = 4


class Effect(IntEnum):
    """The bars of a change, in the order in which they are shown."""

    LIKE_FOR_LIKE = 0
    ENTRIES = 1
    EXITS = 2
    MISSING = 3
    APPEARED = 4
    MOVED_IN = 5
    MOVED_OUT = 6
    NONE = 7


_REPORTED = (Presence.PRESENT, Presence.PARTIAL)


def _effect(then: Presence, now: Presence) -> Effect:
    """Return the effect that the difference of an institution belongs to, by its state then and now."""
    if then in _REPORTED and now in _REPORTED:
        if then is Presence.PARTIAL:
            return Effect.ENTRIES  # founded then: growing to a whole period is no growth of use
        return Effect.EXITS if now is Presence.PARTIAL else Effect.LIKE_FOR_LIKE
    if now in _REPORTED:
        return {
            Presence.NOT_IN_BEING: Effect.ENTRIES,
            Presence.OUT_OF_SCOPE: Effect.MOVED_IN,
        }.get(then, Effect.APPEARED)
    if then in _REPORTED:
        return {
            Presence.NOT_IN_BEING: Effect.EXITS,
            Presence.OUT_OF_SCOPE: Effect.MOVED_OUT,
        }.get(now, Effect.MISSING)
    return Effect.NONE


_EFFECT = np.array([[_effect(then, now) for now in Presence] for then in Presence], dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Relative:
    """A relative change [1; × 100 = %], or None and the reason why there is none.

    Reasons: `no_base` 无可比基数, nobody reported then or their sum is not above zero; `no_current` 本期缺数,
    nobody has reported now although some still owe a return.
    """

    value: Fraction | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeSplit:
    """A change and its effects, in the unit of the values (ten-thousandths in, ten-thousandths out; fractions in,
    fractions out).

    `then`, `now`: sums over those who reported. `effects` and `counts`: for each Effect its part of the change
    and the number of institutions in it; the effects sum to now − then exactly. `like_for_like_base`: the sum
    of then over the institutions of the like-for-like change.
    """

    then: Amount
    now: Amount
    effects: Mapping[Effect, Amount]
    counts: Mapping[Effect, int]
    like_for_like_base: Amount
    reported_then: int
    reported_now: int

    @property
    def total(self) -> Amount:
        """The change as reported: now − then."""
        return self.now - self.then

    @property
    def like_for_like(self) -> Amount:
        """The change of the institutions that reported whole periods on both sides."""
        return self.effects[Effect.LIKE_FOR_LIKE]

    @property
    def moved(self) -> Amount:
        """What boundaries brought in, less what they took out."""
        return self.effects[Effect.MOVED_IN] + self.effects[Effect.MOVED_OUT]

    @property
    def relative(self) -> Relative:
        """The change as reported ÷ then."""
        if not self.reported_now and self.counts[Effect.MISSING]:
            return Relative(None, "no_current")
        return relative_change(self.then, self.total) if self.reported_then else Relative(None, "no_base")

    @property
    def like_for_like_relative(self) -> Relative:
        """The like-for-like change ÷ what the same institutions had then."""
        return relative_change(self.like_for_like_base, self.like_for_like)


def relative_of(then: Fraction | None, now: Fraction | None) -> Relative:
    """The relative change of two figures of which either may be missing.

    >>> relative_of(Fraction(200), Fraction(193)).value, relative_of(Fraction(200), None).reason
    (Fraction(-7, 200), 'no_current')
    >>> relative_of(None, Fraction(5)).reason
    'no_base'
    """
    if then is None:
        return Relative(None, "no_base")
    return Relative(None, "no_current") if now is None else relative_change(then, now - then)


def relative_change(base: Amount, change: Amount) -> Relative:
    """Return change ÷ base, exactly; a base of zero or below gives no relative change.

    >>> relative_change(200, -7), relative_change(0, 5)
    (Relative(value=Fraction(-7, 200), reason=None), Relative(value=None, reason='no_base'))
    """
    return Relative(Fraction(change) / base) if base > 0 else Relative(None, "no_base")


def presence(
    *, reported: BoolArray, days: Int64Array, days_of_period: int, in_scope: BoolArray
) -> StateArray:
    """Return the state of each institution in one period; arrays of one length, one entry an institution.

    `reported`: has a complete approved value; `days`: days in being within the period (`domain/tree.py`);
    `days_of_period`: days of the period; `in_scope`: belongs to the scope on the boundary date of that side.

    >>> presence(
    ...     reported=np.array([True, False, True]),
    ...     days=np.array([365, 365, 184], dtype=np.int64),
    ...     days_of_period=365,
    ...     in_scope=np.array([True, True, True]),
    ... ).tolist()
    [3, 2, 4]
    """
    whole = np.where(days < days_of_period, np.uint8(Presence.PARTIAL), np.uint8(Presence.PRESENT))
    states = np.where(reported, whole, np.uint8(Presence.MISSING))
    states = np.where(in_scope, states, np.uint8(Presence.OUT_OF_SCOPE))
    return np.where(days > 0, states, np.uint8(Presence.NOT_IN_BEING)).astype(np.uint8)


def split_change(
    then: Int64Array, now: Int64Array, *, then_state: StateArray, now_state: StateArray
) -> ChangeSplit:
    """Split the change of a sum over institutions into effects that sum to it exactly.

    `then`, `now`: values of one unit [ten-thousandths], one entry an institution, in the same order; ignored
    where the state is neither PRESENT nor PARTIAL. `then_state`, `now_state`: Presence codes.
    Formula: each institution's v(now) − v(then), v = 0 where not reported, falls wholly to one effect:

    - reported whole periods on both sides → like for like;
    - reported now, not in being then → entries; founded within the period then → entries;
    - reported then, not in being now → exits; closed within the period now → exits;
    - reported then, missing now → missing; missing then, reported now → appeared;
    - out of scope then → moved in; out of scope now → moved out.

    Raises ChangeError (`shape`, `state`).

    >>> split = split_change(
    ...     np.array([100, 50, 0], dtype=np.int64), np.array([90, 0, 30], dtype=np.int64),
    ...     then_state=np.array([3, 3, 0], dtype=np.uint8), now_state=np.array([3, 2, 3], dtype=np.uint8))
    >>> split.total, split.like_for_like, split.effects[Effect.MISSING], split.effects[Effect.ENTRIES]
    (-30, -10, -50, 30)
    >>> split.like_for_like_relative.value
    Fraction(-1, 10)
    """
    _check(then, now, then_state, now_state)
    effect_of = effects_of(then_state, now_state)
    then_reported = np.isin(then_state, _REPORTED)
    now_reported = np.isin(now_state, _REPORTED)
    effects: dict[Effect, Amount] = {}
    counts: dict[Effect, int] = {}
    base = 0
    for effect in Effect:
        members = effect_of == effect
        part = exact_sum(then[members & then_reported])
        base = part if effect is Effect.LIKE_FOR_LIKE else base
        effects[effect] = exact_sum(now[members & now_reported]) - part
        counts[effect] = int(members.sum())
    return ChangeSplit(
        then=exact_sum(then[then_reported]),
        now=exact_sum(now[now_reported]),
        effects=effects,
        counts=counts,
        like_for_like_base=base,
        reported_then=int(then_reported.sum()),
        reported_now=int(now_reported.sum()),
    )


def effects_of(then_state: StateArray, now_state: StateArray) -> StateArray:
    """Return the effect of each institution by its states then and now; see `split_change`.

    >>> effects_of(np.array([3, 3, 0], dtype=np.uint8), np.array([3, 2, 3], dtype=np.uint8)).tolist()
    [0, 3, 1]
    """
    found: StateArray = _EFFECT[then_state, now_state]
    return found


def split_exact(
    then: Sequence[Fraction], now: Sequence[Fraction], *, then_state: StateArray, now_state: StateArray
) -> ChangeSplit:
    """`split_change` for values that are fractions, as standard coal and CO2 of single institutions are.

    >>> split_exact([Fraction(1, 3)], [Fraction(1, 2)], then_state=np.array([3], dtype=np.uint8),
    ...             now_state=np.array([3], dtype=np.uint8)).like_for_like
    Fraction(1, 6)
    """
    effect_of = effects_of(then_state, now_state)
    before, then_den = _reported(then, then_state)
    after, now_den = _reported(now, now_state)
    effects: dict[Effect, Amount] = {}
    counts: dict[Effect, int] = {}
    base = Fraction(0)
    for effect in Effect:
        members = effect_of == effect
        part = Fraction(int(before[members].sum()), then_den)
        base = part if effect is Effect.LIKE_FOR_LIKE else base
        effects[effect] = Fraction(int(after[members].sum()), now_den) - part
        counts[effect] = int(members.sum())
    return ChangeSplit(
        then=Fraction(int(before.sum()), then_den),
        now=Fraction(int(after.sum()), now_den),
        effects=effects,
        counts=counts,
        like_for_like_base=base,
        reported_then=int(np.isin(then_state, _REPORTED).sum()),
        reported_now=int(np.isin(now_state, _REPORTED).sum()),
    )


def _reported(values: Sequence[Fraction], state: StateArray) -> tuple[npt.NDArray[np.object_], int]:
    """The values over one denominator, zero where not reported: integers add up much quicker than fractions."""
    den = lcm(*{value.denominator for value in values})
    column = np.empty(len(values), dtype=object)
    column[:] = [value.numerator * (den // value.denominator) for value in values]
    return np.where(np.isin(state, _REPORTED), column, 0), den


def _check(then: Int64Array, now: Int64Array, then_state: StateArray, now_state: StateArray) -> None:
    if then.ndim != 1 or len({array.shape for array in (then, now, then_state, now_state)}) != 1:
        raise ChangeError(
            "shape",
            zh="两期的数值与状态应各有一列，且机构相同、次序相同",
            en="values and states of both periods need one column each, the same institutions in the same order",
        )
    highest = max(Presence)
    if any(array.dtype != np.uint8 or bool((array > highest).any()) for array in (then_state, now_state)):
        raise ChangeError(
            "state",
            zh=f"机构状态应为 uint8 的 0 至 {highest}",
            en=f"a state must be a uint8 from 0 to {highest}",
        )
