"""The sums of each point's month, kept in the database for lists and boards: how many hours are known, and how."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from jieyue.apps.metering.lake import CHANNELS
from jieyue.apps.metering.models import PointMonth
from jieyue.domain.quantity import from_fixed
from jieyue.domain.readings import HOUR, Ints, Quality
from jieyue.store import arrays

_TOTAL = CHANNELS["total"]
_FEW = 500


def keep_months(month: int, points: Ints, made: Sequence[pa.Table]) -> None:
    """Put the sums of what was derived in place of the old ones. The caller holds the transaction."""
    for start in range(0, len(points), _FEW):
        PointMonth.objects.filter(month=month, point_id__in=points[start : start + _FEW].tolist()).delete()
    rows = [row for table in made for row in month_sums(month, table)]
    PointMonth.objects.bulk_create(rows, batch_size=_FEW)


def month_sums(month: int, table: pa.Table) -> list[PointMonth]:
    """One row for each point of some intervals of a month (of the total)."""
    point, channel, start, quality = (
        arrays.whole(table[name]) for name in ("point", "channel", "start", "quality")
    )
    use, _there = arrays.quantities(table["use"], len(start))
    mine = channel == _TOTAL
    point, start, quality, use = (one[mine] for one in (point, start, quality, use))
    names, place = np.unique(point, return_inverse=True)
    if not len(names):
        return []
    kinds = len(Quality)
    counts = np.bincount(place * kinds + quality, minlength=len(names) * kinds).reshape(-1, kinds)
    known = quality != Quality.MISSING
    total, last = np.zeros(len(names), dtype=np.int64), np.full(len(names), -1, dtype=np.int64)
    np.add.at(total, place[known], use[known])
    heard = known & (quality != Quality.MANUAL)  # what a person has set is not heard of the meter
    np.maximum.at(last, place[heard], start[heard] + HOUR)
    some = np.bincount(place[known], minlength=len(names)) > 0
    shown: list[Any] = [
        from_fixed(int(one)) if there else None for one, there in zip(total, some, strict=True)
    ]
    return [
        PointMonth(
            point_id=int(name), month=month,
            use=shown[n], last=int(last[n]) if last[n] >= 0 else None,
            **{one.name.lower(): int(counts[n, one]) for one in Quality},
        )
        for n, name in enumerate(names.tolist())
    ]  # fmt: skip
