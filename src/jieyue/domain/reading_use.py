"""Meters that report the use of each step instead of a running total: steps added up, or spread where they are longer.

A step that is missing or bad makes every step of ours that it lies in missing: nothing is put in its place unless
somebody asks for an estimate by name.
"""

import numpy as np

from jieyue.domain.reading_curve import divided
from jieyue.domain.reading_steps import Steps
from jieyue.domain.reading_verdicts import Track
from jieyue.domain.readings import DAY, Bools, Ints, Method, Quality, Registers, Rules, Series, Work, WorkItem


def steps_of_uses(track: Track, good: Bools, series: Series, registers: Registers, grid: int) -> Steps:
    """Dense steps of `grid` seconds. A reading at t says the use of [t, t + step); stamps lie on their step.

    Shorter steps are added up where all of them are there; longer ones are spread evenly (calculated).
    """
    owner, ts = track.series[good], track.ts[good]
    register = track.register[good]
    use = divided(track.value[good] * registers.num[register], registers.den[register])
    step = series.step[owner]
    heads = np.flatnonzero(np.diff(owner, prepend=-1))
    ends = np.append(heads[1:], len(owner)) - 1
    first = ts[heads] // grid
    last = -(-(ts[ends] + step[ends]) // grid) if len(heads) else first
    count = last - first
    start = np.cumsum(count) - count
    total = int(count.sum())
    steps = Steps(
        owner[heads], start, first, count,
        np.zeros(total, dtype=np.int64), np.zeros(total, dtype=np.uint8), np.zeros(total, dtype=np.uint8),
    )  # fmt: skip
    if not total:
        return steps
    shift = np.repeat(start - first, np.append(heads[1:], len(owner)) - heads)
    _add(steps, shift, ts, use, step, grid)
    return steps


def _add(steps: Steps, shift: Ints, ts: Ints, use: Ints, step: Ints, grid: int) -> None:
    covered = np.zeros(len(steps.use), dtype=np.int64)
    short = step <= grid
    place = (shift + ts // grid)[short]
    np.add.at(steps.use, place, use[short])
    np.add.at(covered, place, step[short])
    spread = np.zeros(len(steps.use), dtype=bool)
    for n in np.flatnonzero(~short).tolist():
        parts = max(int(step[n]) // grid, 1)
        edges = divided(int(use[n]) * np.arange(parts + 1), np.full(parts + 1, parts))
        places = int(shift[n] + ts[n] // grid) + np.arange(parts)
        steps.use[places] += np.diff(edges)
        covered[places] += grid
        spread[places] = True
    known = covered >= grid
    steps.use[~known] = 0
    steps.quality[known] = np.where(spread[known], Quality.CALCULATED, Quality.MEASURED)
    steps.method[known] = np.where(spread[known], Method.LINEAR, Method.STEPS)


def silences(track: Track, good: Bools, rules: Rules) -> list[WorkItem]:
    """Where nothing was heard for longer than the days that a verdict looks back: what was used meanwhile is known from
    nothing, and somebody has to say it."""
    owner, ts = track.series[good], track.ts[good]
    long = (np.diff(ts) > rules.before * DAY) & (owner[1:] == owner[:-1])
    return [
        WorkItem(int(owner[n]), Work.SILENCE, int(ts[n]), int(ts[n + 1]))
        for n in np.flatnonzero(long).tolist()
    ]
