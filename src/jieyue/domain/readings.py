"""Readings of meters as columns, and the words for what is made of them. No I/O, numpy only.

A *series* is one channel of one metering point. A *register period* is the time in which one physical register served
it. Numbers are int64 ten-thousandths (DECIMAL(18,4)); instants are whole UTC seconds; an interval is labelled by its
start.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jieyue.domain.errors import DomainError

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

#: No number: the final or first reading of a register that nobody wrote down.
UNSAID: Final = np.iinfo(np.int64).min
#: Quantities above this are refused: their products would leave int64.
LARGEST: Final = 2**62
#: A register beyond this (ten-thousandths, × multiplier) shows nothing that was used: a thousandth of what a stored
#: quantity holds, so that a thousand of them can still be added up.
MOST_SHOWN: Final = 10**15
HOUR: Final = 3600
DAY: Final = 86400


class Kind(IntEnum):
    """What a reading says: a running total, the use of the step that begins at it, or a level."""

    REGISTER = 0
    INTERVAL = 1
    GAUGE = 2


class Verdict(IntEnum):
    """What is said of one raw reading; the reading itself is never changed."""

    GOOD = 0
    DUPLICATE = 1
    CONFLICT = 2
    NO_VALUE = 10
    RANGE = 11
    DIP = 12
    SPIKE = 13
    BOUND = 14
    UNCONFIRMED = 15
    EXCLUDED = 16
    NO_METER = 17
    STUCK = 18


#: Verdict → the word that leaves: good | bad:CODE | duplicate | conflict.
WORDS: Final = {
    verdict: ("bad:" if verdict >= Verdict.NO_VALUE else "") + verdict.name.lower() for verdict in Verdict
}


class Quality(IntEnum):
    """How an interval's use is known. Missing has no use; suspect keeps its own."""

    MISSING = 0
    MEASURED = 1
    CALCULATED = 2
    ESTIMATED = 3
    MANUAL = 4
    SUSPECT = 5


class Method(IntEnum):
    """How an interval's use was made."""

    NONE = 0
    DIFFERENCE = 1
    INTERPOLATED = 2
    LIKE_DAY = 3
    LINEAR = 4
    STEPS = 5
    EDIT = 6
    FORMULA = 7


class Work(IntEnum):
    """Why somebody has to look at a point."""

    RESET = 1
    UNCONFIRMED = 2
    FLAT = 3
    CONFLICT = 4
    LARGE = 5
    SILENCE = 6


class ReadingsError(DomainError):
    """Readings that cannot be worked with: not whole, or too large to stay exact."""


@dataclass(frozen=True)
class Readings:
    """N raw readings in any order. rank: the higher wins at one instant (source, then revision); None = all equal."""

    series: Ints
    ts: Ints
    value: Ints
    rank: Ints | None = None

    def __len__(self) -> int:
        return len(self.ts)


@dataclass(frozen=True)
class Series:
    """S series. step: seconds between readings as planned. rated: most use in an hour (ten-thousandths), NaN = not on
    record. digit: the register's last digit (ten-thousandths). flat_after: seconds without use that are no surprise.
    no_value: numbers that stand for "no value" in each series."""

    step: Ints
    kind: Bytes
    rated: Floats
    digit: Ints
    flat_after: Ints
    no_value: Sequence[frozenset[int]] = ()

    def __len__(self) -> int:
        return len(self.step)

    def between(self, first: int, after: int) -> "Series":
        """Those from a number to before another, numbered from 0."""
        mine = slice(first, after)
        return Series(
            self.step[mine], self.kind[mine], self.rated[mine], self.digit[mine], self.flat_after[mine],
            self.no_value[mine],
        )  # fmt: skip


@dataclass(frozen=True)
class Registers:
    """R register periods [start, end), ascending by series and start. use = register × num ÷ den. span: at which the
    register begins anew (ten-thousandths; 0 = digits not on record). first, last: what it showed when it came and went
    (UNSAID = not on record: the curve does not go across)."""

    series: Ints
    start: Ints
    end: Ints
    num: Ints
    den: Ints
    span: Ints
    first: Ints
    last: Ints

    @classmethod
    def one_each(cls, count: int) -> "Registers":
        """One register for all time in each series, multiplier 1, digits not on record."""

        def full(number: int) -> Ints:
            return np.full(count, number, dtype=np.int64)

        number = np.arange(count, dtype=np.int64)
        return cls(
            number, full(-LARGEST), full(LARGEST), full(1), full(1), full(0), full(UNSAID), full(UNSAID)
        )

    def between(self, first: int, after: int) -> "Registers":
        """Those of the series from a number to before another, the series numbered from 0."""
        mine = slice(*np.searchsorted(self.series, (first, after)).tolist())
        return Registers(
            self.series[mine] - first, self.start[mine], self.end[mine], self.num[mine], self.den[mine],
            self.span[mine], self.first[mine], self.last[mine],
        )  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """The thresholds, all defaults of the product and none official; `version` names a set for good.

    gap: a step longer than this many planned steps is a gap. bound: an increment over `bound` × rated power (or ×
    the median of the daily peaks from 28 days before to 2 after) is impossible. longest: readings that one dip or
    spike may last. jitter: last digits that a register may fall back. rollover: part of the span from which on a fall
    is a new round. peak: a day's highest over its third highest that is looked at. deviations: of the same hour of like
    days. like_days: the fewest to fill a gap by. off: rules that are switched off (to show that each one counts).
    """

    version: str = "vee.v1"
    gap: float = 1.5
    bound: float = 2.0
    learned: float = 6.0
    longest: int = 8
    jitter: int = 2
    rollover: float = 0.9
    peak: float = 2.8
    deviations: float = 6.0
    like_days: int = 3
    before: int = 28
    after: int = 2
    off: frozenset[str] = frozenset()

    def on(self, rule: str) -> bool:
        """Whether a rule is used."""
        return rule not in self.off


@dataclass(frozen=True)
class Calendar:
    """The authority's days: seconds east of UTC, local days (since 1970-01-01) that are worked or free against their
    weekday. borders: instants at which the derivation of one stretch of days ends and another's begins, ascending."""

    offset: int = 8 * HOUR
    worked: frozenset[int] = frozenset()
    free: frozenset[int] = frozenset()
    borders: tuple[int, ...] = ()

    def day(self, ts: Ints) -> Ints:
        """The local day of instants."""
        return np.asarray((ts + self.offset) // DAY, dtype=np.int64)

    def is_free(self, days: Ints) -> Bools:
        """Whether a day is a day off."""
        off = (days + 3) % 7 >= 5  # 1970-01-01 was a Thursday
        if self.free:
            off = off | np.isin(days, list(self.free))
        return off & ~np.isin(days, list(self.worked)) if self.worked else off


@dataclass(frozen=True)
class WorkItem:
    """Somebody has to look: which series, why, from when to when (UTC seconds)."""

    series: int
    kind: Work
    start: int
    end: int


@dataclass(frozen=True)
class Intervals:
    """Dense steps of each series, ascending: series, start, use (ten-thousandths), quality, method."""

    series: Ints
    start: Ints
    use: Ints
    quality: Bytes
    method: Bytes

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True)
class Derived:
    """verdict: of each raw reading, in the order given."""

    verdict: Bytes
    intervals: Intervals
    work: list[WorkItem] = field(default_factory=list)
