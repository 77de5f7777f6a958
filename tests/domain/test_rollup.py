"""Sums of lines from a matrix of hours: against one line and hour at a time, written out in plain Python."""

import numpy as np
import pytest

from jieyue.domain.readings import Quality
from jieyue.domain.rollup import ABSENT, Points, lines_of, sums_of

HOURS = 30


def tree(rng: np.random.Generator, count: int) -> Points:
    """Points of two institutions and carriers, some below an earlier one, some that count against the use."""
    parent = np.array([rng.integers(-1, n) if n else -1 for n in range(count)], dtype=np.int64)
    return Points(
        np.arange(count), rng.integers(1, 3, count), rng.integers(0, 2, count), rng.integers(0, 4, count), parent,
        np.where(rng.random(count) < 0.2, -1, 1),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_each_line_and_hour_is_the_sum_of_its_whole_terms(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines = lines_of(tree(rng, 25))
    kinds = [
        Quality.MEASURED,
        Quality.CALCULATED,
        Quality.ESTIMATED,
        Quality.MISSING,
        Quality.SUSPECT,
        ABSENT,
    ]
    quality = rng.choice(kinds, (25, HOURS), p=[0.7, 0.1, 0.08, 0.05, 0.04, 0.03]).astype(np.uint8)
    if seed == 0:
        quality[:] = Quality.MEASURED
    lacking = np.isin(quality, (Quality.MISSING, ABSENT))
    use = np.where(lacking, 0, rng.integers(-500, 5_000, (25, HOURS)))
    found = sums_of(lines, use, quality)
    for line in range(len(lines)):
        terms = np.flatnonzero(lines.line == line).tolist()
        parts = [n for n in range(len(lines.term)) if lines.term[n] in terms]
        for hour in range(HOURS):
            whole = [
                t for t in terms if not any(lacking[lines.row[n], hour] for n in parts if lines.term[n] == t)
            ]
            wanted = sum(
                int(lines.weight[n]) * int(use[lines.row[n], hour]) for n in parts if lines.term[n] in whole
            )
            said = [int(quality[lines.row[n], hour]) for n in parts]
            assert found.use[line, hour] == wanted
            assert (found.known is None or bool(found.known[line, hour])) == bool(whole)
            assert found.complete[line, hour] == sum(
                one in (Quality.MEASURED, Quality.CALCULATED) for one in said
            )
            assert found.estimated[line, hour] == said.count(Quality.ESTIMATED)
            assert found.missing[line, hour] == said.count(Quality.MISSING) + said.count(ABSENT)
            assert (found.there is None or bool(found.there[line, hour])) == (set(said) != {ABSENT})
        assert found.parts[line] == len(parts)
