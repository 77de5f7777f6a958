"""Exact apportionment in whole numbers: parts always add up to their total."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_LIMIT = 1 << 62


def apportion(total: int, weights: Ints, *, unit: int = 1) -> Ints:
    """Share ``total`` out by ``weights`` in steps of ``unit``; the parts add up to ``total`` exactly.

    Largest remainder (Hamilton) on whole steps; ties go to the earlier place; what is less than one
    step goes to the greatest weight. Weights are whole and not negative; a zero weight gets nothing.

    >>> apportion(10, np.array([1, 1, 1], dtype=np.int64)).tolist()
    [4, 3, 3]
    >>> apportion(1005, np.array([1, 3], dtype=np.int64), unit=10).tolist()
    [250, 755]
    """
    whole = int(weights.sum())
    if total < 0 or whole <= 0 or int(weights.min()) < 0:
        raise ValueError(f"cannot apportion {total} by weights that add up to {whole}")
    if whole * int(weights.max()) >= _LIMIT:
        raise OverflowError("weights are too large for exact 64-bit apportionment")
    steps, rest = divmod(total, unit)
    each, left = divmod(steps, whole)
    scaled = left * weights
    parts = each * weights + scaled // whole
    missing = steps - int(parts.sum())
    if missing:
        first = np.argsort(-(scaled % whole), kind="stable")[:missing]
        parts[first] += 1
    parts = parts * unit
    parts[int(np.argmax(weights))] += rest
    return parts


def spread(values: Ints, weights: Ints, *, unit: int) -> Ints:
    """Spread each value over periods by its row of weights; every row adds up exactly.

    ``values`` [n], ``weights`` [n, periods] whole; steps of ``unit``; what is less than one step stays
    with the last period that has a weight. A row of zero weights gives zeros.

    >>> spread(np.array([10]), np.array([[1, 1, 2]]), unit=1).tolist()
    [[2, 3, 5]]
    """
    steps = values // unit
    cumulative = np.cumsum(weights, axis=1)
    whole = np.maximum(cumulative[:, -1:], 1)
    if int(steps.max(initial=0)) * int(whole.max(initial=1)) >= _LIMIT:
        raise OverflowError("values are too large for exact 64-bit spreading")
    reached = steps[:, None] * cumulative // whole
    parts = np.diff(reached, axis=1, prepend=0) * unit
    positive = weights > 0
    last = weights.shape[1] - 1 - np.argmax(positive[:, ::-1], axis=1)
    some = positive.any(axis=1)
    rows = np.flatnonzero(some)
    parts[rows, last[rows]] += (values - steps * unit)[rows]
    return parts
