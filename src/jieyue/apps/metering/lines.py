"""Lines of institutions as the register of points has them, by stretches of days in which nothing of it changes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np

from jieyue.apps.metering.formulas import added_points, beside
from jieyue.apps.metering.models import PointVersion
from jieyue.apps.metering.months import first_day, shifted
from jieyue.apps.metering.point_rows import among
from jieyue.domain.readings import Ints
from jieyue.domain.rollup import Lines, Points, lines_of
from jieyue.domain.virtual_check import hangs_below

UNMETERED_LINE: Final = "unmetered"
_COLUMNS = (
    "point_id", "institution", "carrier", "end_use", "direction", "parent", "valid_from", "valid_to", "formula",
)  # fmt: skip


@dataclass(frozen=True)
class Stretch:
    """Days of the month from `first` to before `end`, counted from 0, and the lines of them."""

    first: int
    end: int
    lines: Lines


@dataclass(frozen=True)
class Month:
    """A month's register: points (ascending), the words behind the numbers of carriers and end uses."""

    month: int
    points: Ints
    carriers: list[str]
    end_uses: list[str]
    stretches: list[Stretch]

    @cached_property
    def days(self) -> int:
        """How many days it has."""
        return (first_day(shifted(self.month, 1)) - first_day(self.month)).days

    @property
    def institutions(self) -> Ints:
        """All that have a line, ascending."""
        every = [stretch.lines.institution for stretch in self.stretches]
        return np.unique(np.concatenate(every)) if every else np.zeros(0, dtype=np.int64)


def month_lines(month: int) -> Month:
    """The lines of every institution in a month. What reports levels only is no part of any."""
    return Month(month, *lines_between(first_day(month), first_day(shifted(month, 1))))


def lines_between(begin: date, end: date) -> tuple[Ints, list[str], list[str], list[Stretch]]:
    """The same from a day to before another: points, carriers, end uses, stretches of days counted from the first."""
    rows = list(
        PointVersion.objects.as_of().overlapping(begin, end).exclude(kind="gauge").values_list(*_COLUMNS)
    )
    points = np.array(sorted({row[0] for row in rows}), dtype=np.int64)
    carriers = sorted({row[2] for row in rows})
    codes = sorted({row[3] for row in rows} - {""})
    end_uses = ["", UNMETERED_LINE, *codes]
    parts = added_points({row[8] for row in rows if row[8]})
    numbers = {word: n for n, word in enumerate(carriers)}, {word: n for n, word in enumerate(end_uses)}
    days = sorted({begin, end, *(day for row in rows for day in row[6:8] if begin < day < end)})
    stretches = []
    for first, after in pairwise(days):
        there = [row for row in rows if row[6] <= first < row[7]]
        lines = lines_of(_points(_placed(there, parts), points, *numbers))
        stretches.append(Stretch((first - begin).days, (after - begin).days, lines))
    return points, carriers, end_uses, stretches


def _placed(rows: list[Any], parts: Mapping[str, list[int]]) -> list[Any]:
    """The same with virtual meters below the point that they are taken from."""
    if not parts:
        return rows
    parents = {row[0]: row[5] for row in rows}
    return [
        (*row[:5], hangs_below(row[0], row[5], parts[row[8]], parents), *row[6:]) if row[8] else row
        for row in rows
    ]


def _points(rows: list[Any], points: Ints, carriers: dict[str, int], end_uses: dict[str, int]) -> Points:
    rows = sorted(rows)
    number = {row[0]: n for n, row in enumerate(rows)}
    place = np.searchsorted(points, np.array([row[0] for row in rows], dtype=np.int64))

    def column(values: list[int]) -> Ints:
        return np.array(values, dtype=np.int64)

    return Points(
        place.astype(np.int64),
        column([row[1] for row in rows]),
        column([carriers[row[2]] for row in rows]),
        column([end_uses[row[3]] for row in rows]),
        column([number.get(row[5], -1) for row in rows]),
        column([-1 if row[4] == "export" else 1 for row in rows]),
        np.array([bool(row[8]) and not row[3] for row in rows], dtype=bool)
        if any(row[8] for row in rows)
        else None,
    )


def touched_institutions(points: Collection[int]) -> Ints:
    """Whose lines a change of points can change: whom they, what is above and what is below them serve or ever served,
    by any version on record, replaced ones among them."""
    wanted = set(points)
    near = wanted | beside(points)
    for part in among(wanted):
        rows = PointVersion.objects.filter(part).values_list("point_id", "parent")
        near |= {parent for point, parent in rows if parent is not None and point in wanted}
    for part in among(wanted, "parent"):
        below = PointVersion.objects.filter(part).values_list("parent", "point_id")
        near |= {point for parent, point in below if parent in wanted}
    found: set[int] = set()
    for part in among(near):
        served = PointVersion.objects.filter(part).values_list("point_id", "institution")
        found |= {institution for point, institution in served if point in near}
    return np.array(sorted(found), dtype=np.int64)
