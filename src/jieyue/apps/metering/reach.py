"""How far readings reach: which points' months are made anew by them, and of which points a month has something.

A month looks at its own days, at 28 before and 2 after, and beyond them as far as PointLook says (look.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.db.models import Q

from jieyue.apps.metering.derived import columns_of
from jieyue.apps.metering.lake import READINGS
from jieyue.apps.metering.look import EVER, Days
from jieyue.apps.metering.models import PointLook
from jieyue.apps.metering.months import months_between, shifted
from jieyue.apps.metering.point_rows import among
from jieyue.domain.reading_order import heads_of
from jieyue.domain.readings import Ints
from jieyue.store import DeltaLake
from jieyue.store.port import DataFile

_NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Heard:
    """Whom some readings of one month tell of. points: ascending; first, last: the instants of each, read when they
    are asked for."""

    points: Ints
    instants: Callable[[], tuple[Ints, Ints]]

    @cached_property
    def _span(self) -> tuple[Ints, Ints]:
        return self.instants()

    @property
    def first(self) -> Ints:
        """The first instant of each point."""
        return self._span[0]

    @property
    def last(self) -> Ints:
        """The last one."""
        return self._span[1]


def heard_in(lake: DeltaLake, files: Sequence[DataFile]) -> Heard:
    """Whom files of readings tell of."""
    parts = [columns_of(lake, READINGS, ("point",), [file], ("point", 0, EVER))[0] for file in files]
    return Heard(_together([part[heads_of(part)] for part in parts]), lambda: _instants(lake, files))


def _instants(lake: DeltaLake, files: Sequence[DataFile]) -> tuple[Ints, Ints]:
    """The first and the last instant of each point in some files."""
    if not files:
        return _NONE, _NONE
    parts = [
        _runs(*columns_of(lake, READINGS, ("point", "ts"), [file], ("point", 0, EVER))) for file in files
    ]
    runs, first, last = (np.concatenate([part[n] for part in parts]) for n in range(3))
    order = np.argsort(runs, kind="stable")
    runs, first, last = runs[order], first[order], last[order]
    heads = heads_of(runs)
    return np.minimum.reduceat(first, heads), np.maximum.reduceat(last, heads)


def _runs(point: Ints, ts: Ints) -> tuple[Ints, Ints, Ints]:
    """(point, first and last instant) of the rows of a file that stand together."""
    heads = heads_of(point)
    if not len(heads):
        return _NONE, _NONE, _NONE
    return point[heads], np.minimum.reduceat(ts, heads), np.maximum.reduceat(ts, heads)


@dataclass(frozen=True)
class Readings:
    """Readings by month, read when they are asked for: those that came since some state, or all."""

    files: Mapping[int, Sequence[DataFile]]
    read: Callable[[Sequence[DataFile]], Heard]

    def of(self, month: int) -> Heard:
        """Those of a month."""
        if month not in self._kept:
            self._kept[month] = self.read(self.files.get(month, ()))
        return self._kept[month]

    @cached_property
    def _kept(self) -> dict[int, Heard]:
        return {}

    def near(self, month: int) -> Ints:
        """Points with readings on the days that a month looks at, or a few days before them."""
        after = self.of(shifted(month, 1))
        edge = after.points[after.first < Days(month).last] if len(after.points) else after.points
        return _together([self.of(shifted(month, -1)).points, self.of(month).points, edge])

    def around(self, month: int) -> Ints:
        """Points with readings in an earlier month and in a later one."""
        months, every = sorted(self.files), self._spans
        if not months or not months[0] < month < months[-1]:
            return _NONE
        points, first, last = every
        return points[(first < month) & (month < last)]

    @cached_property
    def _spans(self) -> tuple[Ints, Ints, Ints]:
        """(points, the first month that each is heard in, the last)."""
        parts = [self.of(month).points for month in sorted(self.files)]
        months = np.repeat(np.array(sorted(self.files), dtype=np.int64), [len(part) for part in parts])
        points, place = np.unique(np.concatenate(parts), return_inverse=True)
        first, last = np.full(len(points), 10**6), np.zeros(len(points), dtype=np.int64)
        np.minimum.at(first, place, months)
        np.maximum.at(last, place, months)
        return points, first, last

    @cached_property
    def beyond(self) -> dict[int, Ints]:
        """Month → the points whose month looks at some of these readings beyond its days, or lies between them and such
        a month: nothing was made there so far, as nothing was heard on the other side."""
        found: dict[int, list[Ints]] = {}
        for month in sorted(self.files):
            for reached, points in _looking(month, self.of(month)).items():
                found.setdefault(reached, []).append(points)
        return {month: _together(parts) for month, parts in found.items()}


def _together(parts: Sequence[Ints]) -> Ints:
    return np.unique(np.concatenate(parts)) if parts else _NONE


def _looking(month: int, heard: Heard) -> dict[int, Ints]:
    """What readings of one month reach in others."""
    if not len(heard.points):
        return {}
    low, high = int(heard.first.min()), int(heard.last.max())
    look = Q(month__lt=month, until__gte=low) | Q(month__gt=month, since__lte=high)
    found: dict[int, list[int]] = {}
    nearest: dict[tuple[int, bool], int] = {}
    places = {point: n for n, point in enumerate(heard.points.tolist())}
    for part in among(places):
        for point, looks, since, until in PointLook.objects.filter(part & look).values_list(
            "point_id", "month", "since", "until"
        ):
            place, later = places.get(point), looks > month
            if place is None or (since > heard.last[place] if later else until < heard.first[place]):
                continue
            found.setdefault(looks, []).append(point)
            choose = min if later else max
            nearest[point, later] = choose(looks, nearest.get((point, later), looks))
    for (point, later), looks in nearest.items():
        first, last = (month, looks) if later else (looks, month)
        for between in months_between(first, last)[1:-1]:
            found.setdefault(between, []).append(point)
    return {reached: np.unique(np.array(points, dtype=np.int64)) for reached, points in found.items()}
