"""Uses of steps from the edges of the curve: dense, with how each is known; gaps spread by like days.

The use over a gap is known, its distribution is not: the total stays exact and goes to the steps in proportion to the
same hours of like days (workdays by workdays, free days by free days) from 28 days before to 2 after, else evenly.
The last share takes the remainder. A gap across a break of the curve stays missing. At a border (calendar.borders) a
gap is parted first, in a straight line, and each part is spread by itself: so who looks at one side books what is its.
"""

from dataclasses import dataclass

import numpy as np

from jieyue.domain.reading_curve import Curve, Edges, divided
from jieyue.domain.readings import (
    DAY,
    LARGEST,
    Bools,
    Bytes,
    Calendar,
    Intervals,
    Ints,
    Method,
    Quality,
    Rules,
    Series,
)


@dataclass
class Steps:
    """Dense steps: of series `owner[k]` from place `start[k]` on, its first step number, how many."""

    owner: Ints
    start: Ints
    first: Ints
    count: Ints
    use: Ints
    quality: Bytes
    method: Bytes

    def intervals(self, grid: int) -> Intervals:
        """As they leave."""
        number = np.arange(len(self.use)) - np.repeat(self.start - self.first, self.count)
        return Intervals(
            np.repeat(self.owner, self.count), number * grid, self.use, self.quality, self.method
        )

    def place(self, series: Ints, step: Ints) -> Ints:
        """Places of steps; of one that is not there, -1."""
        row = np.minimum(np.searchsorted(self.owner, series), len(self.owner) - 1)
        within = step - self.first[row]
        there = (self.owner[row] == series) & (within >= 0) & (within < self.count[row])
        return np.where(there, self.start[row] + within, -1)


def steps_of(curve: Curve, edges: Edges) -> Steps:
    """The uses between neighbouring edges, before gaps are looked at."""
    first, count = edges.first, edges.last - edges.first
    start = np.cumsum(count) - count
    total = int(count.sum())
    part = curve.part[edges.after]
    within = part[1:] == part[:-1]
    use = np.diff(edges.value)
    direct = edges.exact[1:] & edges.exact[:-1]
    whole = total == int(within.sum())
    if whole:  # every step lies between two edges of one part
        known = within
        return Steps(
            edges.owner, start, first, count, use[known],
            np.where(direct[known], Quality.MEASURED, Quality.CALCULATED).astype(np.uint8),
            np.where(direct[known], Method.DIFFERENCE, Method.INTERPOLATED).astype(np.uint8),
        )  # fmt: skip
    steps = Steps(
        edges.owner, start, first, count,
        np.zeros(total, dtype=np.int64), np.zeros(total, dtype=np.uint8), np.zeros(total, dtype=np.uint8),
    )  # fmt: skip
    left = np.flatnonzero(within)
    row = np.searchsorted(edges.owner, edges.series[left])
    places = (start - first)[row] + edges.step[left]
    steps.use[places] = use[left]
    steps.quality[places] = np.where(direct[left], Quality.MEASURED, Quality.CALCULATED)
    steps.method[places] = np.where(direct[left], Method.DIFFERENCE, Method.INTERPOLATED)
    return steps


def fill(steps: Steps, curve: Curve, series: Series, rules: Rules, calendar: Calendar, grid: int) -> None:
    """Spread what was used over gaps; the steps of each are estimated, and say by which method."""
    most = np.floor(rules.gap * series.step).astype(np.int64)  # whole seconds are compared
    alike = len(most) and bool((most == most[0]).all())
    wide = np.flatnonzero(np.diff(curve.ts) > (most[0] if alike else most[curve.series[1:]]))
    gaps = wide[curve.part[wide + 1] == curve.part[wide]]
    if not len(gaps) or not len(steps.use):
        return
    parts = _parted(curve, gaps, calendar)
    pieces = _pieces(steps, curve, parts, grid)
    if not len(pieces.part):
        return
    steps.quality[pieces.place] = Quality.ESTIMATED
    steps.method[pieces.place] = Method.LINEAR
    if not rules.on("like_day"):
        return
    _spread(steps, curve, parts, pieces, _like_days(steps, pieces, rules, calendar, grid))


@dataclass(frozen=True)
class _Parts:
    """Gaps, parted at the borders: the reading before the gap, from when to when the part goes."""

    gap: Ints
    begin: Ints
    end: Ints


def _parted(curve: Curve, gaps: Ints, calendar: Calendar) -> _Parts:
    begin, end = curve.ts[gaps], curve.ts[gaps + 1]
    if not calendar.borders:
        return _Parts(gaps, begin, end)
    borders = np.array(calendar.borders, dtype=np.int64)
    first = np.searchsorted(borders, begin, side="right")
    count = np.searchsorted(borders, end, side="left") - first + 1
    number = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    place = np.repeat(first, count) + number
    return _Parts(
        np.repeat(gaps, count),
        np.where(number == 0, np.repeat(begin, count), borders[place - 1]),
        np.where(
            number == np.repeat(count, count) - 1,
            np.repeat(end, count),
            borders[np.minimum(place, len(borders) - 1)],
        ),
    )


