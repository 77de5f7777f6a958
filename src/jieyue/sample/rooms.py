"""NY202 (data-centre rooms) and NY203 (heating): parts "of which" of the same institution's NY201."""

from __future__ import annotations

from datetime import date

import numpy as np

from jieyue.sample.chance import Ints, Stream
from jieyue.sample.facts import Facts
from jieyue.sample.frames import Sheet, last_day
from jieyue.sample.model import APPROVED, BILLED, METERED, NOT_USED, TYPED, ReturnsFrame
from jieyue.sample.roster import Roster, scaled
from jieyue.sample.tables import SCALE

ROOMS, HEATED = 300, 220
ROOM_FROM_AREA = 8_000
SEASONS = {2024: ("2024-12", "2025-01", "2025-02"), 2025: ("2025-12", "2026-01", "2026-02")}
IN_WORK = "2026-10"
_BILLED = ("320", "321", "340", "341")


def room_frames(
    roster: Roster, facts: Facts, years: dict[str, Sheet], months: dict[str, Sheet], *, seed: int
) -> list[ReturnsFrame]:
    """NY202 of some hundred institutions, one or two rooms each; a year 2025 is the sum of its months."""
    stream = Stream(seed, "rooms")
    steady = _steady(roster, years["2020"], months[IN_WORK])
    area = years["2020"].values["102"][steady] // SCALE
    large = steady[area >= ROOM_FROM_AREA]
    chosen = np.sort(large[stream.order(len(large))][: scaled(ROOMS, roster.size)])
    doors = [(int(row), room) for row in chosen for room in range(1, 2 + int(row) % 2)]
    count = len(doors)
    rows = np.array([row for row, _ in doors], dtype=np.int64)
    share, pue = 150 + stream.below(550, count), 13_500 + stream.below(7_500, count)
    power = 20 + stream.below(180, count)
    result: list[ReturnsFrame] = []
    monthly: dict[str, Ints] = {}
    for period, sheet in [*months.items(), *years.items()]:
        if period in ("2015", IN_WORK):
            continue
        if period == "2025":
            total = np.sum(np.stack([monthly[f"2025-{month:02d}"] for month in range(1, 13)]), axis=0)
        else:
            total = sheet.values["110"][rows] // SCALE * share // SCALE
        monthly[period] = total
        result.append(_room_frame(facts, roster, doors, period, total=total, pue=pue, power=power))
    return result


def _steady(roster: Roster, first: Sheet, last: Sheet) -> Ints:
    """Institutions that file from the first to the last sheet, without mistakes or reorganisation."""
    both = np.intersect1d(first.rows, last.rows)
    return both[roster.in_count[both] & (both != roster.school)]


def _room_frame(
    facts: Facts,
    roster: Roster,
    doors: list[tuple[int, int]],
    period: str,
    *,
    total: Ints,
    pue: Ints,
    power: Ints,
) -> ReturnsFrame:
    day = _end(period)
    scheme = facts.scheme_on(day)
    machines = total * SCALE // pue
    cooling = (total - machines) * 78 // 100
    watts, air = power, power * 3 // 10
    values = {
        "201": 20 + power // 3,
        "210": 2 + power // 8,
        "220": watts + air + power // 10,
        "2201": watts,
        "2202": air,
        "2203": power // 10,
        "230": power + 20,
        "240": total,
        "2401": machines,
        "2402": cooling,
        "2403": total - machines - cooling,
    }
    codes = tuple(code for code in facts.items["NY202", scheme] if code in values)
    table = np.stack([values[code] for code in codes], axis=1) * SCALE
    origins = np.full(table.shape, TYPED, dtype=np.uint8)
    for code in ("240", "2401", "2402", "2403"):
        origins[:, codes.index(code)] = METERED
    return ReturnsFrame(
        form="NY202",
        scheme=scheme,
        period=period,
        codes=codes,
        institutions=tuple(roster.code(row) for row, _ in doors),
        instances=tuple(str(room) for _, room in doors),
        values=table,
        origins=origins,
        states=np.full(len(doors), APPROVED),
    )


def _end(period: str) -> date:
    if len(period) == 4:
        return date(int(period), 12, 31)
    return last_day(int(period[:4]), int(period[5:]))


def heating_frames(
    roster: Roster, facts: Facts, years: dict[str, Sheet], months: dict[str, Sheet], *, seed: int
) -> list[ReturnsFrame]:
    """NY203 of institutions with boilers of their own in the counties, for two heating seasons.

    The quantities are shares of December to February, so they stay within the season's NY201 returns.
    """
    stream = Stream(seed, "heating")
    steady = _steady(roster, years["2024"], months[IN_WORK])
    counties = {place.code for place in facts.places if place.kind == "county"}
    inside = np.array([roster.region[int(row)] in counties for row in steady], dtype=bool)
    gas = np.min(
        np.stack([months[name].values["140"][steady] for name in SEASONS[2024] + SEASONS[2025]]), axis=0
    )
    fitting = steady[inside & (gas >= 50 * SCALE)]
    rows = np.sort(fitting[stream.order(len(fitting))][: scaled(HEATED, roster.size)])
    part, days = 40 + stream.below(40, len(rows)), 70 + stream.below(45, len(rows))
    return [
        _heating_frame(roster, facts, months, rows, season=season, part=part, days=days) for season in SEASONS
    ]


def _heating_frame(
    roster: Roster,
    facts: Facts,
    months: dict[str, Sheet],
    rows: Ints,
    *,
    season: int,
    part: Ints,
    days: Ints,
) -> ReturnsFrame:
    names = SEASONS[season]

    def share(code: str, percent: int, step: int) -> Ints:
        whole = np.sum(np.stack([months[name].values[code][rows] for name in names]), axis=0)
        return whole * percent // 100 // step * step

    heated = months[names[0]].values["102"][rows] // SCALE * part // 100 * SCALE
    values = {
        "301": heated,
        "3011": heated,
        "302": days * SCALE,
        "320": share("110", 9, SCALE),
        "321": share("111", 9, 100),
        "340": share("140", 55, SCALE),
        "341": share("141", 55, 100),
    }
    scheme = facts.scheme_on(date(season + 1, 3, 31))
    codes = facts.items["NY203", scheme]
    table = np.zeros((len(rows), len(codes)), dtype=np.int64)
    origins = np.full(table.shape, NOT_USED, dtype=np.uint8)
    for place, code in enumerate(codes):
        if code in values:
            table[:, place] = values[code]
            kind = BILLED if code in _BILLED else TYPED
            origins[:, place] = np.where(values[code] > 0, kind, NOT_USED)
    return ReturnsFrame(
        form="NY203",
        scheme=scheme,
        period=f"{season}-HS",
        codes=codes,
        institutions=tuple(roster.code(int(row)) for row in rows),
        instances=("",) * len(rows),
        values=table,
        origins=origins,
        states=np.full(len(rows), APPROVED),
    )
