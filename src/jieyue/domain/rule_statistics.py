"""Review rules that need more than one return: scale mix-ups, copies, moves and peers that stand out.

Arrays are institutions × periods (or n returns), int64 ten-thousandths with a mask of what is known. Medians and
deviations are float64: they decide what a person is asked about, never a figure. Robust location is the median,
robust spread the median absolute deviation × 1.4826 (its ratio to the standard deviation of a normal distribution).
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
MAD_TO_SIGMA: Final = 1.4826


def logs(values: Ints, known: Bools) -> Floats:
    """Natural logarithms where a value is known and positive, NaN elsewhere."""
    usable = known & (values > 0)
    return np.where(usable, np.log(np.where(usable, values, 1).astype(np.float64)), np.nan)


def own_level(series: Floats) -> Floats:
    """The median of each institution's other periods, for every period (institutions × periods, of logs).

    Leaving the period itself out keeps a single wrong one from moving its own yardstick.
    """
    if len(series) == 1:
        return np.array([_level_of_one(series[0].tolist())])
    order = np.argsort(series, axis=1)  # what is missing comes last
    ordered = np.take_along_axis(series, order, axis=1)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(series.shape[1]), series.shape), axis=1)
    there = np.isfinite(series)
    others = there.sum(axis=1, keepdims=True) - there

    def without(place: NDArray[np.int64]) -> Floats:
        """The value at a place of the ordered others."""
        shifted = np.clip(place + (there & (place >= rank)), 0, series.shape[1] - 1)
        found: Floats = np.take_along_axis(ordered, shifted, axis=1)
        return found

    low, high = without((others - 1) // 2), without(others // 2)
    level: Floats = np.where(others > 0, (low + high) / 2, np.nan)
    return level


def _level_of_one(series: list[float]) -> list[float]:
    """The same for one institution, whose two dozen numbers are fewer than what a pass over arrays costs."""
    ordered = sorted(value for value in series if value == value)
    others = len(ordered) - 1
    usual = _middle(ordered)
    levels = []
    for value in series:
        if value != value:
            levels.append(usual)
        elif others:
            place = bisect_left(ordered, value)
            levels.append(_middle(ordered[:place] + ordered[place + 1 :]))
        else:
            levels.append(nan)
    return levels


def _middle(ordered: list[float]) -> float:
    count = len(ordered)
    return (ordered[(count - 1) // 2] + ordered[count // 2]) / 2 if count else nan


def scale_mixups(
    series: Floats, factors: Sequence[int], *, tolerance: float, least: int, season: int = 0
) -> NDArray[np.int64]:
    """The factor by which a value seems to stand in another unit: 1000 = too large by it, −1000 = too small, 0 = none.

    A value is suspected where it differs from the institution's own level by a factor within `tolerance` (of its
    logarithm, base 10) of one of `factors`. `least`: other periods needed before anything is said. `season`: periods
    a year; the same period of the year before is a yardstick too (a school's summer is far from its median), where
    the value is at least half the factor off the level as well.

    >>> monthly = logs(np.array([[50, 52, 48, 51_000, 49]]), np.ones((1, 5), dtype=bool))
    >>> scale_mixups(monthly, (1000, 10_000), tolerance=0.25, least=3).tolist()
    [[0, 0, 0, 1000, 0]]
    """
    counted = np.isfinite(series).sum(axis=1, keepdims=True) - np.isfinite(series)
    off = (series - own_level(series)) / np.log(10)
    since = np.full(series.shape, np.nan)
    if season and season < series.shape[1]:
        since[:, season:] = (series[:, season:] - series[:, :-season]) / np.log(10)
    found = np.zeros(series.shape, dtype=np.int64)
    with np.errstate(invalid="ignore"):
        for factor in factors:
            for sign in (1, -1):
                step = sign * np.log10(factor)
                near = np.abs(off - step) <= tolerance
                near |= (np.abs(since - step) <= tolerance) & (sign * off > np.log10(factor) / 2)
                found[near & (counted >= least)] = sign * factor
    return found


def copied_periods(
    values: Ints, known: Bools, *, least: int, judged: Sequence[int] | None = None
) -> NDArray[np.int64]:
    """For each return, the earlier period of the same institution whose flows are all the same; −1 where none is.

    values: institutions × periods × items. Only items that are known and not zero in both count, `least` of them at
    least, and every known item must be equal. judged: periods asked about (default all).

    >>> v = np.array([[[5, 7], [6, 7], [5, 7]]]); copied_periods(v, v > 0, least=2).tolist()
    [[-1, -1, 0]]
    """
    source = np.full(values.shape[:2], -1, dtype=np.int64)
    mark, counted = _marks(values, known), (known & (values != 0)).sum(axis=-1)
    for later in range(values.shape[1]) if judged is None else judged:
        alike = mark[:, :later] == mark[:, later, None]
        for earlier in np.flatnonzero(alike.any(axis=0)).tolist():
            rows = np.flatnonzero(alike[:, earlier] & (source[:, later] < 0))
            same = _same(values[rows, later], known[rows, later], values[rows, earlier], known[rows, earlier])
            source[rows[same & (counted[rows, later] >= least)], later] = earlier
    return source


def _marks(values: Ints, known: Bools) -> NDArray[np.uint64]:
    """A number for each return (last axis: items) that is the same where the returns are; who shares it is compared."""
    chance = _chance(values.shape[-1])
    held = np.where(known, values, 0).astype(np.uint64)
    total: NDArray[np.uint64] = (held * chance[0] + known.astype(np.uint64) * chance[1]).sum(
        axis=-1, dtype=np.uint64
    )
    return total


@lru_cache(maxsize=64)
def _chance(items: int) -> NDArray[np.uint64]:
    """Odd numbers to multiply items by."""
    drawn = np.random.default_rng(0).integers(1, 2**63, size=(2, items), dtype=np.uint64) | np.uint64(1)
    drawn.flags.writeable = False
    return drawn


def _same(values: Ints, known: Bools, others: Ints, also: Bools) -> Bools:
    equal: Bools = ((known == also) & (~known | (values == others))).all(axis=-1)
    return equal


def copied_institutions(values: Ints, known: Bools, *, least: int) -> NDArray[np.int64]:
    """For each return of one period, another institution's with the very same flows; −1 where there is none.

    values: institutions × items. Of several that are the same, the first is named, and for the first the second.

    >>> v = np.array([[5, 7], [6, 7], [5, 7]]); copied_institutions(v, v > 0, least=2).tolist()
    [2, -1, 0]
    """
    source = np.full(len(values), -1, dtype=np.int64)
    counted = np.flatnonzero((known & (values != 0)).sum(axis=1) >= least)
    if not len(counted):
        return source
    _, group, size = np.unique(_marks(values, known)[counted], return_inverse=True, return_counts=True)
    groups: dict[int, list[int]] = {}
    shared = np.flatnonzero(size[group] > 1)
    for place, member in zip(counted[shared].tolist(), group[shared].tolist(), strict=True):
        groups.setdefault(member, []).append(place)
    for first, *rest in groups.values():
        alike = [
            place for place in rest if bool(_same(values[place], known[place], values[first], known[first]))
        ]
        source[alike] = first
        if alike:
            source[first] = alike[0]
    return source


def standing_out(logged: Floats, groups: NDArray[np.int64], *, least: int) -> Floats:
    """How many robust deviations each log value stands from the median of its group; NaN in groups below `least`.

    >>> score = standing_out(np.log(np.array([10.0, 11, 9, 10, 90])), np.zeros(5, dtype=np.int64), least=5)
    >>> bool(score[4] > 10 > np.abs(score[:4]).max())
    True
    """
    score = np.full(len(logged), np.nan)
    for group in np.unique(groups):
        inside = (groups == group) & np.isfinite(logged)
        if inside.sum() < least:
            continue
        values = logged[inside]
        middle = np.median(values)
        spread = MAD_TO_SIGMA * np.median(np.abs(values - middle))
        score[inside] = (values - middle) / spread if spread > 0 else np.where(values == middle, 0.0, np.inf)
    return score


def moved(now: Floats, before: Floats, groups: NDArray[np.int64], *, least: int) -> Floats:
    """Each institution's change of a log value net of the median change of its group (NaN where one is missing).

    A cold month or a holiday moves everybody: only what is left is the institution's own. Groups below `least`
    have no common movement and are left as they are.
    """
    change = now - before
    for group in np.unique(groups):
        inside = (groups == group) & np.isfinite(change)
        if inside.sum() >= least:
            change[inside] -= np.median(change[inside])
    return change


def price_limits(
    price: Floats,
    local: tuple[float, float] | None,
    default: tuple[float, float],
    *,
    share: float,
    least: int,
) -> tuple[Floats, Floats]:
    """(low, high) for each price of institutions × periods: the local list, else own median ± share, else default.

    price: NaN where there is none. `least`: own prices needed in other periods.
    """
    shape = price.shape
    if local is not None:
        return np.full(shape, local[0]), np.full(shape, local[1])
    level = np.exp(own_level(np.log(np.where(price > 0, price, np.nan))))
    counted = np.isfinite(price).sum(axis=1, keepdims=True) - np.isfinite(price)
    own = np.isfinite(level) & (counted >= least)
    low = np.where(own, level * (1 - share), default[0])
    return low, np.where(own, level * (1 + share), default[1])
