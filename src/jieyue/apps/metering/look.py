"""Which readings a month is made of: 28 days before it to 2 after, and further where too little is heard there.

On either side of a month three instants are wanted that count by themselves (not set aside, no sentinel, no conflict):
so many tell a fault from a register that began anew. Where the days hold fewer, recorded months are gone through
outward until they are found: backward to 28 days before the month of the nearest one, forward to the end of the second
day after it, so that the ends of a gap are judged beside their own neighbours, whichever month looks at them.
What a month has looked at beyond its days is kept (PointLook): only readings in there make it anew (reach.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Final

import numpy as np

from jieyue.apps.metering.models import PointLook
from jieyue.apps.metering.months import begin_of, first_day, month_of, offset_seconds, shifted
from jieyue.apps.metering.point_rows import among
from jieyue.apps.metering.points import Known, known_of
from jieyue.apps.metering.raw import (
    Columns,
    joined,
    numbered,
    pairs_of,
    recorded,
    rows_of,
    taken,
    usable_of,
)
from jieyue.apps.metering.rules import Judged, spans_of
from jieyue.apps.publication.bulk import insert_rows
from jieyue.domain.reading_order import heads_of
from jieyue.domain.readings import DAY, Bools, Ints, Readings
from jieyue.store import DeltaLake
from jieyue.store.port import DataFile

#: Instants that count, on either side of a month: a new base is its first reading and two that bear it out.
ENOUGH: Final = 3
#: Beyond every instant.
EVER: Final = 2**62
_FEW: Final = 500


@dataclass(frozen=True)
class Look:
    """From and up to which instant a point's readings matter beyond the days that a month looks at (None: not)."""

    since: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class Days:
    """The days that a month looks at, as instants: [first, last), the month itself is [begin, end)."""

    month: int

    @cached_property
    def begin(self) -> int:
        """Where the month begins."""
        return begin_of(self.month)

    @cached_property
    def end(self) -> int:
        """Where it ends."""
        return begin_of(shifted(self.month, 1))

    @cached_property
    def before(self) -> int:
        """Seconds that its verdicts look back."""
        return max(span.judged.rules.before for span in spans_of(self.month)) * DAY

    @cached_property
    def after(self) -> int:
        """Seconds that they look ahead."""
        return max(span.judged.rules.after for span in spans_of(self.month)) * DAY

    @property
    def first(self) -> int:
        """Where the days begin."""
        return self.begin - self.before

    @property
    def last(self) -> int:
        """Where they end."""
        return self.end + self.after


@dataclass(frozen=True)
class Raw:
    """Raw readings of some points in and around a month, series numbered by `pairs` (point, channel); of each the batch
    that it came by and its revision. known: what is on record of the points; looks: of those that were looked at beyond
    the month's days."""

    month: int
    readings: Readings
    pairs: list[tuple[int, int]]
    batch: Ints
    revision: Ints
    known: Mapping[int, Known]
    looks: Mapping[int, Look]


def raw_of(lake: DeltaLake, month: int, points: Ints) -> Raw:
    """The readings that some points' (ascending) month is made of."""
    days = Days(month)
    known = known_of(points.tolist(), first_day(shifted(month, 1)) - timedelta(days=1))
    by_month = recorded(lake)
    near = rows_of(lake, by_month, [shifted(month, by) for by in (-1, 0, 1)], points)
    sought = _Sought(lake, by_month, days, known, near, spans_of(month)[0].judged)
    sought.look(points)
    columns = joined([near, *sought.far]) if sought.far else near
    series, pairs = numbered(columns)
    window = _window(days, columns[2], series, pairs, sought)
    if window is not None:
        columns, series = taken(columns, window), series[window]
    readings = Readings(series, columns[2], columns[5])
    return Raw(month, readings, pairs, columns[4], columns[3], known, sought.looks())


def _window(
    days: Days, ts: Ints, series: Ints, pairs: Sequence[tuple[int, int]], sought: "_Sought"
) -> Bools | None:
    """The days, and of each series what was sought beyond them; None: everything."""
    if not len(ts) or (not sought.far and int(ts.min()) >= days.first and int(ts.max()) < days.last):
        return None
    low, high = np.full(len(pairs), days.first), np.full(len(pairs), days.last - 1)
    for number, (point, channel) in enumerate(pairs):
        pair = point * 8 + channel
        if sought.before.get(pair):
            low[number] = min(days.first, _back_to(sought.before[pair], days))
        if sought.after.get(pair):
            high[number] = max(days.last - 1, _ahead_to(sought.after[pair], days))
    kept: Bools = (ts >= low[series]) & (ts <= high[series])
    return kept


