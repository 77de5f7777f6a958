"""Derive the intervals of what has changed: month by month, the points that new readings or records have touched.

What came since the state that all derived tables of a month have reached (derived.py) is derived again, and added up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.metering.block import derive_block
from jieyue.apps.metering.changed import Change, first_change
from jieyue.apps.metering.derived import (
    METHOD,
    Reached,
    note,
    part_of,
    parts_of,
    reached,
    replace,
    state_of,
)
from jieyue.apps.metering.formulas import users
from jieyue.apps.metering.lake import INTERVALS, READINGS, prepared_lake
from jieyue.apps.metering.last_readings import rebuild_last
from jieyue.apps.metering.look import Look, keep_looks
from jieyue.apps.metering.made import Made
from jieyue.apps.metering.models import (
    Derivation,
    LastReading,
    MeterPeriod,
    PointVersion,
    PointWork,
    ReadingEdit,
)
from jieyue.apps.metering.month_sums import forget_month, keep_months
from jieyue.apps.metering.months import month_of, months_between
from jieyue.apps.metering.raw import recorded
from jieyue.apps.metering.reach import Heard, Readings, heard_in
from jieyue.apps.metering.rules import number_of, spans_of
from jieyue.apps.metering.services.note_kept import note_kept
from jieyue.apps.metering.services.roll_up import roll_up
from jieyue.apps.metering.services.sum_closed import sum_closed
from jieyue.apps.metering.virtual import merged, virtual_hours
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.lake import derive_lock
from jieyue.apps.publication.queries import last_done
from jieyue.domain.readings import Ints, WorkItem
from jieyue.store import DeltaLake
from jieyue.store.failpoint import failpoint
from jieyue.store.port import DataFile
from jieyue.store.reuse import memory_reused

#: Points of one block: its readings of three months stay below some hundred megabytes.
POINTS = 400


@dataclass(frozen=True)
class Cleaned:
    """What was derived: months, points in them (each month counts), intervals."""

    months: int
    points: int
    intervals: int


def clean(*, actor: str, rebuild: bool = False, first: int | None = None) -> Cleaned:
    """Derive what is not derived yet; rebuild: every month of every point, from the raw readings alone, or those from
    `first` on. A rebuild that was stopped is taken up again. One at a time: a second one waits, and finds what is left.

    Of months whose readings were let go (kept.py) only the sums follow the tree of points. Raises RefusedError
    (raw_gone) for a rebuild of such a month."""
    with derive_lock().hold(), memory_reused():
        lake = prepared_lake()
        version = lake.snapshot([READINGS]).tables[READINGS].version
        state = state_of(version, last_done())
        kept = note_kept(lake, actor)
        months = [month for month in _months(lake) if kept is None or month >= kept]
        again = [month for month in months if first is None or month >= first] if rebuild else []
        if rebuild and kept is not None and (first is None or first < kept):
            raise _raw_is_gone(kept)
        so_far = reached(lake, months)
        for month in again:  # refused before anything is begun
            so_far.next(month, state)
        if rebuild or not LastReading.objects.exists():
            _keep_last(lake)
        work = _Work(lake, state, so_far, _progress(months, state, again))
        if kept is not None and work.progress.state != state:
            sum_closed(lake, kept, state)
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


def _keep_last(lake: DeltaLake) -> None:
    """What lists show as last read is made again too."""
    with lake.lock.hold(), transaction.atomic():
        rebuild_last(lake)


def _raw_is_gone(kept: int) -> RefusedError:
    said = f"{kept // 100}-{kept % 100:02d}"
    return RefusedError(
        "raw_gone",
        zh=f"{said} 以前的原始读数已按保存期清除，不能重新推导；请用 --from {said}",
        en=f"the raw readings before {said} were let go and cannot be derived from again; use --from {said}",
    )


def _progress(months: list[int], state: int, again: Sequence[int]) -> Derivation:
    """How far earlier derivations came; what speaks of a later state than now (a lake from a backup) says nothing.
    again: months that are to be made anew."""
    progress, _made = Derivation.objects.get_or_create(pk=1)
    if progress.state > state:
        progress.state = -1
    if again or progress.method != METHOD:
        wanted = months if progress.method != METHOD else sorted({*again, *progress.rebuild})
        progress.rebuild, progress.method = list(wanted), METHOD
        progress.save()
    return progress


@dataclass(frozen=True)
class _Work:
    """What one derivation knows: the state that it leads to, those that the tables have reached, how far all came.

    added: version of the readings → those that came since.
    """

    lake: DeltaLake
    state: int
    so_far: Reached
    progress: Derivation
    added: dict[int, Readings] = field(default_factory=dict)

    def last(self, month: int) -> int | None:
        """Up to which state the month is made; None: nothing of it, or it is to be made again."""
        if month in self.progress.rebuild or self.so_far.is_torn(month):
            return None
        made = self.so_far.all(month)
        if (
            made is None
        ):  # a month of silence is looked at as all are, and has nothing until something is heard beyond
            silent = month not in self.every.files and self.progress.state >= 0
            return self.progress.state if silent else None
        if not self.so_far.is_by(month, number_of(month)):
            return None
        return max(made, self.progress.state)

    def is_open(self, month: int) -> bool:
        """Whether it is the last month with readings: more of it will come."""
        return month >= max(self.every.files, default=month)

    @cached_property
    def every(self) -> Readings:
        """All readings."""
        return Readings(recorded(self.lake), self._heard)

    def since(self, version: int) -> Readings:
        """Readings that came after a version."""
        if version not in self.added:
            files: dict[int, list[DataFile]] = {}
            for file in self.lake.added_since(READINGS, version):
                files.setdefault(int(file.partition["ym"]), []).append(file)
            self.added[version] = Readings(files, self._heard)
        return self.added[version]

    def _heard(self, files: Sequence[DataFile]) -> Heard:
        return heard_in(self.lake, files)


def _months(lake: DeltaLake) -> list[int]:
    """From the first that something was read in to the last, and those that somebody has set a use in."""
    found = list(recorded(lake))
    return sorted({*(months_between(found[0], found[-1]) if found else ()), *_edited()})


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
    points, is_on_record = _touched(work, month, last)
    if not len(points):
        _is_done(work, month)
        return 0, 0
    if whole:
        state = work.so_far.next(month, state)
    lake = work.lake
    virtual = users().touched(points.tolist())
    read = points[~np.isin(points, sorted(virtual))]
    made = Made(lake.root)
    work_of: list[tuple[int, WorkItem]] = []
    looks: dict[int, Look] = {}
    for start in range(0, len(read), POINTS):
        block = derive_block(lake, month, read[start : start + POINTS])
        made.add(block.rows)
        work_of += block.work
        looks |= block.looks
    failpoint("clean.before_lake")
    if virtual:
        points = np.union1d(points, sorted(virtual))
        made = Made(lake.root, merged(made, virtual_hours(lake, month, virtual, read, made)))
    change = None
    if not whole and not is_on_record and made.is_small:
        change = first_change(lake, month, points, made)
        if change is None:  # as it stands, in every table
            _keep(month, points, work_of, looks, made)  # first: what is noted is not made again
            failpoint("clean.after_lists")
            note(lake, month, state, number_of(month))
            return len(points), made.rows
    stored = _store(work, (month, state), None if whole else points, made, change)
    _keep(month, None if whole else points, work_of, looks, made)
    failpoint("clean.after_intervals")
    made_now = made if stored and made.is_small else None
    parted = work.is_open(month)
    change = change if parted else None
    roll_up(lake, month, points, state, every=whole, made=made_now, change=change, parted=parted)
    _is_done(work, month)
    return len(points), made.rows


def _store(work: _Work, txn: tuple[int, int], gone: Ints | None, made: Made, change: Change | None) -> bool:
    """Put intervals in place of those of some points (None: all), as `replace` does; in the month that readings still
    come in of, from the part on in which the first change is."""
    (month, _state), since = txn, None
    parted = work.is_open(month)
    if parted and gone is not None and change is not None:
        since = part_of(work.lake, INTERVALS, month, "point", gone, change.since)
    return replace(
        work.lake, INTERVALS, "point", gone, made, txn, number_of(month), since=since, parted=parted
    )


def _is_done(work: _Work, month: int) -> None:
    """Note that a month is made again."""
    if month in work.progress.rebuild:
        work.progress.rebuild.remove(month)
        work.progress.save(update_fields=["rebuild"])


def _keep(
    month: int,
    points: Ints | None,
    work: Sequence[tuple[int, WorkItem]],
    looks: Mapping[int, Look],
    made: Iterable[pa.Table],
) -> None:
    """What lists and boards read of the month, in place of what they have of the points (None: of all)."""
    with transaction.atomic():
        forget_month(PointWork, month, points)
        PointWork.objects.bulk_create(
            [
                PointWork(
                    point_id=point, month=month, kind=item.kind.name.lower(), start=item.start, end=item.end
                )
                for point, item in work
            ],
            batch_size=500,
        )
        keep_months(month, points, made)
        keep_looks(month, points, looks)


def _touched(work: _Work, month: int, last: int | None) -> tuple[Ints, bool]:
    """Points with new readings that the month looks at, or a changed record, since a state; None: all that have
    something in it. And whether some record has changed."""
    version, seq = (-1, -1) if last is None else parts_of(last)
    fresh = work.every if last is None else work.since(version)
    own = [fresh.near(month)]
    own.append(fresh.around(month) if last is None else fresh.beyond.get(month, own[0][:0]))
    changed = set(ReadingEdit.objects.filter(seq__gt=seq).values_list("point_id", flat=True))
    if seq >= 0:
        changed |= set(PointVersion.objects.filter(seq__gt=seq).values_list("point_id", flat=True))
        changed |= set(MeterPeriod.objects.filter(seq__gt=seq).values_list("point_id", flat=True))
    return np.unique(np.concatenate([*own, np.array(sorted(changed), dtype=np.int64)])), bool(changed)
