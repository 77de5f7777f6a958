"""Uses of steps from the edges of the curve: dense, with how each is known; gaps spread by like days.

The use over a gap is known, its distribution is not: the total stays exact and goes to the steps in proportion to the
same hours of like days (workdays by workdays, free days by free days) from 28 days before to 2 after, else evenly.
The last share takes the remainder. A gap across a break of the curve stays missing.
"""

from dataclasses import dataclass

import numpy as np

from jieyue.domain.reading_curve import Curve, Edges
from jieyue.domain.readings import (
    DAY,
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
    if not len(edges.step):
        none = np.zeros(0, dtype=np.int64)
        return Steps(none, none, none, none, none, none.astype(np.uint8), none.astype(np.uint8))
    head = np.ones(len(edges.series), dtype=bool)
    head[1:] = edges.series[1:] != edges.series[:-1]
    begins = np.flatnonzero(head)
    ends = np.append(begins[1:], len(head)) - 1
    first = edges.step[begins]
    count = edges.step[ends] - first
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
            edges.series[begins], start, first, count, use[known],
            np.where(direct[known], Quality.MEASURED, Quality.CALCULATED).astype(np.uint8),
            np.where(direct[known], Method.DIFFERENCE, Method.INTERPOLATED).astype(np.uint8),
        )  # fmt: skip
    steps = Steps(
        edges.series[begins], start, first, count,
        np.zeros(total, dtype=np.int64), np.zeros(total, dtype=np.uint8), np.zeros(total, dtype=np.uint8),
    )  # fmt: skip
    row = np.cumsum(head) - 1
    left = np.flatnonzero(within)
    places = (start - first)[row[left]] + edges.step[left]
    steps.use[places] = use[left]
    steps.quality[places] = np.where(direct[left], Quality.MEASURED, Quality.CALCULATED)
    steps.method[places] = np.where(direct[left], Method.DIFFERENCE, Method.INTERPOLATED)
    return steps


def fill(steps: Steps, curve: Curve, series: Series, rules: Rules, calendar: Calendar, grid: int) -> None:
    """Spread what was used over gaps; the steps of each are estimated, and say by which method."""
    wide = np.diff(curve.ts) > (rules.gap * series.step)[curve.series[1:]]
    gaps = np.flatnonzero(wide & (curve.part[1:] == curve.part[:-1]))
    if not len(gaps) or not len(steps.use):
        return
    pieces = _pieces(steps, curve, gaps, grid)
    if not len(pieces.gap):
        return
    steps.quality[pieces.place] = Quality.ESTIMATED
    steps.method[pieces.place] = Method.LINEAR
    if not rules.on("like_day"):
        return
    weight, known = _like_days(steps, pieces, rules, calendar, grid)
    _spread(steps, curve, gaps, pieces, weight, known)


@dataclass(frozen=True)
class _Pieces:
    """The parts of gaps that lie in one step each: which gap, the step's place, from when to when."""

    gap: Ints
    place: Ints
    step: Ints
    series: Ints
    begin: Ints
    end: Ints


def _pieces(steps: Steps, curve: Curve, gaps: Ints, grid: int) -> _Pieces:
    begin, end = curve.ts[gaps], curve.ts[gaps + 1]
    first, last = begin // grid, (end - 1) // grid
    count = last - first + 1
    gap = np.repeat(np.arange(len(gaps)), count)
    step = first[gap] + np.arange(len(gap)) - (np.cumsum(count) - count)[gap]
    owner = curve.series[gaps][gap]
    place = steps.place(owner, step)
    there = place >= 0
    gap, step, place, owner = gap[there], step[there], place[there], owner[there]
    return _Pieces(
        gap, place, step, owner, np.maximum(begin[gap], step * grid), np.minimum(end[gap], (step + 1) * grid)
    )


def _like_days(
    steps: Steps, pieces: _Pieces, rules: Rules, calendar: Calendar, grid: int
) -> tuple[Ints, Bools]:
    """(Σ of the uses of the same hour of like days × their least common share, where enough of them are known)."""
    per_day = DAY // grid
    own = calendar.is_free(calendar.day(pieces.step * grid))
    total = np.zeros(len(pieces.gap), dtype=np.int64)
    found = np.zeros(len(pieces.gap), dtype=np.int64)
    sound = (steps.quality == Quality.MEASURED) | (steps.quality == Quality.CALCULATED)
    for days in (*range(-rules.before, 0), *range(1, rules.after + 1)):
        step = pieces.step + days * per_day
        place = steps.place(pieces.series, step)
        good = (place >= 0) & (calendar.is_free(calendar.day(step * grid)) == own)
        good[good] = sound[place[good]]
        total[good] += np.maximum(steps.use[place[good]], 0)
        found += good
    enough = found >= rules.like_days
    return np.where(enough, total * 840 // np.maximum(found, 1), 0), enough


def _spread(steps: Steps, curve: Curve, gaps: Ints, pieces: _Pieces, weight: Ints, known: Bools) -> None:
    """Give the steps of each gap their shares by weight, rounded as one curve; evenly where a step's is not known."""
    heads = np.flatnonzero(np.diff(pieces.gap, prepend=-1))
    usable = np.logical_and.reduceat(known, heads)
    for head, tail, good in zip(heads, np.append(heads[1:], len(pieces.gap)), usable, strict=True):
        gap = gaps[pieces.gap[head]]
        begin, end = int(curve.ts[gap]), int(curve.ts[gap + 1])
        shares = [
            int(w) * int(b - a)
            for w, a, b in zip(weight[head:tail], pieces.begin[head:tail], pieces.end[head:tail], strict=True)
        ]
        whole = int(pieces.begin[head]) == begin and int(pieces.end[tail - 1]) == end
        if not good or not whole or sum(shares) == 0:
            continue
        _give(steps, pieces, range(head, tail), int(curve.at[gap + 1] - curve.at[gap]), shares, (begin, end))


def _give(
    steps: Steps, pieces: _Pieces, places: range, total: int, shares: list[int], span: tuple[int, int]
) -> None:
    """Replace the even spread of one gap by shares; what lies outside of it in its first and last step stays."""
    begin, end = span
    width, all_shares = end - begin, sum(shares)
    even = given = passed = 0
    for n, place in enumerate(places):
        passed += shares[n]
        upto = int(pieces.end[place]) - begin
        line, curve = _round(total * upto, width), _round(total * passed, all_shares)
        steps.use[pieces.place[place]] += (curve - given) - (line - even)
        steps.method[pieces.place[place]] = Method.LIKE_DAY
        even, given = line, curve


def _round(over: int, under: int) -> int:
    whole, rest = divmod(over, under)
    return whole + (2 * rest > under or (2 * rest == under and whole % 2 == 1))
