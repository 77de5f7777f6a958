"""Add up a month: days of points; hours, days and the month of institutions by carrier and end use.

Areas, departments and types are joined when they are asked for, so a reorganisation rewrites nothing. Written anew are
the days of the points and the lines of the institutions that a change has touched.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import replace as replaced
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jieyue.apps.metering.changed import Change
from jieyue.apps.metering.derived import part_of, replace
from jieyue.apps.metering.hours import Hours, hours_of
from jieyue.apps.metering.lake import (
    POINT_DAY,
    USE_DAY,
    USE_HOUR,
    USE_MONTH,
    point_day_schema,
    use_schema,
)
from jieyue.apps.metering.lines import Month, Stretch, month_lines, touched_institutions
from jieyue.apps.metering.months import begin_of
from jieyue.domain.reading_order import heads_of
from jieyue.domain.readings import DAY, HOUR, Bools, Bytes, Ints, Quality
from jieyue.domain.rollup import ABSENT, Lines, Sums, sums_of
from jieyue.store import DeltaLake, arrays
from jieyue.store.failpoint import failpoint

#: Lines that are added up at once: their hours of a month stay below some hundred megabytes.
LINES = 4_000
#: Points whose hours of a month are in memory at once: some 200 MB with what is reckoned of them.
POINTS = 16_000
_PER_DAY = DAY // HOUR
_COUNTS = (
    Quality.MEASURED, Quality.CALCULATED, Quality.ESTIMATED, Quality.MANUAL, Quality.SUSPECT, Quality.MISSING,
)  # fmt: skip


def roll_up(
    lake: DeltaLake,
    month: int,
    points: Ints,
    state: int,
    *,
    every: bool = False,
    made: Iterable[pa.Table] | None = None,
    change: Change | None = None,
    parted: bool = False,
) -> None:
    """Add up what touched points (ascending) change in a month; every: all there is, from the intervals alone.

    made: the intervals of the points, if the caller has just stored them; they are not read again. change: what alone
    is other in them, if nothing on record has changed: hours before it stay as they are. parted: the files of hours are
    of a few days each.
    """
    register = month_lines(month)
    institutions = register.institutions if every else touched_institutions(points.tolist())
    wanted = np.union1d(points, _parts(register, institutions))
    hours = _Source(lake, month, None if made is None else points, made or ()).with_few(wanted)
    txn = (month, state)
    days = (_point_days(hours.of(some), some, month) for some in _slices(points))
    replace(lake, POINT_DAY, "point", None if every else points, days, txn)
    failpoint("roll_up.after_days")
    sums: list[tuple[pa.Table, pa.Table]] = []
    since = (
        None if change is None or hours.every is None else _since(register, institutions, hours.every, change)
    )
    if since is not None:
        since = part_of(lake, USE_HOUR, month, "institution", institutions, since)

    def by_hour() -> Iterator[pa.Table]:
        sums.clear()
        for hour, day, whole in _every_table(register, institutions, hours, since):
            sums.append((day, whole))
            yield hour

    gone = None if every else institutions
    if not replace(lake, USE_HOUR, "institution", gone, by_hour(), txn, since=since, parted=parted):
        sums = [one[1:] for one in _every_table(register, institutions, hours)]
    failpoint("roll_up.after_hours")
    replace(lake, USE_DAY, "institution", gone, [one[0] for one in sums] or [use_schema().empty_table()], txn)
    replace(
        lake, USE_MONTH, "institution", gone, [one[1] for one in sums] or [use_schema().empty_table()], txn
    )
    failpoint("roll_up.after_months")


@dataclass(frozen=True)
class _Source:
    """Where hours of points come from: `every` of those that are wanted, where these are few, else as they are asked
    for. again, made: as `hours_of` has them."""

    lake: DeltaLake
    month: int
    again: Ints | None
    made: Iterable[pa.Table]
    every: Hours | None = None

    def of(self, points: Ints) -> Hours:
        return self.every or hours_of(self.lake, self.month, points, self.again, self.made)

    def with_few(self, wanted: Ints) -> "_Source":
        """The same with the hours of all the wanted points, unless they are many."""
        return self if len(wanted) > POINTS else replaced(self, every=self.of(wanted))


def _slices(points: Ints) -> Iterator[Ints]:
    for start in range(0, max(len(points), 1), POINTS):
        yield points[start : start + POINTS]


def _since(register: Month, institutions: Ints, hours: Hours, change: Change) -> int:
    """The first hour from which on a line of some institutions can be another one. A line has every hour from its first
    interval to its last: where it had none for a while before the change, that while belongs to it, or not."""
    begin, place = begin_of(register.month), np.searchsorted(hours.points, register.points)
    end = (change.since - begin) // HOUR
    there, is_other = hours.quality[:, :end] != ABSENT, np.isin(hours.points, change.points)
    first = end
    for stretch in register.stretches:
        lines = stretch.lines.of(institutions)
        row = place[lines.row]
        line = lines.line[lines.term]
        other = np.unique(line[is_other[row]])
        last = np.full(len(lines), -1, dtype=np.int64)
        np.maximum.at(last, line, _last(there)[row])
        silent = last[other] + 1
        first = min(first, int(silent[silent > 0].min(initial=end)))
    return begin + first * HOUR


def _last(there: Bools) -> Ints:
    """Where each row says so for the last time; -1: nowhere."""
    width = there.shape[1]
    if not width:
        return np.full(len(there), -1, dtype=np.int64)
    return np.where(there.any(axis=1), width - 1 - np.argmax(there[:, ::-1], axis=1), -1)


def _every_table(
    register: Month, institutions: Ints, hours: _Source, since: int | None = None
) -> Iterator[tuple[pa.Table, pa.Table, pa.Table]]:
    """`_tables` of all, block by block; blocks whose points are together few enough share their hours."""
    for blocks in _together(register, list(_blocks(register, institutions)), alone=hours.every is None):
        shared = hours.every or hours.of(_parts(register, np.concatenate(blocks)))
        for block in blocks:
            yield _tables(register, block, shared, since)


def _together(register: Month, blocks: list[Ints], *, alone: bool) -> Iterator[list[Ints]]:
    if not alone:
        yield from ([block] for block in blocks)
        return
    some: list[Ints] = []
    for block in blocks:
        if some and len(_parts(register, np.concatenate([*some, block]))) > POINTS:
            yield some
            some = []
        some.append(block)
    if some:
        yield some


def _parts(register: Month, institutions: Ints) -> Ints:
    """The points that the lines of institutions are made of."""
    rows = [stretch.lines.of(institutions).row for stretch in register.stretches]
    return register.points[np.unique(np.concatenate(rows))] if rows else np.zeros(0, dtype=np.int64)


def _blocks(register: Month, institutions: Ints) -> Iterator[Ints]:
    """Institutions in parts of so many lines or a little more."""
    lines = np.concatenate(
        [stretch.lines.institution for stretch in register.stretches] or [institutions[:0]]
    )
    count = np.searchsorted(np.sort(lines), institutions, side="right")
    part = count // LINES
    for number in np.unique(part).tolist():
        yield institutions[part == number]


def _point_days(hours: Hours, points: Ints, month: int) -> pa.Table:
    """The days of points in which there is an interval."""
    rows = np.searchsorted(hours.points, points)
    whole = len(rows) == len(hours.points)
    use, quality = (hours.use, hours.quality) if whole else (hours.use[rows], hours.quality[rows])
    shape = (len(points), -1, _PER_DAY)
    count = _of_each_quality(quality.reshape(shape))
    total = use.reshape(shape).sum(axis=2)
    known = np.sum([count[kind] for kind in _COUNTS[:-1]], axis=0) > 0
    there = known | (count[Quality.MISSING] > 0)
    row, day = np.nonzero(there)
    columns = [
        pa.repeat(pa.scalar(month, pa.int32()), len(row)),
        pa.array(points[row]),
        pa.array(begin_of(month) + day * DAY),
        arrays.decimals(total[there], known[there]),
        *(pa.array(count[kind][there]) for kind in _COUNTS),
    ]
    return pa.Table.from_arrays(columns, schema=point_day_schema())


def _of_each_quality(quality: Bytes) -> dict[Quality, NDArray[np.int32]]:
    """How many hours of each day have each quality: all counted in one number of a byte each."""
    said = np.zeros(256, dtype=np.uint64)
    for place, kind in enumerate(_COUNTS):
        said[kind] = 1 << 8 * place
    added = said[quality].sum(axis=2)
    return {
        kind: ((added >> np.uint64(8 * n)) & np.uint64(255)).astype(np.int32)
        for n, kind in enumerate(_COUNTS)
    }


@dataclass
class _Rows:
    """A grain's rows of some lines, ascending by line and time. many: how many each line has, from line `first` on;
    columns: start, use, known, parts, complete, estimated, missing, there."""

    first: int
    many: Ints
    columns: list[NDArray[Any]]


def _tables(
    register: Month, institutions: Ints, hours: Hours, since: int | None
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Hours (from an instant on), days and the month of some institutions' lines, by institution, carrier, end use and
    time."""
    place = np.searchsorted(hours.points, register.points)
    keys: list[Ints] = []
    by_grain: list[list[_Rows]] = [[], [], []]
    for stretch in register.stretches:
        lines = stretch.lines.of(institutions)
        if not len(lines):
            continue
        sums = _sums(stretch, lines, hours, place)
        offset = sum(one.shape[1] for one in keys)
        keys.append(np.stack([lines.institution, lines.carrier, lines.end_use]))
        begin = begin_of(register.month) + stretch.first * DAY
        by_grain[0].append(_between(sums, begin, HOUR, offset, since))
        days = sums.by(_PER_DAY)
        by_grain[1].append(_between(days, begin, DAY, offset))
        by_grain[2].append(_every(days.by(days.use.shape[1]), begin_of(register.month), offset))
    if not keys:
        none = use_schema().empty_table()
        return none, none, none
    key = np.concatenate(keys, axis=1)
    return tuple(_table(register, key, parts, whole=grain == 2) for grain, parts in enumerate(by_grain))


