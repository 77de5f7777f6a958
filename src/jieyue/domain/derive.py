"""From raw readings to the uses of steps, with every rule: the one path for a city's month and for one meter's day.

order (which reading of an instant counts) → verdicts (spikes, dips, jitter, new rounds, new bases) → curve (swaps
joined, edges interpolated) → steps → gaps (like days) → flat lines and peaks. A verdict of a local day looks at the
raw readings from 28 days before to 2 after, and at nothing that was stored of them: the caller gives those days along,
and takes the days that it asked for.
"""

from dataclasses import replace

import numpy as np

from jieyue.domain import reading_checks
from jieyue.domain.reading_curve import curve_of, edges_of, with_swaps
from jieyue.domain.reading_order import ordered
from jieyue.domain.reading_steps import Steps, fill, steps_of
from jieyue.domain.reading_use import steps_of_uses
from jieyue.domain.reading_verdicts import Track, impossible, judge
from jieyue.domain.readings import (
    HOUR,
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


def derive(
    readings: Readings,
    series: Series,
    registers: Registers,
    *,
    rules: Rules | None = None,
    calendar: Calendar | None = None,
    grid: int = HOUR,
    excluded: Ints | None = None,
) -> Derived:
    """Verdicts of the readings, dense steps of `grid` seconds for each series, and what somebody has to look at.

    readings: N, series numbered 0 … S−1. registers: ascending by series and start; a reading outside of all of its
    series' periods is `no_meter`. excluded: places of readings that a person has set aside. Levels (gauges) get
    verdicts and no steps. Raises ReadingsError.
    """
    rules, calendar = rules or Rules(), calendar or Calendar()
    places, verdict = ordered(readings)
    every = np.arange(len(readings)) if places is None else places
    every = _without(every, excluded, verdict)
    kind = series.kind[readings.series[every]]
    steps: list[Intervals] = []
    work: list[WorkItem] = []
    for which, make in ((Kind.REGISTER, _registers), (Kind.INTERVAL, _uses)):
        mine = every if bool((kind == which).all()) else every[kind == which]
        if len(mine):
            intervals, items = make(readings, mine, verdict, (series, registers, rules, calendar, grid))
            steps.append(intervals)
            work += items
    return Derived(verdict, _joined(steps), work)


_How = tuple[Series, Registers, Rules, Calendar, int]


def _without(places: Ints, excluded: Ints | None, verdict: Bytes) -> Ints:
    if excluded is None or not len(excluded):
        return places
    verdict[excluded] = Verdict.EXCLUDED
    kept: Ints = places[verdict[places] != Verdict.EXCLUDED]
    return kept


def _track(readings: Readings, places: Ints, registers: Registers, verdict: Bytes) -> tuple[Track, Ints]:
    """The readings with the register that served at their instant, and their places."""
    whole = len(places) == len(readings)
    series, ts, value = (
        column if whole else column[places] for column in (readings.series, readings.ts, readings.value)
    )
    if len(registers.series) and bool((np.diff(registers.series) == 1).all()) and registers.series[0] == 0:
        row = series  # one register in each series
    else:
        row = _rows(series, ts, registers)
    there = (row >= 0) & (registers.start[row] <= ts) & (ts < registers.end[row])
    if not there.all():
        verdict[places[~there]] = Verdict.NO_METER
        series, ts, value, row, places = (one[there] for one in (series, ts, value, row, places))
    return Track(series, ts, value.copy(), row), places


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
    series, registers, rules, calendar, grid = how
    track, places = _track(readings, places, registers, verdict)
    wrong = impossible(track, registers, series)
    if wrong.any():
        verdict[places[wrong != 0]] = wrong[wrong != 0]
        good = wrong == 0
        track = Track(track.series[good], track.ts[good], track.value[good], track.register[good])
        places = places[good]
    track, real = with_swaps(track, registers)
    if not len(track.ts):
        return NOTHING, []
    said, work = judge(track, series, registers, rules, calendar)
    if said.any():
        verdict[places] = said[real]
    curve = curve_of(track, said == 0, registers)
    steps = steps_of(curve, edges_of(curve, registers, grid))
    fill(steps, curve, series, rules, calendar, grid)
    work += reading_checks.flat(steps, curve, series, rules, grid)
    reading_checks.peaks(steps, rules, calendar, grid)
    return steps.intervals(grid), [_whole_steps(item, grid) for item in work]


def _whole_steps(item: WorkItem, grid: int) -> WorkItem:
    """An item covers every step that it touches: where the curve breaks, the whole step is missing."""
    return replace(item, start=item.start // grid * grid, end=-(-item.end // grid) * grid)


def _uses(readings: Readings, places: Ints, verdict: Bytes, how: _How) -> tuple[Intervals, list[WorkItem]]:
    series, registers, rules, calendar, grid = how
    track, places = _track(readings, places, registers, verdict)
    wrong = impossible(track, registers, series)
    verdict[places[wrong != 0]] = wrong[wrong != 0]
    steps: Steps = steps_of_uses(track, wrong == 0, series, registers, grid)
    reading_checks.peaks(steps, rules, calendar, grid)
    return steps.intervals(grid), []


def _joined(parts: list[Intervals]) -> Intervals:
    if len(parts) <= 1:
        return parts[0] if parts else NOTHING
    series, start, use, quality, method = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("series", "start", "use", "quality", "method")
    )
    order = np.lexsort((start, series))
    return Intervals(series[order], start[order], use[order], quality[order], method[order])
