"""Add up again months whose raw readings were let go, where the tree of points or a formula has changed since.

Their intervals stay as they were derived; virtual points are made of these, sums of both.
"""

import numpy as np
from django.db import transaction

from jieyue.apps.metering.derived import parts_of, reached, replace
from jieyue.apps.metering.formulas import users
from jieyue.apps.metering.lake import INTERVALS
from jieyue.apps.metering.models import PointVersion
from jieyue.apps.metering.month_sums import keep_months
from jieyue.apps.metering.services.roll_up import roll_up
from jieyue.apps.metering.virtual import merged, virtual_hours
from jieyue.domain.readings import Ints
from jieyue.store import DeltaLake, arrays

_NONE = np.zeros(0, dtype=np.int64)


def sum_closed(lake: DeltaLake, kept: int, state: int) -> list[int]:
    """The months before `kept` that were added up again, up to a state. The caller holds the lock of derivations."""
    files = lake.snapshot([INTERVALS]).tables[INTERVALS].files
    months = sorted({month for file in files if (month := int(file.partition["ym"])) < kept})
    so_far, done = reached(lake, months), []
    for month in months:
        last = so_far.all(month)
        torn = so_far.is_torn(month)
        changed = _changed(-1 if last is None else parts_of(last)[1])
        if not torn and (last is None or last >= state or not len(changed)):
            continue
        number = so_far.next(month, state) if torn else state
        there = np.unique(
            arrays.whole(lake.read(INTERVALS, ["point"], partitions={INTERVALS: {"ym": [month]}})["point"])
        )
        _add_up(lake, month, there if torn else changed, number, every=torn)
        done.append(month)
    return done


def _changed(seq: int) -> Ints:
    rows = PointVersion.objects.filter(seq__gt=seq).values_list("point_id", flat=True)
    return np.unique(np.array(sorted(set(rows)), dtype=np.int64))


def _add_up(lake: DeltaLake, month: int, points: Ints, number: int, *, every: bool) -> None:
    virtual = users().touched(points.tolist())
    own = np.array(sorted(virtual), dtype=np.int64)
    made = list(merged([], virtual_hours(lake, month, virtual, _NONE, []))) if virtual else []
    replace(lake, INTERVALS, "point", own, made, (month, number))
    with transaction.atomic():
        if virtual:
            keep_months(month, own, made)
    roll_up(lake, month, np.union1d(points, own), number, every=every)
