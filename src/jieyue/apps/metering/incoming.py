"""Rows of readings on their way in: which of them the store has not got, and which say otherwise than it does.

One way for files and for what collectors send.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from django.conf import settings

from jieyue.apps.metering.lake import READINGS, prepared_lake, readings_schema
from jieyue.apps.metering.months import months_of
from jieyue.apps.metering.rules import judged_on
from jieyue.domain.readings import Bools, Ints
from jieyue.store import arrays

_CHANNEL_BITS, _TS_BITS = 3, 40


def rank_of(origin: str) -> int:
    """The rank of a source today; the higher one stands."""
    return judged_on(settings.JIEYUE_HOME.today()).ranks[origin]


@dataclass
class Rows:
    """The good rows, ascending by point, channel and instant. number: of each in the file, or of its packet."""

    point: Ints
    channel: Ints
    ts: Ints
    value: Ints
    revision: Ints
    month: Ints
    number: Ints
    codes: Mapping[int, str]


def sorted_rows(columns: Sequence[Ints], codes: Mapping[int, str]) -> Rows:
    """Rows from point, channel, instant, value, revision and number, put in order; equal ones stay as they came."""
    point, channel, ts, value, revision, number = columns
    if not _rises(point, channel, ts):
        order = np.lexsort((value, revision, ts, channel, point))
        point, channel, ts, value, revision, number = (column[order] for column in columns)
    return Rows(point, channel, ts, value, revision, months_of(ts), number, codes)


def _rises(point: Ints, channel: Ints, ts: Ints) -> bool:
    later = point[1:] > point[:-1]
    same = point[1:] == point[:-1]
    later |= same & (channel[1:] > channel[:-1])
    later |= same & (channel[1:] == channel[:-1]) & (ts[1:] > ts[:-1])
    return bool(later.all())


def compare(rows: Rows) -> tuple[Bools, Bools]:
    """(which rows are new among each other and to the store, which have a rival: another value of their instant)."""
    key = _key(rows.point, rows.channel, rows.ts)
    fresh = np.ones(len(key), dtype=bool)
    same_instant = key[1:] == key[:-1]
    same = same_instant & (rows.value[1:] == rows.value[:-1]) & (rows.revision[1:] == rows.revision[:-1])
    fresh[1:] &= ~same
    rivals = np.zeros(len(key), dtype=bool)
    rivals[1:] = same_instant & ~same & (rows.revision[1:] == rows.revision[:-1])
    stored = _stored(rows)
    if stored is not None:
        again, other = _compared(rows, key, stored)
        fresh &= ~again
        rivals |= other & fresh
    return fresh, rivals


_Stored = tuple[Ints, Ints, Ints]


def _key(point: Ints, channel: Ints, ts: Ints) -> Ints:
    """One number for point, channel and instant: the serial of the point fits beside them in 63 bits."""
    base = int(point.min()) if len(point) else 0
    spread = int(point.max()) - base if len(point) else 0
    if spread < 2 ** (63 - _CHANNEL_BITS - _TS_BITS):
        return ((point - base) << (_CHANNEL_BITS + _TS_BITS)) | (channel << _TS_BITS) | ts
    _points, dense = np.unique(point, return_inverse=True)
    return (dense << (_CHANNEL_BITS + _TS_BITS)) | (channel << _TS_BITS) | ts


def _stored(rows: Rows) -> _Stored | None:
    """(key, value, revision) of what the store has of these points between these instants, ascending."""
    lake = prepared_lake()
    if not len(rows.ts):
        return None
    low, high = int(rows.point.min()), int(rows.point.max())
    first, last = int(rows.ts.min()), int(rows.ts.max())
    months = {str(month) for month in np.unique(rows.month).tolist()}
    files = [
        file
        for file in lake.snapshot([READINGS]).tables[READINGS].files
        if file.partition["ym"] in months
        and file.minimum.get("point", low) <= high
        and file.maximum.get("point", high) >= low
        and file.minimum.get("ts", first) <= last
        and file.maximum.get("ts", last) >= first
    ]
    if not files:
        return None
    found = lake.read(
        READINGS, ["point", "channel", "ts", "value", "revision"], files=files,
        spans={"point": (low, high), "ts": (first, last)},
    )  # fmt: skip
    point, channel, ts, revision = (
        arrays.whole(found[name]) for name in ("point", "channel", "ts", "revision")
    )
    value, _there = arrays.quantities(found["value"], len(ts))
    near = (
        (point >= low)
        & (point <= high)
        & (ts >= first)
        & (ts <= last)
        & np.isin(point, np.unique(rows.point))
    )
    point, channel, ts, value, revision = (one[near] for one in (point, channel, ts, value, revision))
    if not len(ts):
        return None
    key = _key(np.concatenate((rows.point, point)), np.concatenate((rows.channel, channel)),
               np.concatenate((rows.ts, ts)))[len(rows.ts) :]  # fmt: skip
    order = np.argsort(key, kind="stable")
    return key[order], value[order], revision[order]


def _compared(rows: Rows, key: Ints, stored: _Stored) -> tuple[Bools, Bools]:
    """(rows that are stored as they are, rows with another value stored for their instant)."""
    own = _key(rows.point, rows.channel, rows.ts) if key is None else key
    known, value, revision = stored
    place = np.searchsorted(known, own)
    again, other = np.zeros(len(own), dtype=bool), np.zeros(len(own), dtype=bool)
    which = np.arange(len(own))  # rows that may have one more stored for their instant
    while True:
        which = which[place[which] < len(known)]
        which = which[known[place[which]] == own[which]]
        if not len(which):
            return again, other
        at = place[which]
        same = revision[at] == rows.revision[which]
        again[which] |= same & (value[at] == rows.value[which])
        other[which] |= same & (value[at] != rows.value[which])
        place[which] += 1


def table_of(rows: Rows, fresh: Bools, batch: int) -> pa.Table:
    every = bool(fresh.all())
    columns = {name: getattr(rows, name) for name in ("month", "point", "channel", "ts", "value", "revision")}
    if not every:
        columns = {name: column[fresh] for name, column in columns.items()}
    count = len(columns["ts"])
    there = np.ones(count, dtype=bool)
    made = [
        pa.array(columns["month"].astype(np.int32)),
        pa.array(columns["point"]),
        pa.array(columns["channel"].astype(np.int32)),
        pa.array(columns["ts"]),
        arrays.decimals(columns["value"], there),
        pa.array(columns["revision"].astype(np.int32)),
        pa.array(np.full(count, batch, dtype=np.int64)),
    ]
    return pa.Table.from_arrays(made, schema=readings_schema())
