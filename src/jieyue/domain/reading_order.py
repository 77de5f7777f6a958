"""Which of several readings of one instant counts: by rank, never by when it came.

The higher rank stands. Of equal rank, equal values are one reading; different ones are a conflict and none counts.
"""

import numpy as np

from jieyue.domain.readings import Bytes, Ints, Readings, ReadingsError, Verdict


def ordered(readings: Readings) -> tuple[Ints | None, Bytes]:
    """(places of the readings that count, ascending by series and instant; None = all as they stand), and verdicts.

    >>> import numpy as np
    >>> two = np.array([0, 0, 0]), np.array([60, 0, 60]), np.array([5, 4, 7])
    >>> places, verdicts = ordered(Readings(*two))
    >>> places.tolist(), [Verdict(one).name for one in verdicts]
    ([1], ['CONFLICT', 'GOOD', 'CONFLICT'])
    >>> places, verdicts = ordered(Readings(*two, rank=np.array([0, 0, 1])))
    >>> places.tolist(), [Verdict(one).name for one in verdicts]
    ([1, 2], ['DUPLICATE', 'GOOD', 'GOOD'])
    """
    series, ts = readings.series, readings.ts
    if not len(series) == len(ts) == len(readings.value):
        raise ReadingsError(
            "readings_columns", zh="读数各列不一样长", en="the columns of readings differ in length"
        )
    verdict = np.zeros(len(ts), dtype=np.uint8)
    if _rises(series, ts):
        return None, verdict
    rank = readings.rank if readings.rank is not None else np.zeros(len(ts), dtype=np.int64)
    order = np.lexsort((readings.value, -rank, ts, series))
    by_series, by_ts = series[order], ts[order]
    head = np.ones(len(order), dtype=bool)
    head[1:] = (by_series[1:] != by_series[:-1]) | (by_ts[1:] != by_ts[:-1])
    verdict[order[~head]] = Verdict.DUPLICATE
    group = np.cumsum(head) - 1
    first = np.flatnonzero(head)
    value, best = readings.value[order], rank[order]
    top = best == best[first][group]
    rivals = top & (value != value[first][group])
    struck = np.zeros(len(first), dtype=bool)
    struck[group[rivals]] = True
    verdict[order[top & struck[group]]] = Verdict.CONFLICT
    return order[first[~struck]], verdict


def _rises(series: Ints, ts: Ints) -> bool:
    """Whether every reading stands after the one before it."""
    same = series[1:] == series[:-1]
    return bool(np.all(np.where(same, ts[1:] > ts[:-1], series[1:] > series[:-1])))
