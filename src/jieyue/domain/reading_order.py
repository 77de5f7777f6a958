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
    if rises(series, ts):
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


def rises(series: Ints, ts: Ints) -> bool:
    """Whether every reading stands after the one before it, by series and instant.

    >>> import numpy as np
    >>> rises(np.array([0, 0, 1]), np.array([5, 6, 4])), rises(np.array([0, 0]), np.array([5, 5]))
    (True, False)
    """
    back = np.flatnonzero(ts[1:] <= ts[:-1])
    if len(back) and not bool((series[back + 1] > series[back]).all()):
        return False
    return not bool((series[1:] < series[:-1]).any())


def heads_of(*columns: Ints) -> Ints:
    """Where the columns say something else than in the row before, the first row with it.

    >>> import numpy as np
    >>> heads_of(np.array([3, 3, 4, 4]), np.array([0, 1, 1, 1])).tolist()
    [0, 1, 2]
    """
    changed = np.ones(len(columns[0]), dtype=bool)
    changed[1:] = columns[0][1:] != columns[0][:-1]
    for column in columns[1:]:
        if column.strides[0]:  # else one number in every row
            changed[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(changed)
