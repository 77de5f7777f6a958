"""Derive the intervals of what has changed: month by month, the points that new readings or records have touched.

A month's intervals carry the transaction (its name, readings version and publication): what came since is what is
derived again. A crash repeats a derivation, never skips one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.metering.block import Block, derive_block
from jieyue.apps.metering.lake import INTERVALS, READINGS, intervals_schema, prepared_lake
from jieyue.apps.metering.models import MeterPeriod, PointVersion, PointWork
from jieyue.apps.metering.month_sums import keep_months
from jieyue.apps.metering.months import shifted
from jieyue.apps.publication.queries import last_done
from jieyue.domain.reading_order import heads_of
from jieyue.domain.readings import Ints
from jieyue.store import DeltaLake, arrays
from jieyue.store.failpoint import failpoint
from jieyue.store.port import DataFile

#: Points of one block: its readings of three months stay below some hundred megabytes.
POINTS = 400
_SHIFT = 32


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
    number = version << _SHIFT | last_done()
    done = [_month(lake, month, number, rebuild=rebuild) for month in _months(lake)]
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
    return sorted({int(file.partition["ym"]) for file in files})


def _month(lake: DeltaLake, month: int, number: int, *, rebuild: bool) -> tuple[int, int]:
    """Derive one month's touched points; (points, intervals)."""
    name = f"m{month}"
    last = lake.last_txn(INTERVALS, name)
    if last is not None and number <= last:
        if not rebuild:
            return 0, 0
        number = last + 1
    since = (-1, -1) if last is None or rebuild else (last >> _SHIFT, last & (2**_SHIFT - 1))
    points = _touched(lake, month, *since)
    if not len(points):
        return 0, 0
    parts: list[Block] = []
    for start in range(0, len(points), POINTS):
        parts.append(derive_block(lake, month, points[start : start + POINTS]))
    failpoint("clean.before_lake")
    rows = _replace(lake, month, points, [part.rows for part in parts], (name, number))
    with transaction.atomic():
        for start in range(0, len(points), 500):
            few = points[start : start + 500].tolist()
            PointWork.objects.filter(month=month, point_id__in=few).delete()
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
        keep_months(month, points, [part.rows for part in parts])
    return len(points), rows


def _touched(lake: DeltaLake, month: int, version: int, seq: int) -> Ints:
    """Points with new readings in the month or beside it, or a changed record, since then."""
    beside = {str(shifted(month, by)) for by in (-1, 0, 1)}
    files = [file for file in lake.added_since(READINGS, version) if file.partition["ym"] in beside]
    found = [_distinct(arrays.whole(lake.read(READINGS, ["point"], files=[file])["point"])) for file in files]
    changed: set[int] = set()
    if seq >= 0:
        changed |= set(PointVersion.objects.filter(seq__gt=seq).values_list("point_id", flat=True))
        changed |= set(MeterPeriod.objects.filter(seq__gt=seq).values_list("point_id", flat=True))
    every = [*found, np.array(sorted(changed), dtype=np.int64)]
    return np.unique(np.concatenate(every)) if every else np.zeros(0, dtype=np.int64)


def _distinct(points: Ints) -> Ints:
    return points[heads_of(points)]


def _replace(
    lake: DeltaLake, month: int, points: Ints, made: Sequence[pa.Table], txn: tuple[str, int]
) -> int:
    """Put the points' new intervals in place of their old ones; only files that can hold them are written anew."""
    with lake.lock.hold():
        old = [
            file
            for file in lake.snapshot([INTERVALS]).tables[INTERVALS].files
            if file.partition["ym"] == str(month) and _can_hold(file, points)
        ]
        stay = lake.read(INTERVALS, intervals_schema().names, files=old)
        keep = ~np.isin(arrays.whole(stay["point"]), points)
        kept = stay.filter(pa.array(keep)) if old else stay
        rows = pa.concat_tables([kept, *made])
        if kept.num_rows:  # what is made comes in this order
            rows = rows.sort_by([("point", "ascending"), ("channel", "ascending"), ("start", "ascending")])
        lake.correct(INTERVALS, rows, removes=old, txn=txn)
    return sum(table.num_rows for table in made)


def _can_hold(file: DataFile, points: Ints) -> bool:
    low, high = file.minimum.get("point"), file.maximum.get("point")
    if low is None or high is None:
        return True
    place = int(np.searchsorted(points, low))
    return place < len(points) and int(points[place]) <= high
