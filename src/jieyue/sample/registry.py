"""The registry's frames: dated versions of institutions and their dated memberships."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from jieyue.sample.chance import Ints
from jieyue.sample.credit import credit_code
from jieyue.sample.facts import Facts
from jieyue.sample.geography import line_of, stays
from jieyue.sample.nodes import CENTRAL_DEPARTMENT, CENTRAL_LINE
from jieyue.sample.roster import CENTRAL, LEVELS, MUNICIPAL, Roster
from jieyue.sample.stocks import Stocks
from jieyue.sample.tables import profiles

SCHOOL_NAME = "示例第三中学"
EDUCATION, HEALTH = 1, 4
_SCHOOL_KINDS = (("大学", "职业学院", "中学"), ("小学", "中学", "幼儿园"), ("中心校", "小学", "幼儿园"))

_INSTITUTIONS = {
    "code": pl.String,
    "name": pl.String,
    "type": pl.String,
    "level": pl.String,
    "credit_code": pl.String,
    "floor_area": pl.Int64,
    "persons": pl.Int64,
    "students": pl.Int64,
    "boarders": pl.Int64,
    "beds": pl.Int64,
    "vehicles": pl.Int64,
    "nev_vehicles": pl.Int64,
    "office_mode": pl.String,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "in_count": pl.Boolean,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}
_MEMBERSHIPS = {
    "code": pl.String,
    "tree": pl.String,
    "target": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}


@dataclass(frozen=True, slots=True)
class Latest:
    """Each institution's newest own stocks [n]."""

    area: Ints
    persons: Ints
    vehicles: Ints
    new_energy: Ints


def names_of(roster: Roster, facts: Facts) -> list[str]:
    """Unique, clearly synthetic names: 示例 + region + running number + kind."""
    shorts = {place.code: place.short_name for place in facts.places}
    running: dict[tuple[str, str], int] = {}
    names: list[str] = []
    for row in range(roster.count):
        level = int(roster.level[row])
        if roster.parent[row] >= 0:
            names.append(f"{names[int(roster.parent[row])]}分设机构")
            continue
        if level == CENTRAL:
            place, label = "中央驻市", "单位"
        elif int(roster.type[row]) == EDUCATION:
            place, label = shorts[roster.region[row]], _SCHOOL_KINDS[level][row % 3]
        else:
            place, label = shorts[roster.region[row]], profiles()[int(roster.type[row])].names[level]
        if level == MUNICIPAL:
            place = "市"
        running[place, label] = running.get((place, label), 0) + 1
        names.append(f"示例{place}第{running[place, label]}{label}")
    for span in roster.units:
        if span.kind == "campus":
            names[span.member] = f"{names[span.filer]}第二校区"
    names[roster.school] = SCHOOL_NAME
    return names


def latest_stocks(stocks: dict[int, Stocks]) -> Latest:
    """The newest year's numbers of each unit, 2025 before the running year."""
    order = [2025, *sorted((year for year in stocks if year < 2025), reverse=True), 2026]
    picked = {
        name: np.zeros_like(stocks[2025].area) for name in ("area", "persons", "vehicles", "new_energy")
    }
    open_rows = np.ones(len(picked["area"]), dtype=bool)
    for year in order:
        taken = open_rows & stocks[year].here
        picked["area"][taken] = stocks[year].area[taken]
        picked["persons"][taken] = stocks[year].persons[taken]
        picked["vehicles"][taken] = stocks[year].vehicles[taken]
        picked["new_energy"][taken] = stocks[year].new_energy_cars[taken]
        open_rows &= ~taken
    return Latest(**picked)


def institutions_frame(roster: Roster, stocks: dict[int, Stocks], names: list[str]) -> pl.DataFrame:
    """One row per version; a version ends where a name, a level or the stocks of a merger or split change."""
    latest = latest_stocks(stocks)
    shared = {span.member for span in roster.units if span.kind == "compound"}
    shared |= {span.filer for span in roster.units if span.kind == "compound"}
    renamed, moved = dict(roster.renames), dict(roster.transfers)
    joined: dict[int, list[tuple[date, int]]] = {}
    for row in np.flatnonzero(roster.absorber >= 0).tolist():
        day = date.fromordinal(int(roster.end[row]))
        joined.setdefault(int(roster.absorber[row]), []).append((day, row))
    parted: dict[int, list[tuple[date, int]]] = {}
    for row in np.flatnonzero(roster.parent >= 0).tolist():
        day = date.fromordinal(int(roster.start[row]))
        parted.setdefault(int(roster.parent[row]), []).append((day, row))
    records: list[dict[str, Any]] = []
    for row in range(roster.count):
        start, end = date.fromordinal(int(roster.start[row])), date.fromordinal(int(roster.end[row]))
        cuts = {day for day, _ in joined.get(row, []) + parted.get(row, [])}
        cuts |= {day for day in (renamed.get(row), moved.get(row)) if day is not None}
        edges = [start, *sorted(day for day in cuts if start < day < end), end]
        for first, last in pairwise(edges):
            held = [row]
            held += [other for day, other in joined.get(row, []) if day <= first]
            held += [other for day, other in parted.get(row, []) if first < day]
            record = _attributes(roster, row, held, latest)
            record["name"] = _name_on(names[row], renamed.get(row), first)
            if row in moved and moved[row] <= first:
                record["level"] = LEVELS[MUNICIPAL]
            record["office_mode"] = "shared" if row in shared else "independent"
            record |= {"valid_from": first, "valid_to": last}
            records.append(record)
    return pl.DataFrame(records, schema=_INSTITUTIONS)


