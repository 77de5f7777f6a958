"""Who exists: every institution of the city with type, level, region, system and days in being.

Rows: first the ``size`` institutions in count at the end of 2020, then those closed before 2020, those
opened after 2020, those split off from another, and the units of central departments (outside the count).
Beside the registry's days there are the days on which a unit *uses energy*: what merges into another goes on
using it there, and what is split off used it before, inside its parent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from jieyue.sample.apportion import apportion
from jieyue.sample.chance import Ints, Stream
from jieyue.sample.facts import Facts
from jieyue.sample.model import FULL_SIZE, OPEN_END
from jieyue.sample.tables import profiles, systems
from jieyue.sample.units import UnitSpan, draw_units

MUNICIPAL, DISTRICT, TOWNSHIP, CENTRAL = 0, 1, 2, 3
LEVELS = ("municipal", "district", "township", "central")
FOUNDED = date(2010, 1, 1)

# The district whose section chief closes October (T2), and the school's own (T1).
SECTION_REGION, SCHOOL_REGION = "500151", "500103"
SECTION_SIZE, SECTION_COMPOUND = 400, 21
SMALLEST_WITH_SECTION = 1_000
# Municipal and central bodies that stand in the central districts, in ten-thousandths.
IN_THE_CENTRE = 7_500

OPENING_DAYS = (
    date(2021, 1, 1),
    date(2022, 9, 1),
    date(2023, 3, 1),
    date(2023, 9, 1),
    date(2024, 7, 1),
    date(2025, 1, 1),
    date(2026, 9, 1),
)
CLOSING_DAYS = (*(date(year, 1, 1) for year in range(2022, 2027)), date(2026, 7, 1))
MERGER_DAYS = (date(2021, 1, 1), date(2022, 7, 1), date(2024, 1, 1), date(2026, 4, 1))
SPLIT_DAYS = (date(2023, 1, 1), date(2025, 1, 1), date(2026, 6, 1))


@dataclass(slots=True)
class Roster:
    """Arrays over all institutions [n]; days are proleptic ordinals; -1 means none."""

    size: int
    type: Ints
    level: Ints
    region: list[str]
    system: list[str]
    start: Ints
    end: Ints
    uses_from: Ints
    uses_to: Ints
    in_count: NDArray[np.bool_]
    part_share: Ints
    parent: Ints
    absorber: Ints
    special: NDArray[np.bool_]
    section: NDArray[np.bool_]
    school: int
    transfers: list[tuple[int, date]] = field(default_factory=list)
    renames: list[tuple[int, date]] = field(default_factory=list)
    units: list[UnitSpan] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.type)

    def code(self, row: int) -> str:
        """The institution's code."""
        return f"S{row + 1:06d}"

    def being(self, day: date) -> NDArray[np.bool_]:
        """Which institutions the registry holds on a day [n]."""
        number = day.toordinal()
        return (self.start <= number) & (number < self.end)

    def using(self, day: date) -> NDArray[np.bool_]:
        """Which units use energy on a day, in their own name or inside another [n]."""
        number = day.toordinal()
        return (self.uses_from <= number) & (number < self.uses_to)


def scaled(full: int, size: int) -> int:
    """A number of the full city for a city of ``size``, rounded half up."""
    return (full * size * 2 + FULL_SIZE) // (2 * FULL_SIZE)


