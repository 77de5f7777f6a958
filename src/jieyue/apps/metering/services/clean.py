"""Derive the intervals of what has changed: month by month, the points that new readings or records have touched.

What came since the state that all derived tables of a month have reached (derived.py) is derived again, and added up.
"""

from dataclasses import dataclass

import numpy as np
from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.metering.block import Block, derive_block
from jieyue.apps.metering.derived import Reached, parts_of, reached, replace, state_of
from jieyue.apps.metering.formulas import users
from jieyue.apps.metering.lake import INTERVALS, READINGS, prepared_lake
from jieyue.apps.metering.models import MeterPeriod, PointVersion, PointWork, ReadingEdit
from jieyue.apps.metering.month_sums import keep_months
from jieyue.apps.metering.months import month_of, months_between, shifted
from jieyue.apps.metering.services.roll_up import roll_up
from jieyue.apps.metering.virtual import merged, virtual_hours
from jieyue.apps.publication.queries import last_done
from jieyue.domain.reading_order import heads_of
from jieyue.domain.readings import Ints
from jieyue.store import DeltaLake, arrays
from jieyue.store.failpoint import failpoint

#: Points of one block: its readings of three months stay below some hundred megabytes.
POINTS = 400


@dataclass(frozen=True)
class Cleaned:
    """What was derived: months, points in them (each month counts), intervals."""

    months: int
    points: int
    intervals: int


def clean(*, actor: str, rebuild: bool = False) -> Cleaned:
    """Derive what is not derived yet; rebuild: every month of every point, from the raw readings alone."""
    lake = prepared_lake()
    version = lake.snapshot([READINGS]).tables[READINGS].version
    state = state_of(version, last_done())
    months = _months(lake)
    so_far = reached(lake, months)
    done = [_month(lake, month, state, so_far, rebuild=rebuild) for month in months]
    found = Cleaned(sum(points > 0 for points, _ in done), sum(p for p, _ in done), sum(n for _, n in done))
    if found.months:
        with transaction.atomic():
            record(
                "metering.clean", f"readings:{version}", actor=actor,
                data={"months": found.months, "points": found.points, "intervals": found.intervals, "rebuild": rebuild},
            )  # fmt: skip
    return found


def _months(lake: DeltaLake) -> list[int]:
    files = lake.snapshot([READINGS]).tables[READINGS].files
    return sorted({int(file.partition["ym"]) for file in files} | _edited())


def _edited() -> set[int]:
    """Months of which somebody has set the use, or had."""
    spans = ReadingEdit.objects.filter(kind=ReadingEdit.Kind.USE).values_list("begins", "ends")
    return {month for begins, ends in spans for month in months_between(month_of(begins), month_of(ends - 1))}


def _month(lake: DeltaLake, month: int, state: int, so_far: Reached, *, rebuild: bool) -> tuple[int, int]:
    """Derive one month's touched points and what they add up to; (points, intervals)."""
    last = None if rebuild else so_far.all(month)
    if last is not None and state <= last:
        return 0, 0
    points = _touched(lake, month, *((-1, -1) if last is None else parts_of(last)))
    if not len(points):
        return 0, 0
    if rebuild:
        state = so_far.next(month, state)
    virtual = users().touched(points.tolist())
    read = points[~np.isin(points, sorted(virtual))]
    parts: list[Block] = []
    for start in range(0, len(read), POINTS):
        parts.append(derive_block(lake, month, read[start : start + POINTS]))
    failpoint("clean.before_lake")
    made = [part.rows for part in parts]
    if virtual:
        points = np.union1d(points, sorted(virtual))
        made = merged(made, virtual_hours(lake, month, virtual, read, made))
    replace(lake, INTERVALS, "point", None if rebuild else points, made, (month, state))
    with transaction.atomic():
        old = PointWork.objects.filter(month=month)
        for start in range(0, len(points) if old.exists() else 0, 500):
            old.filter(point_id__in=points[start : start + 500].tolist()).delete()
        PointWork.objects.bulk_create(
            [
                PointWork(
                    point_id=point, month=month, kind=item.kind.name.lower(), start=item.start, end=item.end
                )
                for part in parts
                for point, item in part.work
            ],
            batch_size=500,
        )
        keep_months(month, points, made)
    roll_up(lake, month, points, state, every=rebuild)
    return len(points), sum(table.num_rows for table in made)


def _touched(lake: DeltaLake, month: int, version: int, seq: int) -> Ints:
    """Points with new readings in the month or beside it, or a changed record, since then."""
    beside = {str(shifted(month, by)) for by in (-1, 0, 1)}
    files = [file for file in lake.added_since(READINGS, version) if file.partition["ym"] in beside]
    found = [_distinct(arrays.whole(lake.read(READINGS, ["point"], files=[file])["point"])) for file in files]
    changed = set(ReadingEdit.objects.filter(seq__gt=seq).values_list("point_id", flat=True))
    if seq >= 0:
        changed |= set(PointVersion.objects.filter(seq__gt=seq).values_list("point_id", flat=True))
        changed |= set(MeterPeriod.objects.filter(seq__gt=seq).values_list("point_id", flat=True))
    every = [*found, np.array(sorted(changed), dtype=np.int64)]
    return np.unique(np.concatenate(every)) if every else np.zeros(0, dtype=np.int64)


def _distinct(points: Ints) -> Ints:
    return points[heads_of(points)]
