"""What hangs below points, as the line `unmetered` has it (lines.py), and whether it uses more than they show.

A level (gauge) uses nothing. A virtual meter stands below the point that it is taken from; where it serves the same
institution and makes no end use, it is another look at what its parts show, and is not counted beside them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

import numpy as np
from django.db.models import Exists, OuterRef, Q

from jieyue.apps.metering.formulas import VIRTUAL, added_points
from jieyue.apps.metering.models import PointVersion
from jieyue.domain import reading_checks
from jieyue.domain.virtual_check import hangs_below

_FEW: Final = 5_000
_UNSTATED: Final = Q(kind=VIRTUAL, parent=None)


@dataclass(frozen=True)
class Below:
    """From day `first` to before `end` what `version` says hangs right below the point `above`."""

    above: int
    version: Any
    first: date
    end: date


def below_of(points: Iterable[Any], versions: Any, first: date, end: date, within: Any = None) -> list[Below]:
    """What hangs below some points on days of [first, end).

    points: what holds of them then; versions: those of all points, annotated as the caller needs them. within: a query
    of the points' numbers, where they are too many for a list.
    """
    above: dict[int, list[Any]] = defaultdict(list)
    for row in points:
        above[row.point_id].append(row)
    metered = versions.exclude(kind="gauge").overlapping(first, end)
    stated = Q(parent__in=sorted(above) if within is None else within)
    return _hanging(list(metered.filter(stated | _UNSTATED)), above, first, end)


def below_on(points: Any, first: date, end: date) -> list[Below]:
    """What hangs below points (numbers, or a query of them) on days of [first, end), by what holds of both then: one
    question to the database. Some of what hangs below these may be among it."""
    metered = PointVersion.objects.as_of().exclude(kind="gauge").overlapping(first, end)
    rows = list(metered.filter(Q(point_id__in=points) | Q(parent__in=points) | _UNSTATED))
    above: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        above[row.point_id].append(row)
    return _hanging([row for row in rows if row.parent is not None or row.kind == VIRTUAL], above, first, end)


def _hanging(rows: Sequence[Any], above: Mapping[int, Sequence[Any]], first: date, end: date) -> list[Below]:
    found = [
        one
        for row in rows
        if row.parent is not None
        for one in _hung(row, row.parent, (row.valid_from, row.valid_to), above)
    ]
    for one in _taken([row for row in rows if row.parent is None], first, end):
        found += _hung(one.version, one.above, (one.first, one.end), above)
    return found


def has_below(day: date) -> Q:
    """Of versions: points below which something is counted on a day."""
    rows = PointVersion.objects.as_of().on(day).exclude(kind="gauge")
    look = Q(kind=VIRTUAL, end_use="", institution=OuterRef("institution"))
    below = rows.filter(parent=OuterRef("point_id"), carrier=OuterRef("carrier")).exclude(look)
    taken = _taken(rows.filter(_UNSTATED), day, day + timedelta(days=1))
    return Q(Exists(below)) | Q(point_id__in={one.above for one in taken})


def uses_more(own: int, parts: Sequence[tuple[Any, int]], tolerance: float) -> bool:
    """Whether what hangs below, (version, use), uses more than the point shows, by more than the rule lets pass."""
    uses = np.array([[signed(version, use)] for version, use in parts], dtype=np.int64)
    known = np.ones((len(parts) + 1, 1), dtype=bool)
    return bool(reading_checks.balance(np.array([own]), uses, known, tolerance=tolerance).wrong.any())


def signed(version: Any, use: int) -> int:
    """Its use as it counts: what is sent out counts against it."""
    return -use if version.direction == "export" else use


def _hung(
    row: Any, place: int, days: tuple[date, date], above: Mapping[int, Sequence[Any]]
) -> Iterator[Below]:
    """On which days a version counts below a point."""
    for point in above.get(place, ()):
        first, end = max(days[0], point.valid_from), min(days[1], point.valid_to)
        look = row.kind == VIRTUAL and not row.end_use and row.institution == point.institution
        if first < end and row.carrier == point.carrier and not look:
            yield Below(place, row, first, end)


def _taken(rows: Iterable[Any], first: date, end: date) -> list[Below]:
    """Below which points virtual meters of which none is stated stand by their parts, without those that are another
    look only."""
    virtual = list(rows)
    parts = added_points({row.formula for row in virtual})
    known = _parts({part for added in parts.values() for part in added}, first, end)
    found = []
    for row in virtual:
        added = parts[row.formula]
        changes = {day for part in added for one in known.get(part, ()) for day in one[2:]}
        begin, stop = max(first, row.valid_from), min(end, row.valid_to)
        for since, until in pairwise(sorted({begin, stop, *(day for day in changes if begin < day < stop)})):
            there = {part: one for part in added for one in known.get(part, ()) if one[2] <= since < one[3]}
            place = hangs_below(row.point_id, None, added, {part: one[0] for part, one in there.items()})
            if place is not None and (row.end_use or there[place][1] != row.institution):
                found.append(Below(place, row, since, until))
    return found


def _parts(points: set[int], first: date, end: date) -> dict[int, list[Any]]:
    """Point → (point above, institution, from, until) of what holds of it in the days."""
    found: dict[int, list[Any]] = defaultdict(list)
    wanted = sorted(points)
    for at in range(0, len(wanted), _FEW):
        rows = PointVersion.objects.as_of().overlapping(first, end).exclude(kind="gauge")
        chosen = rows.filter(point_id__in=wanted[at : at + _FEW])
        for point, *held in chosen.values_list("point_id", "parent", "institution", "valid_from", "valid_to"):
            found[point].append(held)
    return found