def _name_on(name: str, day: date | None, first: date) -> str:
    if day is None or first < day:
        return name
    return name.replace("示例", "示例新", 1)


def _attributes(roster: Roster, row: int, held: list[int], latest: Latest) -> dict[str, Any]:
    kind = int(roster.type[row])
    code = profiles()[kind].type
    persons = int(latest.persons[held].sum())
    category = "1" if code == "01" else "3" if code == "03" else "2"
    school, hospital = kind == EDUCATION, kind == HEALTH
    students = persons * 92 // 100
    return {
        "code": roster.code(row),
        "type": code,
        "level": LEVELS[int(roster.level[row])],
        "credit_code": credit_code(category, row + 1),
        "floor_area": int(latest.area[held].sum()),
        "persons": persons,
        "students": students if school else None,
        "boarders": students * (row % 7) // 10 if school else None,
        "beds": persons * 45 // 100 if hospital else None,
        "vehicles": int(latest.vehicles[held].sum()),
        "nev_vehicles": int(latest.new_energy[held].sum()),
        "lon": None,
        "lat": None,
        "in_count": bool(roster.in_count[row]),
    }


def memberships_frame(roster: Roster, facts: Facts) -> pl.DataFrame:
    """Dated memberships in the trees area, department, type, line and unit; exactly one of each on any day."""
    moved = dict(roster.transfers)
    inside: dict[int, list[tuple[int, date, date]]] = {}
    for span in roster.units:
        inside.setdefault(span.member, []).append((span.filer, span.valid_from, span.valid_to))
    rows: list[tuple[str, str, str, date, date]] = []
    for row in range(roster.count):
        code = roster.code(row)
        start, end = date.fromordinal(int(roster.start[row])), date.fromordinal(int(roster.end[row]))
        places = stays(facts, roster.region[row], int(roster.part_share[row]), start=start, end=end)
        rows += [(code, "area", stay.code, stay.valid_from, stay.valid_to) for stay in places]
        rows.append((code, "type", profiles()[int(roster.type[row])].type, start, end))
        rows += _bodies(roster, row, places, moved.get(row))
        rows += _units(code, start, end, inside.get(row, []), roster)
    return pl.DataFrame(rows, schema=_MEMBERSHIPS, orient="row")


def _bodies(
    roster: Roster, row: int, places: list[Any], moved: date | None
) -> list[tuple[str, str, str, date, date]]:
    """The department and the reporting line; a transferred institution goes to the municipal department."""
    code, system = roster.code(row), roster.system[row]
    start, end = places[0].valid_from, places[-1].valid_to
    if int(roster.level[row]) == CENTRAL:
        return [
            (code, "department", CENTRAL_DEPARTMENT, start, end),
            (code, "line", CENTRAL_LINE, start, end),
        ]
    if int(roster.level[row]) == MUNICIPAL:
        moved = start
    local_end = end if moved is None else moved
    rows = []
    if start < local_end:
        rows.append((code, "department", f"D-{system}-D", start, local_end))
        for stay in places:
            if stay.valid_from < local_end:
                last = min(stay.valid_to, local_end)
                rows.append((code, "line", line_of(stay.code, system), stay.valid_from, last))
    if local_end < end:
        rows.append((code, "department", f"D-{system}-M", local_end, end))
        rows.append((code, "line", f"L-M-{system}", local_end, end))
    return rows


def _units(
    code: str, start: date, end: date, spans: list[tuple[int, date, date]], roster: Roster
) -> list[tuple[str, str, str, date, date]]:
    """Its own reporting unit, but for the time in which another files for it."""
    rows, reached = [], start
    for filer, first, last in spans:
        if reached < first:
            rows.append((code, "unit", code, reached, first))
        rows.append((code, "unit", roster.code(filer), max(first, start), min(last, end)))
        reached = min(last, end)
    if reached < end:
        rows.append((code, "unit", code, reached, end))
    return rows


def count_by_type(roster: Roster, day: date) -> dict[str, int]:
    """Institutions in count on a day, in all (key ``all``) and by type."""
    here = roster.being(day) & roster.in_count
    counts = {
        profile.type: int((here & (roster.type == index)).sum()) for index, profile in enumerate(profiles())
    }
    return {"all": int(here.sum()), **counts}
