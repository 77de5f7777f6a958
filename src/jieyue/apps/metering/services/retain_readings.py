"""Let raw readings go that are older than the authority keeps them: of whole months that are final, in one commit.

A month is final when all that it adds up to is published as it stands and nothing in it is left to look at. What later
months need of the older ones stays (kept.py). The readings themselves leave the disk with the tidying of the next day.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from django.conf import settings

from jieyue.apps.metering.derived import columns_of
from jieyue.apps.metering.kept import (
    KEPT,
    floors,
    kept_from,
    months_to_keep,
    staying,
    whole_from,
)
from jieyue.apps.metering.lake import READINGS, prepared_lake
from jieyue.apps.metering.look import EVER
from jieyue.apps.metering.models import Point, PointWork
from jieyue.apps.metering.months import months_between, shifted
from jieyue.apps.metering.raw import recorded
from jieyue.apps.metering.ready import lines_of
from jieyue.apps.metering.services.clean import clean
from jieyue.apps.metering.services.fold_packets import fold_packets
from jieyue.apps.metering.services.note_kept import note, note_kept
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.lake import derive_lock
from jieyue.store import DeltaLake
from jieyue.store.failpoint import failpoint
from jieyue.store.port import DataFile

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Waits:
    """Why a month and all later ones keep their readings: lines that are not published as they stand, items that are
    open."""

    month: int
    unpublished: int
    open: int


@dataclass(frozen=True)
class Retained:
    """What was let go, or would be. first: from this month on uses can be derived again (None: of all months); months:
    whose readings go; rows: that go; stay: older ones that later months still look at; waits: why no more."""

    first: int | None = None
    months: tuple[int, ...] = ()
    rows: int = 0
    stay: int = 0
    waits: Waits | None = None
    applied: bool = False


@dataclass
class _Plan:
    """What is to go. files: that lose readings, mixed: those of them that keep some; floors: point → from when on."""

    first: int
    files: list[DataFile] = field(default_factory=list)
    months: list[int] = field(default_factory=list)
    rows: int = 0
    stay: int = 0
    mixed: list[DataFile] = field(default_factory=list)
    floors: dict[int, int] = field(default_factory=dict)


def retain_readings(
    *, actor: str, months: int | None = None, accept_open: str = "", dry_run: bool = False
) -> Retained:
    """Let go what is older than `months` whole months before this one (None: the authority's rule; none: nothing).

    accept_open: the reason for which months are closed although items in them are open. Raises RefusedError.
    """
    if months is not None and months < 1:
        raise RefusedError(
            "raw_months", zh="保存的月数应为从 1 起的整数", en="keep a whole number of months from 1 on"
        )
    today = settings.JIEYUE_HOME.today()
    count = months_to_keep(today) if months is None else months
    lake = prepared_lake()
    if not dry_run:
        note_kept(lake, actor)
    if count is None:
        return Retained(kept_from(lake))
    if not dry_run:
        fold_packets()
    with derive_lock().hold():
        if not dry_run:
            clean(actor=actor)
        with lake.lock.hold():  # nothing comes in from here on
            if not dry_run:
                fold_packets()  # what was acknowledged until now counts; what comes later is refused by the fold
                clean(actor=actor)
            wanted = shifted(today.year * 100 + today.month, -count)
            return _retain(lake, wanted, actor, accept_open.strip(), dry_run)


def _retain(lake: DeltaLake, wanted: int, actor: str, accepted: str, dry_run: bool) -> Retained:
    by_month, so_far = recorded(lake), kept_from(lake)
    if not by_month:
        return Retained(so_far)
    begin = so_far or next(iter(by_month))
    first, waits = _final_until(begin, wanted, accepted)
    plan = _plan(lake, first, by_month) if first > begin else _Plan(first)
    if not plan.files:
        return Retained(so_far, waits=waits)
    found = Retained(first, tuple(plan.months), plan.rows, plan.stay, waits, not dry_run)
    if dry_run:
        return found
    lake.let_go(READINGS, _staying(lake, plan), removes=plan.files, txn=(KEPT, first))
    failpoint("retain.after_lake")
    data: dict[str, object] = {"months": plan.months, "rows": plan.rows, "stay": plan.stay}
    note(first, actor, {**data, "accepted": accepted} if accepted else data)
    return found


def _final_until(begin: int, wanted: int, accepted: str) -> tuple[int, Waits | None]:
    """The first month that is not final, or the wanted one; and what it waits for."""
    if begin >= wanted:
        return begin, None
    for month in months_between(begin, shifted(wanted, -1)):
        unpublished = sum(line.state != "published" for line in lines_of(month, None))
        items = 0 if accepted else PointWork.objects.filter(month=month).count()
        if unpublished or items:
            return month, Waits(month, unpublished, items)
    return wanted, None


def _plan(lake: DeltaLake, first: int, by_month: dict[int, list[DataFile]]) -> _Plan:
    plan, whole = _Plan(first), whole_from(first)
    old = [month for month in by_month if month < whole]
    if not old:
        return plan
    plan.floors = floors(lake, first, list(Point.objects.order_by("pk").values_list("pk", flat=True)))
    for number, month in enumerate(old, start=1):
        gone = _of_month(lake, plan, by_month[month])
        if gone:
            plan.months.append(month)
        log.info("readings of %d: %d may go; month %d of %d", month, gone, number, len(old))
    return plan


def _of_month(lake: DeltaLake, plan: _Plan, files: Sequence[DataFile]) -> int:
    """Put the month's files that lose readings into the plan; how many readings go."""
    gone = 0
    for file in files:
        point, ts = columns_of(lake, READINGS, ("point", "ts"), [file], ("point", 0, EVER))
        stay = int(staying(point, ts, plan.floors).sum())
        if stay == file.rows:
            continue
        plan.files.append(file)
        plan.rows += file.rows - stay
        plan.stay += stay
        gone += file.rows - stay
        if stay:
            plan.mixed.append(file)
    return gone


def _staying(lake: DeltaLake, plan: _Plan) -> Iterator[pa.Table]:
    """The rows that stay, file by file."""
    names = lake.snapshot([READINGS]).tables[READINGS].schema.names
    for file in plan.mixed:
        rows = lake.read(READINGS, names, files=[file])
        point, ts = rows["point"].to_numpy(), rows["ts"].to_numpy()
        yield rows.filter(pa.array(staying(point, ts, plan.floors)))
