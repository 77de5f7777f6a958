"""Reporting units 填报单元: shared compounds with one bill, and schools with two campuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from jieyue.sample.chance import Ints, Stream
from jieyue.sample.model import OPEN_END

if TYPE_CHECKING:
    from jieyue.sample.roster import Roster

ORGAN, EDUCATION, DISTRICT_LEVEL = 0, 1, 1
FORMED, DISSOLVED = date(2023, 1, 1), date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class UnitSpan:
    """``member`` is reported inside the return of ``filer`` from valid_from up to, not including, valid_to."""

    member: int
    filer: int
    kind: str
    valid_from: date
    valid_to: date


def draw_units(
    stream: Stream, roster: Roster, *, compounds: int, campuses: int, section: int
) -> list[UnitSpan]:
    """Draw the compounds (``section`` organs in the section chief's one) and the two-campus schools."""
    founded = date.fromordinal(int(roster.start[0]))
    spans: list[UnitSpan] = []
    organs = np.flatnonzero(roster.section & (roster.type == ORGAN) & (roster.level == DISTRICT_LEVEL))
    if len(organs) >= section:
        spans += _join(roster, organs[:section].tolist(), "compound", founded, OPEN_END)
    by_region: dict[str, list[int]] = {}
    for row in _plain(stream, roster, ORGAN):
        by_region.setdefault(roster.region[row], []).append(row)
    regions = sorted(by_region, key=lambda code: (-len(by_region[code]), code))
    sizes = stream.between(4, section, compounds).tolist()
    for index, wanted in enumerate(sizes):
        group = by_region[regions[index % len(regions)]]
        members, group[:] = group[:wanted], group[wanted:]
        start = FORMED if index == 1 else founded
        end = DISSOLVED if index == 2 else OPEN_END
        if len(members) > 1:
            spans += _join(roster, members, "compound", start, end)
    schools = _plain(stream, roster, EDUCATION)
    for _ in range(campuses):
        main = schools.pop()
        other = next((row for row in schools if roster.region[row] != roster.region[main]), None)
        if other is None:
            break
        schools.remove(other)
        spans += _join(roster, [main, other], "campus", founded, OPEN_END)
    return spans


def _plain(stream: Stream, roster: Roster, kind: int) -> list[int]:
    rows = stream.order(roster.size)
    chosen = (roster.type[rows] == kind) & (roster.level[rows] == DISTRICT_LEVEL) & ~roster.special[rows]
    return [int(row) for row in rows[chosen]]


def _join(roster: Roster, members: list[int], kind: str, start: date, end: date) -> list[UnitSpan]:
    filer = members[0]
    roster.special[members] = True
    if kind == "compound":
        # One compound stands in one place, so it passes to another region as a whole or not at all.
        roster.part_share[members] = roster.part_share[filer]
    return [UnitSpan(member, filer, kind, start, end) for member in members[1:]]


def bodies(roster: Roster, day: date) -> Ints:
    """The institution in whose name each unit stands on a day: before its split the parent, after its merger
    the one that took it in [n]."""
    number = day.toordinal()
    rows = np.arange(roster.count)
    unborn = (roster.parent >= 0) & (roster.start > number)
    rows[unborn] = roster.parent[unborn]
    merged = (roster.absorber >= 0) & (roster.end <= number)
    rows[merged] = roster.absorber[merged]
    return rows


def filers(roster: Roster, spans: list[UnitSpan], day: date) -> Ints:
    """The institution whose return holds each unit on a day [n]."""
    target = np.arange(roster.count)
    for span in spans:
        if span.valid_from <= day < span.valid_to:
            target[span.member] = span.filer
    return target[bodies(roster, day)]
