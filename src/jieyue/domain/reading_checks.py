"""What is looked at after the uses are there: flat lines, peaks, balance of a parent with its children, sums.

None of these changes a use: a step becomes `suspect` and keeps its number; a balance that does not close is a finding.
"""

from dataclasses import dataclass

import numpy as np

from jieyue.domain.reading_curve import Curve
from jieyue.domain.reading_steps import Steps
from jieyue.domain.readings import DAY, Bools, Calendar, Ints, Quality, Rules, Series, Work, WorkItem


def flat(steps: Steps, curve: Curve, series: Series, rules: Rules, grid: int) -> list[WorkItem]:
    """A register that has not moved for longer than is usual: stuck or unused, not "0, verified".

    Usual is `flat_after` of the series, or twice the longest stand of the 28 days before, whichever is longer.
    """
    moved = np.ones(len(curve.ts), dtype=bool)
    moved[1:] = (np.diff(curve.at) != 0) | (curve.part[1:] != curve.part[:-1])
    marks = np.flatnonzero(moved)
    if len(marks) == len(moved) or not rules.on("flat"):
        return []
    ends = np.append(marks[1:], len(moved)) - 1
    stood = curve.ts[ends] - curve.ts[marks]
    owner = curve.series[marks]
    found: list[WorkItem] = []
    for n in np.flatnonzero(stood > series.flat_after[owner]).tolist():
        since = curve.ts[marks[n]] - rules.before * DAY
        earlier = (owner == owner[n]) & (curve.ts[ends] < curve.ts[marks[n]]) & (curve.ts[marks] >= since)
        usual = max(int(series.flat_after[owner[n]]), 2 * int(stood[earlier].max(initial=0)))
        if stood[n] <= usual:
            continue
        begin, end = int(curve.ts[marks[n]]), int(curve.ts[ends[n]])
        _suspect(steps, int(owner[n]), begin // grid, -(-end // grid))
        found.append(WorkItem(int(owner[n]), Work.FLAT, begin, end))
    return found


def _suspect(steps: Steps, series: int, first: int, end: int) -> None:
    numbers = np.arange(first, end)
    places = steps.place(np.full(len(numbers), series), numbers)
    places = places[places >= 0]
    known = np.isin(steps.quality[places], (Quality.MEASURED, Quality.CALCULATED))
    steps.quality[places[known]] = Quality.SUSPECT


def peaks(steps: Steps, rules: Rules, calendar: Calendar, grid: int) -> None:
    """A day's highest step that is far above the third highest, and above the same hour of like days: suspect.

    Compared as in the interval section of the Californian VEE rules (highest with third highest of a day); the
    thresholds are this product's.
    """
    if not rules.on("peak") or not len(steps.use):
        return
    sound = (steps.quality == Quality.MEASURED) | (steps.quality == Quality.CALCULATED)
    number = np.arange(len(steps.use)) - np.repeat(steps.start - steps.first, steps.count)
    day = calendar.day(number * grid)
    owner = np.repeat(np.arange(len(steps.owner)), steps.count)
    head = np.ones(len(day), dtype=bool)
    head[1:] = (day[1:] != day[:-1]) | (owner[1:] != owner[:-1])
    starts = np.flatnonzero(head)
    use = np.where(sound, steps.use, -1)
    high = np.maximum.reduceat(use, starts)
    third, top = _third(use, starts, head, high)
    for place in top[(high > rules.peak * third) & (third > 0)].tolist():
        if _is_strange(steps, sound, int(owner[place]), place, (rules, calendar, grid, int(number[place]))):
            steps.quality[place] = Quality.SUSPECT


def _third(use: Ints, starts: Ints, head: Bools, high: Ints) -> tuple[Ints, Ints]:
    """The third highest of each day (-1 if there is none), and the place of its highest."""
    rest, group = use.copy(), np.cumsum(head) - 1
    top = _first_at(rest, high, group)
    rest[top] = -1
    rest[_first_at(rest, np.maximum.reduceat(rest, starts), group)] = -1
    return np.maximum.reduceat(rest, starts), top


def _first_at(use: Ints, high: Ints, group: Ints) -> Ints:
    """Of each group the first place that has its highest value."""
    places = np.flatnonzero(use == high[group])
    _groups, first = np.unique(group[places], return_index=True)
    return places[first]


def _is_strange(
    steps: Steps, sound: Bools, row: int, place: int, how: tuple[Rules, Calendar, int, int]
) -> bool:
    """Whether a step lies far above the same hour of like days; with too few of them nothing is said."""
    rules, calendar, grid, number = how
    away = np.array([*range(-rules.before, 0), *range(1, rules.after + 1)])
    others = number + away * (DAY // grid)
    places = steps.place(np.full(len(others), steps.owner[row]), others)
    own = calendar.is_free(calendar.day(np.array([number * grid])))[0]
    like = (places >= 0) & (calendar.is_free(calendar.day(others * grid)) == own)
    like[like] = sound[places[like]]
    uses = steps.use[places[like]].astype(np.float64)
    if len(uses) < rules.like_days:
        return False
    middle = float(np.median(uses))
    spread = 1.4826 * float(np.median(np.abs(uses - middle)))
    return float(steps.use[place]) > middle + rules.deviations * max(spread, 0.1 * middle)


@dataclass(frozen=True)
class Balance:
    """Of each step: parent − Σ children (negative kept), where all of them are known; and whether it is a finding."""

    unmetered: Ints
    known: Bools
    wrong: Bools


def balance(parent: Ints, children: Ints, known: Bools, *, tolerance: float = 0.05) -> Balance:
    """unmetered = parent − Σ children for each step.

    parent: T; children: C × T, both ten-thousandths; known: (C + 1) × T, the parent first. A step is wrong where the
    children use more than the parent by more than `tolerance` of it: wrong ratio, or a tree that is not so.

    >>> import numpy as np
    >>> found = balance(np.array([100, 100]), np.array([[40, 60], [50, 60]]), np.ones((3, 2), dtype=bool))
    >>> found.unmetered.tolist(), found.wrong.tolist()
    ([10, -20], [False, True])
    """
    every: Bools = np.logical_and.reduce(known)
    rest = np.where(every, parent - children.sum(axis=0), 0)
    wrong: Bools = np.logical_and(every, rest < -tolerance * np.abs(parent))
    return Balance(rest, every, wrong)


def sums_agree(uses: int, begin: int, end: int, *, digit: int) -> bool:
    """Sum check: the uses of a stretch against the difference of its register, by a last digit at most.

    >>> sums_agree(1000, 5000, 6000, digit=100), sums_agree(800, 5000, 6000, digit=100)
    (True, False)
    """
    return abs(uses - (end - begin)) <= digit
