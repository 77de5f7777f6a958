"""Derive the intervals of what has changed: month by month, the points that new readings or records have touched.

What came since the state that all derived tables of a month have reached (derived.py) is derived again, and added up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.metering.block import Block, derive_block
from jieyue.apps.metering.derived import Reached, parts_of, reached, replace, state_of
from jieyue.apps.metering.formulas import users
from jieyue.apps.metering.lake import INTERVALS, READINGS, prepared_lake
from jieyue.apps.metering.models import Derivation, MeterPeriod, PointVersion, PointWork, ReadingEdit
from jieyue.apps.metering.month_sums import forget_month, keep_months
from jieyue.apps.metering.months import month_of, months_between, shifted
from jieyue.apps.metering.reach import reaching_back
from jieyue.apps.metering.rules import number_of, spans_of
from jieyue.apps.metering.services.roll_up import roll_up
from jieyue.apps.metering.virtual import merged, virtual_hours
from jieyue.apps.publication.lake import derive_lock
from jieyue.apps.publication.queries import last_done
from jieyue.domain.reading_order import heads_of
from jieyue.domain.readings import Ints
from jieyue.store import DeltaLake, arrays
from jieyue.store.failpoint import failpoint
from jieyue.store.port import DataFile

#: Points of one block: its readings of three months stay below some hundred megabytes.
POINTS = 400


@dataclass(frozen=True)
class Cleaned:
    """What was derived: months, points in them (each month counts), intervals."""

    months: int
    points: int
    intervals: int


def clean(*, actor: str, rebuild: bool = False) -> Cleaned:
    """Derive what is not derived yet; rebuild: every month of every point, from the raw readings alone. A rebuild that
    was stopped is taken up again. One at a time: a second one waits, and finds what is left."""
    with derive_lock().hold():
        lake = prepared_lake()
        version = lake.snapshot([READINGS]).tables[READINGS].version
        state = state_of(version, last_done())
        months = _months(lake)
        so_far = reached(lake, months)
        if rebuild:  # refused before anything is begun
            for month in months:
                so_far.next(month, state)
        work = _Work(lake, state, so_far, _progress(months, state, rebuild=rebuild))
        done = [_month(work, month) for month in months]
        if work.progress.state != state:
            work.progress.state = state
            work.progress.save(update_fields=["state"])
        found = Cleaned(
            sum(points > 0 for points, _ in done), sum(p for p, _ in done), sum(n for _, n in done)
        )
        if found.months:
            with transaction.atomic():
                record(
                    "metering.clean", f"readings:{version}", actor=actor,
                    data={"months": found.months, "points": found.points, "intervals": found.intervals,
                          "rebuild": rebuild,
                          "rules": sorted({one.judged.version for month in months for one in spans_of(month)})},
                )  # fmt: skip
        return found


def _progress(months: list[int], state: int, *, rebuild: bool) -> Derivation:
    """How far earlier derivations came; what speaks of a later state than now (a lake from a backup) says nothing."""
    progress, _made = Derivation.objects.get_or_create(pk=1)
    if progress.state > state:
        progress.state = -1
    if rebuild:
        progress.rebuild = list(months)
        progress.save()
    return progress


@dataclass(frozen=True)
class _Work:
    """What one derivation knows: the state that it leads to, those that the tables have reached, how far all came.

    added: version of the readings → files that came since.
    """

    lake: DeltaLake
    state: int
    so_far: Reached
    progress: Derivation
    added: dict[int, list[DataFile]] = field(default_factory=dict)

    def last(self, month: int) -> int | None:
        """Up to which state the month is made; None: nothing of it, or it is to be made again."""
        if month in self.progress.rebuild or self.so_far.is_torn(month):
            return None
        if not self.so_far.is_by(month, number_of(month)):
            return None
        made = self.so_far.all(month)
        return None if made is None else max(made, self.progress.state)

    def since(self, version: int) -> list[DataFile]:
        """Files of readings that came after a version."""
        if version not in self.added:
            self.added[version] = self.lake.added_since(READINGS, version)
        return self.added[version]


def _months(lake: DeltaLake) -> list[int]:
    files = lake.snapshot([READINGS]).tables[READINGS].files
    return sorted({int(file.partition["ym"]) for file in files} | _edited())


def _edited() -> set[int]:
    """Months of which somebody has set the use, or had."""
    spans = ReadingEdit.objects.filter(kind=ReadingEdit.Kind.USE).values_list("begins", "ends")
    return {month for begins, ends in spans for month in months_between(month_of(begins), month_of(ends - 1))}


def _month(work: _Work, month: int) -> tuple[int, int]:
    """Derive one month's touched points and what they add up to; (points, intervals)."""
    last, state = work.last(month), work.state
    whole = last is None
    if last is not None and state <= last:
        return 0, 0
    points = _touched(work, month, *((-1, -1) if last is None else parts_of(last)))
    if not len(points):
        return 0, 0
    if whole:
        state = work.so_far.next(month, state)
    lake = work.lake
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
    txn = (month, state)
    stored = replace(lake, INTERVALS, "point", None if whole else points, made, txn, number_of(month))
    _keep(month, None if whole else points, parts, made)
    failpoint("clean.after_intervals")
    roll_up(lake, month, points, state, every=whole, made=made if stored else None)
    if month in work.progress.rebuild:
        work.progress.rebuild.remove(month)
        work.progress.save(update_fields=["rebuild"])
    return len(points), sum(table.num_rows for table in made)


def _keep(month: int, points: Ints | None, parts: Sequence[Block], made: Sequence[pa.Table]) -> None:
    """What lists and boards read of the month, in place of what they have of the points (None: of all)."""
    with transaction.atomic():
        forget_month(PointWork, month, points)
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


def _touched(work: _Work, month: int, version: int, seq: int) -> Ints:
    """Points with new readings that the month's verdicts look at, or a changed record, since then."""
    files: dict[int, list[DataFile]] = {by: [] for by in (-1, 0, 1)}
    for file in work.since(version):
        for by, found in files.items():
            if file.partition["ym"] == str(shifted(month, by)):
                found.append(file)
    own = [
        _distinct(arrays.whole(work.lake.read(READINGS, ["point"], files=[file])["point"]))
        for file in (*files[-1], *files[0])
    ]
    changed = set(ReadingEdit.objects.filter(seq__gt=seq).values_list("point_id", flat=True))
    if seq >= 0:
        changed |= set(PointVersion.objects.filter(seq__gt=seq).values_list("point_id", flat=True))
        changed |= set(MeterPeriod.objects.filter(seq__gt=seq).values_list("point_id", flat=True))
    points = np.unique(np.concatenate([*own, np.array(sorted(changed), dtype=np.int64)]))
    return np.union1d(points, reaching_back(work.lake, month, files[1], points)) if files[1] else points


def _distinct(points: Ints) -> Ints:
    return points[heads_of(points)]
