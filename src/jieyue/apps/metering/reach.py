"""How far new readings reach: into the month before only where its verdicts look at them (block.raw_of).

Those of its last day look at two days more, and at the next reading beyond.
"""

from collections.abc import Sequence

import numpy as np

from jieyue.apps.metering.derived import columns_of
from jieyue.apps.metering.lake import READINGS
from jieyue.apps.metering.months import begin_of, shifted
from jieyue.apps.metering.rules import spans_of
from jieyue.domain.readings import DAY, Ints
from jieyue.store import DeltaLake
from jieyue.store.port import DataFile

_COLUMNS = ("point", "channel", "ts")


def reaching_back(lake: DeltaLake, month: int, fresh: Sequence[DataFile], known: Ints) -> Ints:
    """Points with readings in new files of the month after that the month looks at; without `known` ones."""
    following = shifted(month, 1)
    edge = begin_of(following) + max(span.judged.rules.after for span in spans_of(month)) * DAY
    pair, ts = _pairs(lake, fresh, known)
    found = [pair[ts < edge] // 8]
    beyond = ts >= edge
    if beyond.any():
        pairs, first = _firsts(pair[beyond], ts[beyond])
        every = [
            file
            for file in lake.snapshot([READINGS]).tables[READINGS].files
            if file.partition["ym"] == str(following)
            and file.maximum.get("ts", edge) >= edge
            and file.minimum.get("point", 0) <= int(pairs[-1]) // 8
            and file.maximum.get("point", 2**62) >= int(pairs[0]) // 8
        ]
        other, at = _pairs(lake, every, known)
        stored, earliest = _firsts(other[at >= edge], at[at >= edge])
        found.append(pairs[earliest[np.searchsorted(stored, pairs)] >= first] // 8)
    return np.unique(np.concatenate(found))


def _pairs(lake: DeltaLake, files: Sequence[DataFile], known: Ints) -> tuple[Ints, Ints]:
    """(point and channel as one number, instant) of the rows of files, without some points."""
    point, channel, ts = columns_of(lake, READINGS, _COLUMNS, files, ("point", 0, 2**62))
    other = ~np.isin(point, known)
    return point[other] * 8 + channel[other], ts[other]


def _firsts(pair: Ints, ts: Ints) -> tuple[Ints, Ints]:
    """(each pair once, ascending; its earliest instant)."""
    pairs, place = np.unique(pair, return_inverse=True)
    first = np.full(len(pairs), 2**62, dtype=np.int64)
    np.minimum.at(first, place, ts)
    return pairs, first
