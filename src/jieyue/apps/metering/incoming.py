"""Rows of readings on their way in: which of them the store has not got, and which say otherwise than it does.

One way for files and for what collectors send.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from django.conf import settings

from jieyue.apps.metering.derived import can_hold, columns_by_file
from jieyue.apps.metering.kept import month_said
from jieyue.apps.metering.lake import READINGS, prepared_lake, readings_schema
from jieyue.apps.metering.months import begin_of, month_of, months_between, months_of
from jieyue.apps.metering.readings_file import Findings
from jieyue.apps.metering.rules import judged_on
from jieyue.domain.reading_order import heads_of
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


def rows_where(rows: Rows, mask: Bools) -> Rows:
    """Some of them."""
    names = ("point", "channel", "ts", "value", "revision", "month", "number")
    return replace(rows, **{name: getattr(rows, name)[mask] for name in names})


def without_closed(rows: Rows, first: int | None, findings: Findings) -> tuple[Rows, Bools]:
    """(the rows from the month `first` on, which of all of them are earlier): their months were let go since they were
    checked, which the findings say. The caller holds the lake's lock, so that `first` is what holds."""
    closed = np.zeros(len(rows.ts), dtype=bool) if first is None else rows.ts < begin_of(first)
    if first is None or not closed.any():
        return rows, closed
    for point in np.unique(rows.point[closed]).tolist():
        findings.add(
            "reading_closed", rows.number[closed & (rows.point == point)], value=rows.codes[point], key_=f"m{point}",
            since=month_said(first),
        )  # fmt: skip
    return rows_where(rows, ~closed), closed


def sorted_rows(columns: Sequence[Ints], codes: Mapping[int, str]) -> Rows:
    """Rows from point, channel, instant, value, revision and number, put in order; equal ones stay as they came."""
    order = _order(*columns[:5])
    if order is not None:
        columns = [column[order] for column in columns]
    point, channel, ts, value, revision, number = columns
    return Rows(point, channel, ts, value, revision, months_of(ts), number, codes)


def _order(point: Ints, channel: Ints, ts: Ints, value: Ints, revision: Ints) -> Ints | None:
    """The places of the rows in their order; None: as they stand. Most files have one meter after another, each in
    the order of time: then whole meters are put in order."""
    key = _key(point, channel, ts)
    if bool((key[1:] > key[:-1]).all()):
        return None
    heads = heads_of(point, channel)
    meters = np.argsort(key[heads], kind="stable")
    count = np.diff(np.append(heads, len(key)))[meters]
    order: Ints = np.arange(len(key)) + np.repeat(heads[meters] - (np.cumsum(count) - count), count)
    own = key[order]
    if not bool((own[1:] >= own[:-1]).all()):
        order = np.argsort(key, kind="stable")
        own = key[order]
    same = np.flatnonzero(own[1:] == own[:-1])
    if len(same):  # several rows of one instant: by revision and value
        places = np.unique(np.concatenate((same, same + 1)))
        few = order[places]
        order[places] = few[np.lexsort((value[few], revision[few], key[few]))]
    return order


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
_STORED = ("point", "channel", "ts", "value", "revision")


def _key(point: Ints, channel: Ints, ts: Ints, *, like: Ints | None = None) -> Ints:
    """One number for point, channel and instant: the serial of the point fits beside them in 63 bits.

    like: points among which these are; keys are made as for those.
    """
    every = point if like is None else like
    base = int(every.min()) if len(every) else 0
    spread = int(every.max()) - base if len(every) else 0
    fits = spread < 2 ** (63 - _CHANNEL_BITS - _TS_BITS)
    serial = point - base if fits else np.searchsorted(np.unique(every), point)
    return (serial << (_CHANNEL_BITS + _TS_BITS)) + (channel << _TS_BITS) + ts


def _stored(rows: Rows) -> _Stored | None:
    """(key, value, revision) of what the store has of these points between these instants, ascending. Points of a file
    may lie far apart: what lies between them is not read."""
    lake = prepared_lake()
    if not len(rows.ts):
        return None
    points = np.unique(rows.point[heads_of(rows.point)])
    first, last = int(rows.ts.min()), int(rows.ts.max())
    months = {str(month) for month in months_between(month_of(first), month_of(last))}
    files = [
        file
        for file in lake.snapshot([READINGS]).tables[READINGS].files
        if file.partition["ym"] in months
        and can_hold(file, "point", points)
        and file.minimum.get("ts", first) <= last
        and file.maximum.get("ts", last) >= first
    ]
    span = ("point", int(points[0]), int(points[-1]))
    found = []
    for file in files:
        (columns,) = columns_by_file(lake, READINGS, _STORED, [file], span, keys=points)
        near = np.flatnonzero((columns[2] >= first) & (columns[2] <= last))
        if len(near):
            found.append(tuple(column[near] for column in columns))
    if not found:
        return None
    point, channel, ts, value, revision = (np.concatenate(column) for column in zip(*found, strict=True))
    key = _key(point, channel, ts, like=rows.point)
    if not bool((key[1:] >= key[:-1]).all()):
        order = np.argsort(key, kind="stable")
        key, value, revision = key[order], value[order], revision[order]
    return key, value, revision


def _compared(rows: Rows, key: Ints, stored: _Stored) -> tuple[Bools, Bools]:
    """(rows that are stored as they are, rows with another value stored for their instant)."""
    known, value, revision = stored
    again, other = np.zeros(len(key), dtype=bool), np.zeros(len(key), dtype=bool)
    which = _with_keys(key, known)
    place = np.searchsorted(known, key[which])
    while len(which):
        same = revision[place] == rows.revision[which]
        again[which] |= same & (value[place] == rows.value[which])
        other[which] |= same & (value[place] != rows.value[which])
        place += 1
        more = place < len(known)  # rows that have one more stored for their instant
        more[more] = known[place[more]] == key[which[more]]
        which, place = which[more], place[more]
    return again, other


def _with_keys(key: Ints, known: Ints) -> Ints:
    """The places of the rows, ascending by key, whose key is among the known ones, which ascend too."""
    fewer = known[heads_of(known)]
    first = np.searchsorted(key, fewer)
    count = np.searchsorted(key, fewer, side="right") - first
    places: Ints = np.repeat(first - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))
    return places


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