def build_roster(facts: Facts, size: int, *, seed: int) -> Roster:
    """Draw the whole roster."""
    stream = Stream(seed, "roster")
    born, closed = scaled(160, size), scaled(160, size) - scaled(22, size)
    opened, split, central = scaled(250, size), scaled(20, size), scaled(96, size)
    total = size + closed + opened + split + central
    types = _types(stream, size, total=total)
    levels = _levels(stream, types)
    levels[total - central :] = CENTRAL
    homes = _homes(stream, facts, levels)
    section = _section(stream, types, levels, size=size)
    names = [facts.places[int(home)].code for home in homes]
    for row in np.flatnonzero(section):
        names[int(row)] = SECTION_REGION
    school = int(np.flatnonzero((types == 1) & (levels == DISTRICT) & ~section)[0])
    names[school] = SCHOOL_REGION
    start = np.full(total, FOUNDED.toordinal(), dtype=np.int64)
    end = np.full(total, OPEN_END.toordinal(), dtype=np.int64)
    in_count = np.ones(total, dtype=bool)
    in_count[total - central :] = False
    roster = Roster(
        size=size,
        type=types,
        level=levels,
        region=names,
        system=_systems(stream, types, levels),
        start=start,
        end=end,
        uses_from=start.copy(),
        uses_to=end.copy(),
        in_count=in_count,
        part_share=stream.share(total),
        parent=np.full(total, -1, dtype=np.int64),
        absorber=np.full(total, -1, dtype=np.int64),
        special=section.copy(),
        section=section,
        school=school,
    )
    roster.special[school] = True
    _early_years(stream, roster, born=born, closed=closed)
    roster.units = draw_units(
        stream,
        roster,
        compounds=scaled(58, size),
        campuses=max(scaled(12, size), 1),
        section=SECTION_COMPOUND,
    )
    _later_years(stream, roster, opened=opened, split=split)
    return roster


def _types(stream: Stream, size: int, *, total: int) -> Ints:
    """Exact counts of each type among the first ``size`` rows, then a draw for the rest."""
    weights = np.array([profile.count for profile in profiles()], dtype=np.int64)
    counts = apportion(size, weights)
    first = np.repeat(np.arange(len(weights)), counts)[stream.order(size)]
    rest = stream.choice(np.cumsum(weights), total - size)
    return np.concatenate([first, rest]).astype(np.int64)


def _levels(stream: Stream, types: Ints) -> Ints:
    municipal = np.array([profile.municipal for profile in profiles()], dtype=np.int64)[types]
    township = np.array([profile.township for profile in profiles()], dtype=np.int64)[types]
    drawn = stream.share(len(types))
    levels = np.full(len(types), DISTRICT, dtype=np.int64)
    levels[drawn < municipal + township] = TOWNSHIP
    levels[drawn < municipal] = MUNICIPAL
    return levels


def _homes(stream: Stream, facts: Facts, levels: Ints) -> Ints:
    """Home regions of the time before the change of 2025, by drawn weights; municipal and central bodies stand
    mostly in the centre; the section's region is filled apart."""
    weights = stream.between(70, 150, len(facts.places))
    for index, place in enumerate(facts.places):
        if place.kind == "zone":
            weights[index] //= 5
        if place.valid_from > FOUNDED or place.code == SECTION_REGION:
            weights[index] = 0
    centre = weights * np.array([place.central for place in facts.places], dtype=np.int64)
    homes = stream.choice(np.cumsum(weights), len(levels))
    central = stream.choice(np.cumsum(centre), len(levels))
    drawn_in = (levels != DISTRICT) & (levels != TOWNSHIP) & (stream.share(len(levels)) < IN_THE_CENTRE)
    return np.where(drawn_in, central, homes)