@dataclass(frozen=True)
class _Pieces:
    """What of parts of gaps lies in one step each: which part, the step's place, from when to when."""

    part: Ints
    place: Ints
    step: Ints
    series: Ints
    begin: Ints
    end: Ints


def _pieces(steps: Steps, curve: Curve, parts: _Parts, grid: int) -> _Pieces:
    low, high = int(steps.first.min()), int((steps.first + steps.count).max()) - 1
    first, last = np.maximum(parts.begin // grid, low), np.minimum((parts.end - 1) // grid, high)
    count = np.maximum(last - first + 1, 0)
    part = np.repeat(np.arange(len(count)), count)
    step = first[part] + np.arange(len(part)) - (np.cumsum(count) - count)[part]
    owner = curve.series[parts.gap][part]
    place = steps.place(owner, step)
    there = place >= 0
    part, step, place, owner = part[there], step[there], place[there], owner[there]
    begin, end = np.maximum(parts.begin[part], step * grid), np.minimum(parts.end[part], (step + 1) * grid)
    return _Pieces(part, place, step, owner, begin, end)


def _like_days(
    steps: Steps, pieces: _Pieces, rules: Rules, calendar: Calendar, grid: int
) -> tuple[Ints, Bools]:
    """(Σ of the uses of the same hour of like days × their least common share, where enough of them are known)."""
    away = np.array([*range(-rules.before, 0), *range(1, rules.after + 1)], dtype=np.int64)
    step = pieces.step + (away * (DAY // grid))[:, None]
    place = steps.place(pieces.series, step)
    own = calendar.is_free(calendar.day(pieces.step * grid))
    good = (place >= 0) & (calendar.is_free(calendar.day(step * grid)) == own)
    quality = steps.quality[place]
    good &= (quality == Quality.MEASURED) | (quality == Quality.CALCULATED)
    total = np.where(good, np.maximum(steps.use[place], 0), 0).sum(axis=0)
    found = good.sum(axis=0)
    enough = found >= rules.like_days
    return np.where(enough, total * 840 // np.maximum(found, 1), 0), enough


def _spread(steps: Steps, curve: Curve, parts: _Parts, pieces: _Pieces, like: tuple[Ints, Bools]) -> None:
    """Give the steps of each part of a gap their shares by weight, rounded as one curve; evenly where a step's is not
    known.

    What lies outside of the gap in its first and last step stays.
    """
    weight, known = like
    heads = np.flatnonzero(np.diff(pieces.part, prepend=-1))
    count = np.diff(np.append(heads, len(pieces.part)))
    part = pieces.part[heads]
    shares = _times(weight, pieces.end - pieces.begin, len(weight))
    sums = np.add.reduceat(shares, heads)
    whole = (pieces.begin[heads] == parts.begin[part]) & (pieces.end[heads + count - 1] == parts.end[part])
    given = np.logical_and.reduceat(known, heads) & whole & (sums != 0)
    own = np.repeat(given, count)
    if not own.any():
        return
    row = np.repeat(np.flatnonzero(given), count[given])
    first = np.cumsum(count[given]) - count[given]
    left = _straight(curve, parts, part, parts.begin[part])[row]
    total = _straight(curve, parts, part, parts.end[part])[row] - left
    even = _straight(curve, parts, pieces.part[own], pieces.end[own]) - left
    passed = np.cumsum(shares[own])
    passed -= np.repeat(passed[first] - shares[own][first], count[given])
    more = _differences(divided(_times(passed, total), sums[row]) - even, first)
    np.add.at(steps.use, pieces.place[own], more)
    steps.method[pieces.place[own]] = Method.LIKE_DAY


def _straight(curve: Curve, parts: _Parts, part: Ints, ts: Ints) -> Ints:
    """What a gap has used up to an instant in it, in a straight line."""
    gap = parts.gap[part]
    rise = curve.at[gap + 1] - curve.at[gap]
    return divided(_times(rise, ts - curve.ts[gap]), curve.ts[gap + 1] - curve.ts[gap])


def _times(one: Ints, other: Ints, added: int = 1) -> Ints:
    """The products, of which so many are added up; Python's numbers where that would leave int64."""
    most = max(_largest(one), 1) * max(_largest(other), 1) * added
    return one * other if most <= LARGEST else one.astype(object) * other


def _largest(numbers: Ints) -> int:
    return max(int(numbers.max()), -int(numbers.min())) if len(numbers) else 0


def _differences(curve: Ints, heads: Ints) -> Ints:
    """What a curve rises by at each place, from 0 at each head."""
    found = np.diff(curve, prepend=0)
    found[heads] = curve[heads]
    return found.astype(np.int64)
