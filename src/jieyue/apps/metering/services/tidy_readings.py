"""Put the readings of each month together, by point, and remove files that nothing names any more. No row changes."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.metering.lake import READINGS
from jieyue.apps.publication.lake import open_lake
from jieyue.store.datafile import FILE_ROWS
from jieyue.store.port import DataFile

log = logging.getLogger(__name__)

#: Readings of a month that are put in order at once: some hundred megabytes. Of a larger one small files are merged.
ROWS = 8_000_000
_ORDER = ("point", "channel", "ts")


@dataclass(frozen=True)
class Tidied:
    """months: put together; files: that went into new ones; removed: old files taken off the disk."""

    months: int = 0
    files: int = 0
    removed: int = 0


def tidy_readings(*, actor: str) -> Tidied:
    """Month by month, each in a commit of its own, so that a stop costs at most one; then remove what is a day old."""
    lake = open_lake()
    if READINGS not in lake.tables():
        return Tidied()
    by_month: dict[str, list[DataFile]] = {}
    for file in lake.snapshot([READINGS]).tables[READINGS].files:
        by_month.setdefault(file.partition["ym"], []).append(file)
    due = {month: files for month, files in sorted(by_month.items()) if not _is_tidy(files)}
    merged = 0
    for number, (month, files) in enumerate(due.items(), start=1):
        order = _ORDER if sum(file.rows for file in files) <= ROWS else ()
        merged += lake.compact(READINGS, {"ym": month}, sort_by=order)
        log.info("readings of %s are put together: month %d of %d", month, number, len(due))
    removed = len(lake.vacuum(READINGS))
    done = Tidied(len(due) if merged else 0, merged, removed)
    if merged or removed:
        with transaction.atomic():
            record(
                "metering.tidy_readings", "lake:readings", actor=actor,
                data={"months": done.months, "files": done.files, "removed": done.removed},
            )  # fmt: skip
    return done


def _is_tidy(files: Sequence[DataFile]) -> bool:
    """As few files as there may be, each of points of its own (one point may go on in the next file)."""
    if len(files) > -(-sum(file.rows for file in files) // FILE_ROWS):
        return False
    ordered = sorted(files, key=lambda file: file.minimum["point"])
    return all(one.maximum["point"] <= other.minimum["point"] for one, other in pairwise(ordered))
