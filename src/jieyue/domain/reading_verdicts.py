"""Good and bad readings of a register: impossible values, spikes, dips, jitter, new rounds and new bases.

A curve is feasible if it never falls and never rises faster than the point can use. Where two neighbours are not, the
smallest set of readings goes whose removal makes it feasible, spikes before dips. If none does, and two later readings
follow the new base, the register began anew: by its span if the digits are on record, else the curve breaks there.
Rules 3, 4 and 7 of the metering guide (docs/explanation/readings.md). Everything that looks at single readings works on
the few places where neighbours contradict each other.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np

from jieyue.domain.readings import (
    HOUR,
    LARGEST,
    MOST_SHOWN,
    Bools,
    Bytes,
    Calendar,
    Floats,
    Ints,
    Registers,
    Rules,
    Series,
    Verdict,
    Work,
    WorkItem,
)

#: As whole numbers: looking a member up in its enumeration costs more than the comparison.
_GOOD = int(Verdict.GOOD)
#: A rate that is worked out another way may differ in its last bits.
_NEARLY = 1 - 1e-9


@dataclass
class Track:
    """The readings that count, ascending by series and instant, with their register.

    added: what a new round of the register adds before this reading (register units). broken: the curve does not go on
    from the reading before. joined: it goes on although another register begins: the change is on record.
    """

    series: Ints
    ts: Ints
    value: Ints
    register: Ints
    added: dict[int, int] = field(default_factory=dict)
    broken: set[int] = field(default_factory=set)
    joined: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Bounds:
    """The most use in an hour (ten-thousandths) of each day of a series, from which reading on it holds, and the
    highest that was read."""

    most: Floats
    starts: Ints
    peaks: Floats

    def of(self, places: Ints) -> Floats:
        """Of some readings."""
        found: Floats = self.most[np.searchsorted(self.starts, places, side="right") - 1]
        return found

    def at(self, index: int) -> float:
        """Of one reading."""
        return self._most[bisect_right(self._starts, index) - 1]

    @cached_property
    def _starts(self) -> list[int]:
        return list(self.starts.tolist())

    @cached_property
    def _most(self) -> list[float]:
        return list(self.most.tolist())


def bounds_of(track: Track, series: Series, registers: Registers, rules: Rules, calendar: Calendar) -> Bounds:
    """From the rating where it is on record, else from the median of the daily peaks around the day (days without use
    left out), never less than what a few last digits in one step make."""
    day = calendar.day(track.ts)
    head = np.ones(len(day), dtype=bool)
    head[1:] = (track.series[1:] != track.series[:-1]) | (day[1:] != day[:-1])
    starts = np.flatnonzero(head)
    peaks = _peaks(track, registers, starts)
    owner, days = track.series[starts], day[starts]
    rated = series.rated[owner]
    most = rules.bound * rated
    if np.isnan(rated).any():
        learned = rules.learned * _usual(peaks, owner, days, rules)
        most = np.where(np.isnan(rated), learned, most)
    ratio = registers.num / registers.den
    least = 20.0 * series.digit * HOUR / np.maximum(series.step, 1)
    top = np.zeros(len(series))
    np.maximum.at(top, registers.series, ratio)
    return Bounds(np.maximum(most, (least * top)[owner]), starts, peaks)


def _peaks(track: Track, registers: Registers, starts: Ints) -> Floats:
    """The highest use in an hour of each series and day; falls count as none."""
    rate = np.zeros(len(track.ts))
    rate[1:] = np.diff(track.value)
    rate *= float(HOUR)
    step = np.diff(track.ts)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate[1:] /= step
    rate[1:][(track.register[1:] != track.register[:-1]) | (step == 0)] = 0.0
    ratio = registers.num / registers.den
    if not bool((ratio == 1).all()):
        rate *= ratio[track.register]
    return np.maximum.reduceat(rate, starts) if len(starts) else rate


def _usual(peaks: Floats, owner: Ints, days: Ints, rules: Rules) -> Floats:
    """The median of a series' peaks above zero over the days before and after; infinite where there is none."""
    first, span = days.min() if len(days) else 0, int(days.max() - days.min()) + 1 if len(days) else 0
    rows, row = np.unique(owner, return_inverse=True)
    width = rules.before + rules.after + 1
    grid = np.full((len(rows), span + width - 1), np.inf)
    at = days - first + rules.before
    grid[row, at] = np.where(peaks > 0, peaks, np.inf)
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(grid, width, axis=1), axis=2)
    count = np.isfinite(windows).sum(axis=2)
    middle = np.take_along_axis(windows, np.maximum(count - 1, 0)[..., None] // 2, axis=2)[..., 0]
    usual: Floats = np.where(count > 0, middle, np.inf)[row, days - first]
    return usual


def impossible(track: Track, registers: Registers, series: Series) -> Bytes:
    """Verdicts of values that no register shows: listed as "no value", below zero, beyond its digits, or too large."""
    verdict = np.zeros(len(track.ts), dtype=np.uint8)
    verdict[track.value < 0] = Verdict.RANGE
    large = too_large(track, registers)
    if large is not None:
        verdict[large] = Verdict.RANGE
    if registers.span.any():
        span = registers.span[track.register]
        verdict[(span > 0) & (track.value >= span)] = Verdict.RANGE
    for values in {one for one in series.no_value if one}:
        members = np.array([one == values for one in series.no_value])
        verdict[members[track.series] & np.isin(track.value, list(values))] = Verdict.NO_VALUE
    return verdict


def too_large(track: Track, registers: Registers) -> Bools | None:
    """Which readings × multiplier nobody can have used, and nothing could add up; None: none of them."""
    if not len(track.value):
        return None
    num, den = registers.num.tolist(), registers.den.tolist()
    most = [min(MOST_SHOWN * below, LARGEST) // above for above, below in zip(num, den, strict=True)]
    size = np.abs(track.value)
    if int(size.max()) <= min(most):
        return None
    return size > np.array(most, dtype=np.int64)[track.register]


def large_items(track: Track, registers: Registers) -> list[WorkItem]:
    """The first and the last of the readings of each series that are too large: somebody has to look."""
    large = too_large(track, registers)
    if large is None:
        return []
    found: dict[int, WorkItem] = {}
    for place in np.flatnonzero(large).tolist():
        owner, ts = int(track.series[place]), int(track.ts[place])
        first = found[owner].start if owner in found else ts
        found[owner] = WorkItem(owner, Work.LARGE, first, ts + 1)
    return list(found.values())


def judge(
    track: Track, series: Series, registers: Registers, rules: Rules, calendar: Calendar
) -> tuple[Bytes, list[WorkItem]]:
    """Verdicts of the readings, and work items; `track` is told of rounds, breaks, and the true value of jitter."""
    bounds = bounds_of(track, series, registers, rules, calendar)
    verdict = np.zeros(len(track.ts), dtype=np.uint8)
    suspects = _contradictions(track, registers, bounds)
    if not len(suspects):
        return verdict, []
    judge_one = _Judge(track, series, registers, rules, bounds, verdict)
    for place in suspects.tolist():
        judge_one.look(place)
    return verdict, judge_one.work


def _contradictions(track: Track, registers: Registers, bounds: Bounds) -> Ints:
    """Places whose reading does not follow feasibly from the one before it, of the same register.

    A rise can only be too steep on a day whose highest is: the rises of the other days are not looked at.
    """
    falls = np.flatnonzero(track.value[1:] < track.value[:-1]) + 1
    steep = np.flatnonzero(bounds.peaks >= bounds.most * _NEARLY)
    ends = np.append(bounds.starts[1:], len(track.ts))
    looked = np.zeros(len(track.ts), dtype=bool)
    looked[falls] = True
    for begin, end in zip(bounds.starts[steep].tolist(), ends[steep].tolist(), strict=True):
        looked[begin:end] = True
    looked[:1] = False
    places = np.flatnonzero(looked)
    places = places[track.register[places] == track.register[places - 1]]
    rise = track.value[places] - track.value[places - 1]
    ratio = (registers.num * float(HOUR) / registers.den)[track.register[places]]
    wrong = rise < 0
    wrong |= rise * ratio > bounds.of(places) * (track.ts[places] - track.ts[places - 1])
    found: Ints = places[wrong]
    return found


class _Judge:
    """Looks at one contradiction after another, from left to right."""

    def __init__(
        self, track: Track, series: Series, registers: Registers, rules: Rules, bounds: Bounds, verdict: Bytes
    ) -> None:
        self.track, self.series, self.registers = track, series, registers
        self.rules, self.bounds, self.verdict = rules, bounds, verdict
        self.work: list[WorkItem] = []
        # single numbers of a column are read as Python's, which is several times quicker than through the array
        self._value, self._said = track.value.data, verdict.data
        self._ts, self._register = (np.ascontiguousarray(one).data for one in (track.ts, track.register))
        self._ratio: list[tuple[int, int]] = list(
            zip((registers.num * HOUR).tolist(), registers.den.tolist(), strict=True)
        )

    def look(self, place: int | None) -> None:
        """Resolve the contradiction between `place` and the reading before it, and what then stands beside it."""
        while place is not None:
            place = self._look(place)

    def _look(self, place: int) -> int | None:
        """The place to look at next: where a reading was set aside, the one after it."""
        if self._said[place] != _GOOD or place in self.track.broken or place in self.track.added:
            return None
        left = self._near(place - 1, -1, 2)
        if not left or self._follows(left[0], place):
            return None
        if self._jitter(left[0], place) or self._round(left[0], place) or self._stuck(left[0], place):
            return None
        if self._remove(left, self._near(place, 1, 2), range(1, 2)):  # as nearly always
            return None
        left = self._near(place - 1, -1, self.rules.longest + 1)
        right = self._near(place, 1, self.rules.longest + 3)
        if self._remove(left, right, range(2, self.rules.longest + 1)) or self._remove_end(left, right):
            return None
        self._new_base(left[0], right)
        return None if self._said[place] == _GOOD or len(right) < 2 else right[1]

    def _near(self, place: int, step: int, most: int) -> list[int]:
        """Readings that count from a place on, of the same register and with no break between, nearest first."""
        reach = 4 * (self.rules.longest + (3 if step > 0 else 1))  # of those near it some are set aside
        end = min(place + reach, len(self._said)) if step > 0 else max(place - reach, -1)
        broken, found = self.track.broken, []
        for n in range(place, end, step):
            if self._register[n] != self._register[place] or (step > 0 and n != place and n in broken):
                break
            if self._said[n] == _GOOD:
                found.append(n)
                if len(found) == most:
                    break
            if step < 0 and n in broken:
                break
        return found

    def _follows(self, left: int, right: int) -> bool:
        rise = self._value[right] - self._value[left]
        if self.track.added:
            rise += sum(more for place, more in self.track.added.items() if left < place <= right)
        return 0 <= rise and self._possible(rise, left, right)

    def _possible(self, rise: int, left: int, right: int) -> bool:
        """Whether the point can have used so much between two readings."""
        num, den = self._ratio[self._register[right]]
        use: float = rise * num / den
        most = max(self.bounds.at(left), self.bounds.at(right))
        return use <= most * (self._ts[right] - self._ts[left])

    def _jitter(self, left: int, right: int) -> bool:
        """A fall by a last digit or two: no use, until the register shows more than before."""
        value, digit = self.track.value, int(self.series.digit[self.track.series[left]])
        fall = int(value[left]) - int(value[right])
        if not self.rules.on("jitter") or not 0 < fall <= self.rules.jitter * digit:
            return False
        stands = int(value[left])
        for place in self._near(right, 1, self.rules.longest + 3):
            if not 0 < stands - int(value[place]) <= self.rules.jitter * digit:
                break
            value[place] = stands
        return True

    def _round(self, left: int, right: int) -> bool:
        """A full register that began its next round; never without its digits on record."""
        span = int(self.registers.span[self.track.register[right]])
        old, new = self._value[left], self._value[right]
        if not self.rules.on("rollover") or not span or new >= old or old <= self.rules.rollover * span:
            return False
        if not self._possible(span - old + new, left, right):
            return False
        self.track.added[right] = span
        return True

    def _stuck(self, left: int, right: int) -> bool:
        """A value that was repeated until the register was heard again: what it used meanwhile is known in total."""
        value = self._value[left]
        if not self.rules.on("stuck") or self._value[right] <= value:
            return False
        first = left
        while first and self._stands(first - 1, left, value):
            first -= 1
        if left - first < 2 or not self._follows(first, right):
            return False
        run = np.arange(first + 1, left + 1)
        self.verdict[run[self.verdict[run] == _GOOD]] = Verdict.STUCK
        self._tell(Work.FLAT, first, right)
        return True

    def _stands(self, place: int, left: int, value: int) -> bool:
        """Whether a reading belongs to the run of equal ones before `left`; what was set aside is passed over."""
        track = self.track
        together = track.register[place] == track.register[left] and place + 1 not in track.broken
        return bool(together and (track.value[place] == value or self._said[place] != _GOOD))

    def _remove(self, left: list[int], right: list[int], sizes: range) -> bool:
        """Take out the smallest set of these sizes that makes the rest feasible: spikes before dips."""
        falls = self._value[right[0]] < self._value[left[0]]
        upward, downward = (left, right) if falls else (right, left)
        for size in sizes:
            for side, rule, word in ((upward, "spike", Verdict.SPIKE), (downward, "dip", Verdict.DIP)):
                if self.rules.on(rule) and self._fits_without(side, size, left, right):
                    self.verdict[side[:size]] = word
                    return True
        return False

    def _fits_without(self, side: list[int], size: int, left: list[int], right: list[int]) -> bool:
        """Whether the readings beyond these follow each other."""
        if len(side) <= size or self._is_track(side[:size]):
            return False
        return self._follows(left[size], right[0]) if side is left else self._follows(left[0], right[size])

    def _remove_end(self, left: list[int], right: list[int]) -> bool:
        """A single reading before all others, or the last one or two: these wait for later ones to bear them out."""
        if self.rules.on("spike") and len(left) == 1 and len(right) > 1 and self._follows(right[0], right[1]):
            falls = self._value[right[0]] < self._value[left[0]]
            self.verdict[left[0]] = Verdict.SPIKE if falls else Verdict.DIP
            return True
        if self.rules.on("reset") and len(right) <= 2:
            self.verdict[right] = Verdict.UNCONFIRMED
            self._tell(Work.UNCONFIRMED, left[0], right[-1])
            return True
        return False

    def _is_track(self, places: list[int]) -> bool:
        """Whether three or more readings rise by themselves: a register of its own, not a fault."""
        own = sorted(places)
        if len(own) < 3:
            return False
        shown = [self._value[place] for place in own]
        rises = all(one < other for one, other in pairwise(shown))
        return rises and all(self._follows(*pair) for pair in pairwise(own))

    def _new_base(self, left: int, right: list[int]) -> None:
        """Two later readings on its track make a new base; else its first reading waits for them."""
        first, rest = right[0], right[1:]
        followers, last = 0, first
        for place in rest:
            if self._follows(last, place):
                followers, last = followers + 1, place
        if followers >= 2 and self.rules.on("reset"):
            self.track.broken.add(first)
            self._tell(Work.RESET, left, first)
        else:
            self.verdict[first] = Verdict.UNCONFIRMED if self.rules.on("reset") else Verdict.BOUND
            self._tell(Work.UNCONFIRMED, left, first)

    def _tell(self, kind: Work, left: int, right: int) -> None:
        track = self.track
        self.work.append(WorkItem(int(track.series[right]), kind, int(track.ts[left]), int(track.ts[right])))
