"""From raw readings to the uses of steps, with every rule: the one path for a city's month and for one meter's day.

order (which reading of an instant counts) → verdicts (spikes, dips, jitter, new rounds, new bases) → curve (swaps
joined, edges interpolated) → steps → gaps (like days) → flat lines and peaks. A verdict of a local day looks at the
raw readings from 28 days before to 2 after, and at nothing that was stored of them: the caller gives those days along,
and takes the days that it asked for.
"""

from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np

from jieyue.domain import reading_checks
from jieyue.domain.reading_curve import curve_of, edges_of, with_swaps
from jieyue.domain.reading_order import ordered
from jieyue.domain.reading_steps import Steps, fill, steps_of
from jieyue.domain.reading_use import silences, steps_of_uses
from jieyue.domain.reading_verdicts import Track, impossible, judge, large_items
from jieyue.domain.readings import (
    HOUR,
    Bools,
    Bytes,
    Calendar,
    Derived,
    Intervals,
    Ints,
    Kind,
    Readings,
    Registers,
    Rules,
    Series,
    Verdict,
    WorkItem,
)

_NONE, _BLANK = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint8)
NOTHING = Intervals(_NONE, _NONE, _NONE, _BLANK, _BLANK)
_COLUMNS = tuple(column.name for column in fields(Intervals))


def derive(
    readings: Readings,
    series: Series,
    registers: Registers,
    *,
    rules: Rules | None = None,
    calendar: Calendar | None = None,
    grid: int = HOUR,
    excluded: Ints | None = None,
    within: tuple[int, int] | None = None,
) -> Derived:
    """Verdicts of the readings, dense steps of `grid` seconds for each series, and what somebody has to look at.

    readings: N, series numbered 0 … S−1. registers: ascending by series and start; a reading outside of all of its
    series' periods is `no_meter`. excluded: places of readings that a person has set aside. within: the instants
    [begin, end) whose steps are wanted of registers. Levels (gauges) get verdicts and no steps. Raises ReadingsError.
    """
    how = (rules or Rules(), calendar or Calendar(), (grid, within))
    places, verdict = ordered(readings)
    counted, places = _without(readings, places, excluded, verdict)
    said = verdict if places is None else np.zeros(len(counted), dtype=np.uint8)
    steps: list[Intervals] = []
    work: list[WorkItem] = []
    for (begin, end), (first, after) in _parts(counted.series):
        part = Readings(counted.series[begin:end] - first, counted.ts[begin:end], counted.value[begin:end])
        intervals, items = _derived(
            part, said[begin:end], (series.between(first, after), registers.between(first, after), *how)
        )
        steps.append(replace(intervals, series=intervals.series + first))
        work += [replace(item, series=item.series + first) for item in items]
    if places is not None:
        verdict[places] = said
    return Derived(verdict, _one_after_another(steps), work)


def usable(
    readings: Readings, series: Series, registers: Registers, *, excluded: Ints | None = None
) -> Bools:
    """Which readings count by themselves, whatever stands beside them in time: not set aside, no conflict, shown by a
    meter on record; of several at one instant one at most."""
    places, verdict = ordered(readings)
    counted, places = _without(readings, places, excluded, verdict)
    if not len(counted):
        return np.zeros(len(readings), dtype=bool)
    track, mine = _track(counted, np.arange(len(counted)), registers, np.zeros(len(counted), dtype=np.uint8))
    mine = mine[impossible(track, registers, series) == 0]
    found = np.zeros(len(readings), dtype=bool)
    found[mine if places is None else places[mine]] = True
    return found


_How = tuple[Series, Registers, Rules, Calendar, tuple[int, tuple[int, int] | None]]
#: Readings that are worked on at once: their columns stay in the processor's cache.
_AT_ONCE = 150_000


