"""The newest reading of each point 最近读数, kept beside the lake so that lists need not look into it.

Whatever the order in which readings come the same one stands: the later instant, then the higher rank, then the higher
revision; where two differ and rank alike there is no value.
"""

from collections import defaultdict
from typing import Final

import numpy as np

from jieyue.apps.metering.derived import columns_of
from jieyue.apps.metering.incoming import Rows
from jieyue.apps.metering.lake import CHANNELS, READINGS, prepared_lake
from jieyue.apps.metering.models import LastReading, ReadingBatch
from jieyue.domain.quantity import from_fixed
from jieyue.domain.reading_order import rises
from jieyue.domain.readings import Bools, Ints
from jieyue.store import DeltaLake
from jieyue.store.port import DataFile

_TOTAL: Final = CHANNELS["total"]
_FEW: Final = 500
_COLUMNS: Final = ("point", "channel", "ts", "revision", "ingest_seq", "value")
_SAID: Final = ("ts", "value", "rank", "revision", "batch")


def keep_last(rows: Rows, stored_ones: Bools, batch: ReadingBatch) -> None:
    """Of the rows that one batch has stored. The caller holds the transaction, and the lake's lock."""
    if not LastReading.objects.exists():  # an older home has readings of which none was kept
        rebuild_last(prepared_lake())
        return
    mine = stored_ones & (rows.channel == _TOTAL)
    point, ts, value, revision = (one[mine] for one in (rows.point, rows.ts, rows.value, rows.revision))
    rank, number = np.full(len(point), batch.rank), np.full(len(point), batch.pk)
    fresh = _newest(point, ts, rank, revision, value, number)
    points = [one.point_id for one in fresh]
    stored: dict[int, LastReading] = {}
    for start in range(0, len(points), _FEW):
        stored |= LastReading.objects.in_bulk(points[start : start + _FEW])
    changed = [one for one in (_later(row, stored.get(row.point_id)) for row in fresh) if one is not None]
    LastReading.objects.bulk_create(
        changed, batch_size=_FEW, update_conflicts=True, unique_fields=["point"], update_fields=list(_SAID)
    )


def _later(row: LastReading, stored: LastReading | None) -> LastReading | None:
    """What is to stand in place of what is stored; None: that stays."""
    if stored is None:
        return row
    mine, theirs = _order(row), _order(stored)
    if mine != theirs:
        return row if mine > theirs else None
    if row.value == stored.value or stored.value is None:
        return None
    row.value = None
    return row


def _order(row: LastReading) -> tuple[int, int, int]:
    return row.ts, row.rank, row.revision


def _newest(point: Ints, ts: Ints, rank: Ints, revision: Ints, value: Ints, batch: Ints) -> list[LastReading]:
    """Of rows in any order, one for each point."""
    if not len(point):
        return []
    if not rises(point, ts):  # else one row for each instant, as a file mostly has them
        order = np.lexsort((value, revision, rank, ts, point))
        point, ts, rank, revision, value, batch = (
            one[order] for one in (point, ts, rank, revision, value, batch)
        )
    last = np.append(np.flatnonzero(point[1:] != point[:-1]), len(point) - 1)
    found = []
    for place in last.tolist():
        before = place - 1
        alike = before >= 0 and all(
            column[before] == column[place] for column in (point, ts, rank, revision)
        )  # of several values of one rank the lowest stands before
        said = None if alike and value[before] != value[place] else from_fixed(int(value[place]))
        found.append(
            LastReading(
                point_id=int(point[place]), ts=int(ts[place]), value=said, rank=int(rank[place]),
                revision=int(revision[place]), batch=int(batch[place]),
            )  # type: ignore[misc]
        )  # fmt: skip
    return found


def rebuild_last(lake: DeltaLake) -> None:
    """Of all that the lake has, in place of what is kept. The caller holds the transaction."""
    by_month: dict[int, list[DataFile]] = defaultdict(list)
    for file in lake.snapshot([READINGS]).tables[READINGS].files:
        by_month[int(file.partition["ym"])].append(file)
    ranks = dict(ReadingBatch.objects.values_list("pk", "rank"))
    found: dict[int, LastReading] = {}
    for month in sorted(by_month, reverse=True):
        newest: dict[int, LastReading] = {}
        for file in by_month[month]:  # a city's month of readings would take gigabytes
            for row in _of_file(lake, file, ranks):
                newest[row.point_id] = _later(row, newest.get(row.point_id)) or newest[row.point_id]
        found = newest | found
    LastReading.objects.all().delete()
    LastReading.objects.bulk_create(found.values(), batch_size=_FEW)


def _of_file(lake: DeltaLake, file: DataFile, ranks: dict[int, int]) -> list[LastReading]:
    point, channel, ts, revision, batch, value = columns_of(
        lake, READINGS, _COLUMNS, [file], ("point", 0, 2**62)
    )
    mine = channel == _TOTAL
    numbers, place = np.unique(batch[mine], return_inverse=True)
    rank = np.array([ranks.get(number, 0) for number in numbers.tolist()], dtype=np.int64)[place]
    return _newest(point[mine], ts[mine], rank, revision[mine], value[mine], batch[mine])
