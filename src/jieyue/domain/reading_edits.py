"""What a person has set of a series' use: exact over the whole span, even over its steps, and marked as such."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from jieyue.domain.readings import Intervals, Ints, Method, Quality, WorkItem


@dataclass(frozen=True)
class SetUse:
    """The use of a series from one instant to another (UTC seconds, whole steps), in ten-thousandths."""

    series: int
    start: int
    end: int
    use: int


def shares(use: int, count: int) -> list[int]:
    """A use over so many equal steps: cumulative to the last digit and differenced, so that nothing is lost.

    >>> shares(10, 3), sum(shares(10, 3))
    ([3, 4, 3], 10)
    """
    ends = [
        round(Fraction(use * place, count)) for place in range(count + 1)
    ]  # half to even, as GB/T 8170 has it
    return [end - begin for begin, end in pairwise(ends)]


def with_set_uses(steps: Intervals, edits: Sequence[SetUse], grid: int) -> Intervals:
    """The steps with the set uses in place of what was derived, and where nothing was; ascending as before."""
    if not edits:
        return steps
    keep = np.ones(len(steps), dtype=bool)
    series, start, use = ([np.zeros(0, dtype=np.int64)] for _ in range(3))
    for edit in edits:
        keep &= ~((steps.series == edit.series) & (steps.start >= edit.start) & (steps.start < edit.end))
        at = np.arange(edit.start, edit.end, grid, dtype=np.int64)
        series.append(np.full(len(at), edit.series, dtype=np.int64))
        start.append(at)
        use.append(np.array(shares(edit.use, len(at)), dtype=np.int64))
    count = sum(len(one) for one in start)
    whole = Intervals(
        np.concatenate([steps.series[keep], *series]),
        np.concatenate([steps.start[keep], *start]),
        np.concatenate([steps.use[keep], *use]),
        np.concatenate([steps.quality[keep], np.full(count, Quality.MANUAL, dtype=np.uint8)]),
        np.concatenate([steps.method[keep], np.full(count, Method.EDIT, dtype=np.uint8)]),
    )
    order: Ints = np.lexsort((whole.start, whole.series))
    return replace(
        whole,
        series=whole.series[order],
        start=whole.start[order],
        use=whole.use[order],
        quality=whole.quality[order],
        method=whole.method[order],
    )


def still_open(work: Sequence[WorkItem], edits: Sequence[SetUse]) -> list[WorkItem]:
    """Without the items that lie in a span whose use somebody has set."""
    return [
        item
        for item in work
        if not any(
            edit.series == item.series and edit.start <= item.start and item.end <= edit.end for edit in edits
        )
    ]