def _section(stream: Stream, types: Ints, levels: Ints, *, size: int) -> NDArray[np.bool_]:
    """The institutions of the section chief: exactly 400 where the city is large enough."""
    wanted = SECTION_SIZE if size >= SMALLEST_WITH_SECTION else max(size // 40, 1)
    chosen = np.zeros(len(types), dtype=bool)
    order = stream.order(size)
    local = order[levels[order] != MUNICIPAL]
    organs = local[(types[local] == 0) & (levels[local] == DISTRICT)][: min(40, wanted // 5)]
    chosen[organs] = True
    others = local[~chosen[local]][: wanted - len(organs)]
    chosen[others] = True
    return chosen


def _systems(stream: Stream, types: Ints, levels: Ints) -> list[str]:
    drawn = stream.words(len(types))
    codes = [profile.type for profile in profiles()]
    options: dict[tuple[int, bool], list[str]] = {}
    for index, code in enumerate(codes):
        for township in (False, True):
            wanted = ("all", "township") if township else ("all", "upper")
            fitting = [s for s in systems() if code in s.types and s.level in wanted]
            if township and any(s.level == "township" for s in fitting):
                fitting = [s for s in fitting if s.level == "township"]
            options[index, township] = [s.code for s in fitting for _ in range(s.weight)]
    result = []
    for kind, level, word in zip(types.tolist(), levels.tolist(), drawn.tolist(), strict=True):
        fitting_codes = options[kind, level == TOWNSHIP]
        result.append("CENTRAL" if level == CENTRAL else fitting_codes[word % len(fitting_codes)])
    return result


def _early_years(stream: Stream, roster: Roster, *, born: int, closed: int) -> None:
    """Openings and closings of 2016–2019: they bring 16,663 institutions of 2015 to 16,685 of 2020."""
    first = date(2016, 1, 1).toordinal()
    days = date(2020, 1, 1).toordinal() - first
    plain = np.flatnonzero(~roster.special[: roster.size])
    newcomers = plain[stream.order(len(plain))][:born]
    roster.start[newcomers] = first + stream.below(days, born)
    roster.uses_from[newcomers] = roster.start[newcomers]
    roster.special[newcomers] = True
    gone = slice(roster.size, roster.size + closed)
    roster.end[gone] = first + stream.below(days, closed)
    roster.uses_to[gone] = roster.end[gone]
    roster.special[gone] = True


def _later_years(stream: Stream, roster: Roster, *, opened: int, split: int) -> None:
    """Openings, closures, mergers, splits, transfers and renamings of 2021–2026."""
    count = int((roster.in_count & (np.arange(roster.count) >= roster.size)).sum())
    first_opened = roster.size + count - opened - split
    for offset in range(opened):
        row = first_opened + offset
        day = OPENING_DAYS[offset % len(OPENING_DAYS)].toordinal()
        roster.start[row] = roster.uses_from[row] = day
        roster.special[row] = True
    pool = [
        int(row)
        for row in stream.order(roster.size)
        if not roster.special[row] and roster.level[row] in (DISTRICT, TOWNSHIP)
    ]
    for offset in range(scaled(110, roster.size)):
        row = pool.pop()
        day = CLOSING_DAYS[offset % len(CLOSING_DAYS)].toordinal()
        roster.end[row] = roster.uses_to[row] = day
        roster.special[row] = True
    for offset in range(split):
        row, parent = first_opened + opened + offset, pool.pop()
        roster.start[row] = SPLIT_DAYS[offset % len(SPLIT_DAYS)].toordinal()
        _same_kind(roster, row, parent)
        roster.parent[row] = parent
        roster.special[[row, parent]] = True
    _mergers(roster, pool, scaled(40, roster.size))
    _renamings(roster, pool)


def _same_kind(roster: Roster, row: int, model: int) -> None:
    roster.type[row], roster.level[row] = roster.type[model], roster.level[model]
    roster.region[row], roster.system[row] = roster.region[model], roster.system[model]
    roster.part_share[row] = roster.part_share[model]


def _mergers(roster: Roster, pool: list[int], wanted: int) -> None:
    """Pairs of one type, level, region and side of the change: the second is taken in by the first."""
    waiting: dict[tuple[int, int, str, str], int] = {}
    made = 0
    for row in list(pool):
        if made == wanted:
            break
        key = (int(roster.type[row]), int(roster.level[row]), roster.region[row], roster.system[row])
        other = waiting.pop(key, None)
        if other is None:
            waiting[key] = row
            continue
        roster.part_share[row] = roster.part_share[other]
        roster.end[row] = MERGER_DAYS[made % len(MERGER_DAYS)].toordinal()
        roster.absorber[row] = other
        roster.special[[row, other]] = True
        made += 1
    pool[:] = [row for row in pool if not roster.special[row]]


def _renamings(roster: Roster, pool: list[int]) -> None:
    for offset in range(scaled(80, roster.size)):
        row = pool.pop()
        roster.renames.append((row, date(2021, 2, 1) + timedelta(days=26 * (offset % 75))))
        roster.special[row] = True
    for offset in range(scaled(40, roster.size)):
        row = pool.pop()
        roster.transfers.append((row, date(2022 + offset % 5, 1 + 3 * (offset % 4), 1)))
        roster.special[row] = True
