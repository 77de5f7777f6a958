"""One cumulative curve for each series, evaluated at the edges of the steps, and differenced.

use(step) = C(end) − C(start), where C is the register × multiplier, joined over recorded swaps and new rounds,
interpolated between the readings beside an edge and rounded to 0.0001 by GB/T 8170-2008 once. So the uses of any
stretch add up to its difference of the register exactly.
"""

from dataclasses import dataclass

import numpy as np

from jieyue.domain.reading_verdicts import Track
from jieyue.domain.readings import LARGEST, UNSAID, Bools, Ints, ReadingsError, Registers


@dataclass(frozen=True)
class Curve:
    """Readings that count, and what the curve is at each. part: readings of one number are joined by the curve.

    shift: what changed registers have added to each reading's own product (None: nothing).
    """

    series: Ints
    ts: Ints
    value: Ints
    register: Ints
    at: Ints
    part: Ints
    shift: Ints | None = None


@dataclass(frozen=True)
class Edges:
    """The curve at the edges of steps: series, step number (instant ÷ grid), value, the reading at or after it, whether
    a reading stands at the very edge. Of each series `owner` that has steps, the numbers of its first and last edge."""

    series: Ints
    step: Ints
    value: Ints
    after: Ints
    exact: Bools
    owner: Ints
    first: Ints
    last: Ints


def curve_of(track: Track, good: Bools, registers: Registers) -> Curve:
    """Join the readings that count. Raises ReadingsError where a product would leave int64."""
    every = bool(good.all())
    parts = _starts(track)
    joined = track if every else None
    series, ts, value, register = (
        (joined.series, joined.ts, joined.value, joined.register)
        if joined is not None
        else (track.series[good], track.ts[good], track.value[good], track.register[good])
    )
    rounds = _rounds(track)
    if rounds is not None:
        value = value + (rounds if every else rounds[good])
    if _too_large(value, register, registers):
        raise ReadingsError(
            "readings_large",
            zh="读数乘倍率后太大，无法精确计算",
            en="register × multiplier is too large to stay exact",
        )
    own = _product(value, register, registers)
    part = (np.cumsum(parts) if every else np.cumsum(parts)[good]) if parts is not None else series
    shift = _shift(own, register, part) if parts is not None else None
    return Curve(series, ts, value, register, own if shift is None else own + shift, part, shift)


def _too_large(value: Ints, register: Ints, registers: Registers) -> bool:
    if not len(value):
        return False
    most = max(int(value.max()), -int(value.min()))
    return most * int(registers.num.max()) > LARGEST and most * int(registers.num[register].max()) > LARGEST


def _product(value: Ints, register: Ints, registers: Registers) -> Ints:
    """Register × multiplier, rounded once."""
    product = value if bool((registers.num == 1).all()) else value * registers.num[register]
    return product if bool((registers.den == 1).all()) else divided(product, registers.den[register])


def _shift(own: Ints, register: Ints, part: Ints) -> Ints | None:
    """Where a part goes on with another register, what makes its curve go on without a step."""
    places = np.flatnonzero((register[1:] != register[:-1]) & (part[1:] == part[:-1])) + 1
    if not len(places):
        return None
    jumps = np.zeros(len(own), dtype=np.int64)
    jumps[places] = own[places - 1] - own[places]
    return np.cumsum(jumps)


def _starts(track: Track) -> Ints | None:
    """1 where a new part of a curve begins; None where each series is one part."""
    if not track.broken and bool((track.series == track.register).all()):
        return None
    marks = np.zeros(len(track.ts), dtype=np.int64)
    marks[1:] = (track.series[1:] != track.series[:-1]) | (track.register[1:] != track.register[:-1])
    marks[list(track.joined)] = 0
    marks[list(track.broken)] = 1
    return marks


def _rounds(track: Track) -> Ints | None:
    """What full rounds have added to each reading."""
    if not track.added:
        return None
    more = np.zeros(len(track.ts), dtype=np.int64)
    for place, span in track.added.items():
        end = place + int(np.searchsorted(track.register[place:], track.register[place], side="right"))
        more[place:end] += span
    return more


def edges_of(curve: Curve, registers: Registers, grid: int, within: tuple[int, int] | None = None) -> Edges:
    """The curve at every edge between the first and the last reading of each part; within: [begin, end) of the steps
    that are wanted."""
    step = curve.ts // grid
    count = np.empty(len(step), dtype=np.int64)
    count[1:] = np.diff(step)
    head = np.ones(len(step), dtype=bool)
    head[1:] = curve.part[1:] != curve.part[:-1]
    count[head] = curve.ts[head] % grid == 0
    owner, first, last = _spans(curve.series, step, count)
    if within is not None and len(step):
        low, high = within[0] // grid, -(-within[1] // grid)
        if int(step.min()) < low or int(step.max()) > high:
            step, count = _clipped(step, count, low, high)
            first, last = np.clip(first, low, high), np.clip(last, low, high)
            owner, first, last = (one[last > first] for one in (owner, first, last))
    after = np.repeat(np.arange(len(step)), count)
    back = np.cumsum(count)[after] - 1 - np.arange(len(after))
    number = step[after] - back
    exact = number * grid == curve.ts[after]
    value = curve.at[after]
    if not exact.all():
        between = np.flatnonzero(~exact)
        value[between] = _between(curve, registers, after[between], number[between] * grid)
    return Edges(curve.series[after], number, value, after, exact, owner, first, last)