def _parts(series: Ints) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Whole series, of so many readings or one series more: (from place, to place), (from series, to series)."""
    begin = 0
    while begin < len(series):
        last = int(series[min(begin + _AT_ONCE, len(series)) - 1])
        end = int(np.searchsorted(series, last, side="right"))
        yield (begin, end), (int(series[begin]), last + 1)
        begin = end


def _derived(readings: Readings, verdict: Bytes, how: _How) -> tuple[Intervals, list[WorkItem]]:
    """The same of readings that are in order and all count; their verdicts are written where they are wanted."""
    kinds = how[0].kind
    steps: list[Intervals] = []
    work: list[WorkItem] = []
    for which, make in ((Kind.REGISTER, _registers), (Kind.INTERVAL, _uses)):
        mine = kinds == which
        places = np.arange(len(readings)) if mine.all() else np.flatnonzero(mine[readings.series])
        if len(places):
            intervals, items = make(readings, places, verdict, how)
            steps.append(intervals)
            work += items
    return in_order(steps), work


def _without(
    readings: Readings, places: Ints | None, excluded: Ints | None, verdict: Bytes
) -> tuple[Readings, Ints | None]:
    """The readings that count, and their places (None: all as they stand)."""
    if excluded is not None and len(excluded):
        verdict[excluded] = Verdict.EXCLUDED
        every = np.arange(len(readings)) if places is None else places
        places = every[verdict[every] != Verdict.EXCLUDED]
    if places is None:
        return readings, None
    return Readings(readings.series[places], readings.ts[places], readings.value[places]), places


def _track(readings: Readings, places: Ints, registers: Registers, verdict: Bytes) -> tuple[Track, Ints]:
    """The readings with the register that served at their instant, and their places."""
    whole = len(places) == len(readings)
    series, ts, value = (
        column if whole else column[places] for column in (readings.series, readings.ts, readings.value)
    )
    if len(registers.series) and bool((np.diff(registers.series) == 1).all()) and registers.series[0] == 0:
        row = series  # one register in each series
        if _always(registers, ts):
            return Track(series, ts, value.copy(), row), places
    else:
        row = _rows(series, ts, registers)
    there = (row >= 0) & (registers.start[row] <= ts) & (ts < registers.end[row])
    if not there.all():
        verdict[places[~there]] = Verdict.NO_METER
        series, ts, value, row, places = (one[there] for one in (series, ts, value, row, places))
    return Track(series, ts, value.copy(), row), places


def _always(registers: Registers, ts: Ints) -> bool:
    """Whether every register served from the first instant to the last."""
    return bool(registers.start.max() <= ts.min() and ts.max() < registers.end.min())


def _rows(series: Ints, ts: Ints, registers: Registers) -> Ints:
    """The last register period of the series that begins at or before the instant, -1 if there is none."""
    count = np.searchsorted(registers.series, np.arange(int(series.max(initial=0)) + 2))
    found = np.full(len(series), -1, dtype=np.int64)
    heads = np.flatnonzero(np.diff(series, prepend=-1))
    for head, tail in zip(heads, np.append(heads[1:], len(series)), strict=True):
        first, end = count[series[head]], count[series[head] + 1]
        own = np.searchsorted(registers.start[first:end], ts[head:tail], side="right") - 1
        found[head:tail] = np.where(own >= 0, own + first, -1)
    return found


def _registers(
    readings: Readings, places: Ints, verdict: Bytes, how: _How
) -> tuple[Intervals, list[WorkItem]]:
    series, registers, rules, calendar, (grid, within) = how
    track, places = _track(readings, places, registers, verdict)
    wrong = impossible(track, registers, series)
    large = large_items(track, registers) if wrong.any() else []
    if wrong.any():
        verdict[places[wrong != 0]] = wrong[wrong != 0]
        good = wrong == 0
        track = Track(track.series[good], track.ts[good], track.value[good], track.register[good])
        places = places[good]
    track, real = with_swaps(track, registers)
    if not len(track.ts):
        return NOTHING, [_whole_steps(item, grid) for item in large]
    said, work = judge(track, series, registers, rules, calendar)
    work += large
    if said.any():
        verdict[places] = said[real]
    curve = curve_of(track, said == 0, registers)
    steps = steps_of(curve, edges_of(curve, registers, grid, within))
    fill(steps, curve, series, rules, calendar, grid)
    work += reading_checks.flat(steps, curve, series, rules, grid)
    reading_checks.peaks(steps, rules, calendar, grid)
    return steps.intervals(grid), [_whole_steps(item, grid) for item in work]


def _whole_steps(item: WorkItem, grid: int) -> WorkItem:
    """An item covers every step that it touches: where the curve breaks, the whole step is missing."""
    return replace(item, start=item.start // grid * grid, end=-(-item.end // grid) * grid)


def _uses(readings: Readings, places: Ints, verdict: Bytes, how: _How) -> tuple[Intervals, list[WorkItem]]:
    series, registers, rules, calendar, (grid, _within) = how
    track, places = _track(readings, places, registers, verdict)
    wrong = impossible(track, registers, series)
    verdict[places[wrong != 0]] = wrong[wrong != 0]
    steps: Steps = steps_of_uses(track, wrong == 0, series, registers, grid)
    reading_checks.peaks(steps, rules, calendar, grid)
    work = large_items(track, registers) if wrong.any() else []
    work += silences(track, wrong == 0, rules)
    return steps.intervals(grid), [_whole_steps(item, grid) for item in work]


def _one_after_another(parts: list[Intervals]) -> Intervals:
    if len(parts) <= 1:
        return parts[0] if parts else NOTHING
    return Intervals(*(np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS))


def in_order(parts: list[Intervals]) -> Intervals:
    """Steps of several derivations in one order: by series, then by time."""
    every = _one_after_another(parts)
    if len(parts) <= 1:
        return every
    order = np.lexsort((every.start, every.series))
    return Intervals(*(getattr(every, name)[order] for name in _COLUMNS))