def _sums(stretch: Stretch, lines: Lines, hours: Hours, place: Ints) -> Sums:
    span = slice(stretch.first * _PER_DAY, stretch.end * _PER_DAY)
    moved = Lines(
        lines.institution,
        lines.carrier,
        lines.end_use,
        lines.line,
        lines.term,
        place[lines.row],
        lines.weight,
    )
    return sums_of(moved, hours.use[:, span], hours.quality[:, span])


def _between(sums: Sums, begin: int, step: int, first: int, since: int | None = None) -> _Rows:
    """The steps of each line from the first to the last of which there is an interval; since: from an instant on."""
    shape = sums.use.shape
    start = np.broadcast_to(begin + np.arange(shape[1]) * step, shape)
    every = [start, sums.use, _all(sums.known, shape), np.broadcast_to(sums.parts[:, None], shape),
             sums.complete, sums.estimated, sums.missing, _all(sums.there, shape)]  # fmt: skip
    if since is None and (sums.there is None or sums.there.all()):
        return _Rows(first, np.full(shape[0], shape[1]), [one.reshape(-1) for one in every])
    there = _all(sums.there, shape)
    forth = np.logical_or.accumulate(there, axis=1)
    back = np.logical_or.accumulate(there[:, ::-1], axis=1)[:, ::-1]
    some = forth & back
    if since is not None:
        some[:, : max((since - begin) // step, 0)] = False
    return _Rows(first, some.sum(axis=1), [one[some] for one in every])


def _every(sums: Sums, begin: int, first: int) -> _Rows:
    """One row for each line: the sums are of one step."""
    found = _between(replaced(sums, there=None), begin, 0, first)
    found.columns[-1] = _all(sums.there, sums.use.shape).reshape(-1)
    return found


def _all(said: Bools | None, shape: tuple[int, ...]) -> Bools:
    return np.ones(shape, dtype=bool) if said is None else said


def _table(register: Month, key: Ints, parts: list[_Rows], *, whole: bool) -> pa.Table:
    """The rows of a grain: by line, then by time; whole: what a line has in several stretches is one row."""
    line = _joined([np.repeat(np.arange(len(part.many)) + part.first, part.many) for part in parts])
    columns = [_joined([part.columns[n] for part in parts]) for n in range(8)]
    if len(parts) > 1:
        institution, carrier, end_use = key[:, line]
        order = np.lexsort((columns[0], end_use, carrier, institution))
        line, columns = line[order], [one[order] for one in columns]
    if whole:
        line, columns = _added_up(key, line, columns)
    start, use, known, *counts = columns[:7]
    made = [
        pa.repeat(pa.scalar(register.month, pa.int32()), len(line)),
        pa.array(key[0][line]),
        _words(register.carriers, key[1][line]),
        _words(register.end_uses, key[2][line]),
        pa.array(start),
        arrays.decimals(use, known),
        *(pa.array(one.astype(np.int32, copy=False)) for one in counts),
    ]
    return pa.table(made, names=use_schema().names)


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _words(words: list[str], numbers: Ints) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), pa.array(words, pa.string()))


def _added_up(key: Ints, line: Ints, columns: list[NDArray[Any]]) -> tuple[Ints, list[NDArray[Any]]]:
    """One row for each line of which there is something in the month."""
    heads = heads_of(*key[:, line])
    if not len(heads):
        return line, columns
    start, use, known, *counts, there = columns
    some = np.logical_or.reduceat(there, heads)
    joined = [
        start[heads],
        np.add.reduceat(use, heads),
        np.logical_or.reduceat(known, heads),
        *(np.add.reduceat(one, heads) for one in counts),
        some,
    ]
    return line[heads][some], [one[some] for one in joined]