def _spans(series: Ints, step: Ints, count: Ints) -> tuple[Ints, Ints, Ints]:
    """(each series with an edge; its first edge; its last)."""
    some = np.flatnonzero(count)
    heads = np.flatnonzero(np.diff(series[some], prepend=-1))
    begins, ends = some[heads], some[np.append(heads[1:], len(some)) - 1] if len(heads) else some
    return series[begins], step[begins] - count[begins] + 1, step[ends]


def _clipped(step: Ints, count: Ints, low: int, high: int) -> tuple[Ints, Ints]:
    """The last edge before each reading and how many it has, of those from `low` to `high` alone."""
    first, last = np.maximum(step - count + 1, low), np.minimum(step, high)
    return last, np.maximum(last - first + 1, 0)


def _between(curve: Curve, registers: Registers, after: Ints, ts: Ints) -> Ints:
    """The curve between a reading and the one before it, in a straight line, rounded once."""
    before = after - 1
    register = curve.register[after]
    num, den = registers.num[register], registers.den[register]
    width, passed = curve.ts[after] - curve.ts[before], ts - curve.ts[before]
    rise = (curve.value[after] - curve.value[before]) * num
    if len(rise) and int(np.abs(rise).max()) * int(width.max()) > LARGEST:
        whole = [
            _exact(int(v) * int(n), int(r), int(p), int(w), int(d))
            for v, n, r, p, w, d in zip(curve.value[before], num, rise, passed, width, den, strict=True)
        ]
        large = np.array(whole, dtype=np.int64)
        return large if curve.shift is None else large + curve.shift[after]
    if bool((registers.den == 1).all()):
        base = curve.value[before] * num
        own = base + divided(rise * passed, width, base)
    else:
        base, rest = np.divmod(curve.value[before] * num, den)
        own = base + divided(rest * width + rise * passed, den * width, base)
    return own if curve.shift is None else own + curve.shift[after]


def _exact(base: int, rise: int, passed: int, width: int, den: int) -> int:
    over, under = base * width + rise * passed, den * width
    whole, rest = divmod(over, under)
    return whole + (2 * rest > under or (2 * rest == under and whole % 2 == 1))


def divided(over: Ints, under: Ints, base: Ints | int = 0) -> Ints:
    """over ÷ under to the nearest whole number, halves to the even one of `base` + the result (GB/T 8170-2008 §3.2.4).

    >>> import numpy as np
    >>> divided(np.array([5, 15, -5, 7]), np.array([10, 10, 10, 2])).tolist()
    [0, 2, 0, 4]
    """
    whole = over // under
    twice = 2 * (over - whole * under)
    odd = np.bitwise_and(whole + base, 1).astype(bool)
    result: Ints = whole + ((twice > under) | ((twice == under) & odd))
    return result


def with_swaps(track: Track, registers: Registers) -> tuple[Track, Bools]:
    """The readings with what the registers showed when they were changed, and which of them are readings.

    A change whose two numbers are both on record is passed: the old register's last and the new one's first stand at
    the same instant.
    """
    pairs = [
        row
        for row in range(1, len(registers.series))
        if registers.series[row] == registers.series[row - 1]
        and registers.start[row] == registers.end[row - 1]
        and registers.first[row] != UNSAID
        and registers.last[row - 1] != UNSAID
    ]
    if not pairs:
        return track, np.ones(len(track.ts), dtype=bool)
    rows = np.array([row for pair in pairs for row in (pair - 1, pair)])
    value = np.where(np.arange(len(rows)) % 2 == 0, registers.last[rows], registers.first[rows])
    ts = np.repeat(registers.start[pairs], 2)
    series = np.concatenate((track.series, registers.series[rows]))
    order = np.lexsort(
        (
            np.concatenate((track.register, rows)),
            np.concatenate((track.ts, ts)),
            series,
        )
    )
    real = order < len(track.ts)
    joined = Track(
        series[order],
        np.concatenate((track.ts, ts))[order],
        np.concatenate((track.value, value))[order],
        np.concatenate((track.register, rows))[order],
        joined=frozenset(np.flatnonzero(~real & (order % 2 == (len(track.ts) + 1) % 2)).tolist()),
    )
    return joined, real
