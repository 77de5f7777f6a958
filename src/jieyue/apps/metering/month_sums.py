"""The sums of each point's month, kept in the database for lists and boards: how many hours are known, and how."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from django.db.models import Model

from jieyue.apps.metering.lake import CHANNELS
from jieyue.apps.metering.models import PointMonth
from jieyue.apps.publication.bulk import insert_rows
from jieyue.domain.reading_order import heads_of
from jieyue.domain.readings import HOUR, Ints, Quality
from jieyue.store import arrays

_TOTAL = CHANNELS["total"]
_FEW = 500
_COUNTS = [one.name.lower() for one in Quality]


def forget_month(model: type[Model], month: int, points: Ints | None) -> None:
    """Remove what a table keeps of points (ascending) in a month (None: of all). The caller holds the transaction."""
    rows = model._default_manager.filter(month=month)
    if points is None:
        rows.delete()
        return
    if not len(points):
        return
    near = rows.filter(point_id__gte=int(points[0]), point_id__lte=int(points[-1]))
    there = np.array(sorted(set(near.values_list("point_id", flat=True))), dtype=np.int64)
    wanted = np.intersect1d(there, points)
    if len(wanted) == len(there):  # nobody else's lie between them
        near.delete()
        return
    for start in range(0, len(wanted), _FEW):
        rows.filter(point_id__in=wanted[start : start + _FEW].tolist()).delete()


def keep_months(month: int, points: Ints | None, made: Iterable[pa.Table]) -> None:
    """Put the sums of what was derived in place of the old ones of the points (None: of all). The caller holds the
    transaction."""
    forget_month(PointMonth, month, points)
    rows = [row for table in made for row in month_sums(month, table)]
    insert_rows(PointMonth, ("point_id", "month", "use", "last", *_COUNTS), rows)


def month_sums(month: int, table: pa.Table) -> list[tuple[int | None, ...]]:
    """(point, month, use, last, hours by quality) of each point of some intervals of a month (of the total)."""
    point, channel, start, quality = (
        arrays.whole(table[name]) for name in ("point", "channel", "start", "quality")
    )
    use, _there = arrays.quantities(table["use"], len(start))
    mine = channel == _TOTAL
    if not mine.all():
        point, start, quality, use = (one[mine] for one in (point, start, quality, use))
    heads = heads_of(point)  # the rows of a point stand together
    if not len(heads):
        return []
    names, kinds = point[heads], len(Quality)
    place = np.repeat(np.arange(len(names)), np.diff(np.append(heads, len(point))))
    counts = np.bincount(place * kinds + quality, minlength=len(names) * kinds).reshape(-1, kinds)
    total = np.add.reduceat(use, heads)  # 0 where it is missing
    silent = (quality == Quality.MISSING) | (quality == Quality.MANUAL)  # what a person has set is not heard
    last = np.maximum.reduceat(np.where(silent, -1, start + HOUR), heads)
    some = counts.sum(axis=1) > counts[:, Quality.MISSING]
    rows = zip(names.tolist(), total.tolist(), some.tolist(), last.tolist(), counts.tolist(), strict=True)
    return [
        (name, month, use if known else None, heard if heard >= 0 else None, *hours)
        for name, use, known, heard, hours in rows
    ]