def _back_to(heard: Sequence[int], days: Days) -> int:
    """The first instant that matters before a month, of those that count there, the nearest first."""
    return min(begin_of(month_of(heard[0])) - days.before, heard[min(ENOUGH, len(heard)) - 1])


def _ahead_to(heard: Sequence[int], days: Days) -> int:
    """The last one that matters after it."""
    offset = offset_seconds()
    day = (heard[0] + offset) // DAY * DAY - offset
    return max(day + DAY + days.after - 1, heard[min(ENOUGH, len(heard)) - 1])


@dataclass
class _Sought:
    """What is sought beyond the month's days. near: the rows of the month and its neighbours; before, after: pair that
    too little is heard of on that side → the instants that count there, the nearest first; far: rows of other months;
    unheard: points of which there is nothing before the month's end."""

    lake: DeltaLake
    by_month: Mapping[int, Sequence[DataFile]]
    days: Days
    known: Mapping[int, Known]
    near: Columns
    judged: Judged
    before: dict[int, list[int]] = field(default_factory=dict)
    after: dict[int, list[int]] = field(default_factory=dict)
    far: list[Columns] = field(default_factory=list)
    unheard: set[int] = field(default_factory=set)

    def look(self, points: Ints) -> None:
        """Find on which sides of which series too little is heard, and look on there."""
        days, ts = self.days, self.near[2]
        heads = self._heads
        pairs = self._series(self._pairs[ts[heads] < days.end])
        heard = set((pairs // 8).tolist())
        self.unheard = {one for one in points.tolist() if one not in heard and self._has_curve(one)}
        zone = ((ts >= days.begin - DAY) & (ts < days.begin)) | ((ts >= days.end) & (ts < days.last))
        found, at = self._counting(self.near, zone)
        few = _fewer(pairs, found[at < days.begin])
        self.before = self._heard(few, ts < days.begin, forward=False)
        self.before = {one: at for one, at in self.before.items() if not _within(at, days.first)}
        self._look_on(forward=False)
        sought = np.array(sorted(self.before), dtype=np.int64)
        more = np.setdiff1d(sought, pairs)  # heard of in other months only
        few = np.union1d(_fewer(pairs, found[at >= days.end]), more)
        self.after = self._heard(few, ts >= days.end, forward=True)
        self._look_on(forward=True)

    @cached_property
    def _heads(self) -> Ints:
        """Where the rows of each series begin in those that are there."""
        return heads_of(*self.near[:2])

    @cached_property
    def _pairs(self) -> Ints:
        """Each series in them, ascending."""
        point, channel = (column[self._heads] for column in self.near[:2])
        return point * 8 + channel

    def looks(self) -> dict[int, Look]:
        """Of each point that too little was heard of: what was looked at."""
        since: dict[int, int] = dict.fromkeys(self.unheard, -EVER)
        until: dict[int, int] = {}
        for pair, heard in self.before.items():
            one = _back_to(heard, self.days) if len(heard) >= ENOUGH else -EVER
            since[pair // 8] = min(one, since.get(pair // 8, EVER))
        for pair, heard in self.after.items():
            one = _ahead_to(heard, self.days) if len(heard) >= ENOUGH else EVER
            until[pair // 8] = max(one, until.get(pair // 8, -EVER))
        return {point: Look(since.get(point), until.get(point)) for point in sorted({*since, *until})}

    def _has_curve(self, point: int) -> bool:
        """Whether anything is made of the point's readings: a level has verdicts only."""
        return point in self.known and self.known[point].version.kind != "gauge"

    def _series(self, pair: Ints) -> Ints:
        """Each of them once, ascending, without levels."""
        pairs = np.unique(pair)
        return pairs[[self._has_curve(one // 8) for one in pairs.tolist()]] if len(pairs) else pairs

    def _counting(self, columns: Columns, which: Bools) -> tuple[Ints, Ints]:
        """(pair, instant) of those of some rows that count by themselves."""
        rows = taken(columns, which)
        good = usable_of(rows, self.known, self.judged)
        return pairs_of(rows)[good], rows[2][good]

    def _heard(self, pairs: Ints, side: Bools, *, forward: bool) -> dict[int, list[int]]:
        """Pair → its instants that count on a side of the month, in the rows that are there, the nearest first."""
        heard: dict[int, list[int]] = {one: [] for one in pairs.tolist()}
        if heard:
            mine = np.isin(self._pairs, pairs)
            rows = side if mine.all() else side & np.repeat(mine, np.diff(np.append(self._heads, len(side))))
            _add(heard, *self._counting(self.near, rows), forward=forward)
        return heard

    def _look_on(self, *, forward: bool) -> None:
        """Go through the recorded months outward until enough is heard of every series."""
        heard = self.after if forward else self.before
        for month in self._outward(forward=forward):
            edge = begin_of(month) if forward else begin_of(shifted(month, 1))  # what lies before it is known
            points = {pair // 8 for pair, at in heard.items() if not self._is_enough(at, edge, forward)}
            points |= set() if forward else self.unheard
            points = {one for one in points if self._serves(one, edge, forward)}
            if not points:
                return
            rows = rows_of(self.lake, self.by_month, [month], np.array(sorted(points), dtype=np.int64))
            if not len(rows[0]):
                continue
            if not forward:
                there = set(rows[0].tolist()) & self.unheard
                new = self._series(pairs_of(rows)[np.isin(rows[0], sorted(there))])
                heard.update({one: [] for one in new.tolist()})
                self.unheard -= there
            _add(heard, *self._counting(rows, np.ones(len(rows[0]), dtype=bool)), forward=forward)
            self.far.append(rows)

    def _outward(self, *, forward: bool) -> list[int]:
        """The recorded months beyond the neighbours, the nearest first."""
        if forward:
            return [one for one in self.by_month if one > shifted(self.days.month, 1)]
        return sorted((one for one in self.by_month if one < shifted(self.days.month, -1)), reverse=True)

    def _is_enough(self, heard: Sequence[int], edge: int, forward: bool) -> bool:
        """Whether nothing is wanted of a series beyond an instant."""
        if len(heard) < ENOUGH:
            return False
        return _ahead_to(heard, self.days) < edge if forward else _back_to(heard, self.days) >= edge

    def _serves(self, point: int, edge: int, forward: bool) -> bool:
        """Whether some meter served the point beyond an instant."""
        periods = self.known[point].periods
        if forward:
            return any(row.ends is None or row.ends > edge for row in periods)
        return any(row.begins < edge for row in periods)


def _within(heard: Sequence[int], first: int) -> bool:
    """Whether enough is heard from an instant on."""
    return len(heard) >= ENOUGH and heard[ENOUGH - 1] >= first


def _fewer(pairs: Ints, found: Ints) -> Ints:
    """Which pairs are found fewer times than is enough."""
    there, count = np.unique(found, return_counts=True)
    return np.setdiff1d(pairs, there[count >= ENOUGH], assume_unique=True)


def _add(heard: dict[int, list[int]], pair: Ints, ts: Ints, *, forward: bool) -> None:
    """Append instants, the nearest first."""
    rows = zip(pair.tolist(), ts.tolist(), strict=True)
    for one, at in rows if forward else reversed(list(rows)):
        if one in heard:
            heard[one].append(at)


def keep_looks(month: int, points: Ints | None, looks: Mapping[int, Look]) -> None:
    """Put what was looked at in place of what is kept of the points (None: of all). What stays is not written. The
    caller holds the transaction."""
    rows = PointLook.objects.filter(month=month)
    wanted = None if points is None else set(points.tolist())
    parts = [rows] if wanted is None else [rows.filter(part) for part in among(wanted)]
    kept = {
        point: (pk, Look(since, until))
        for part in parts
        for pk, point, since, until in part.values_list("pk", "point_id", "since", "until")
        if wanted is None or point in wanted
    }
    gone = [pk for point, (pk, look) in kept.items() if looks.get(point) != look]
    for start in range(0, len(gone), _FEW):
        PointLook.objects.filter(pk__in=gone[start : start + _FEW]).delete()
    new = [
        (point, month, look.since, look.until)
        for point, look in looks.items()
        if point not in kept or kept[point][1] != look
    ]
    insert_rows(PointLook, ("point_id", "month", "since", "until"), new)
