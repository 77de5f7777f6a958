"""The fixed cases of the core tasks, and what else a person looks up by name, as plain data."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from jieyue.sample.mistakes import Ledger
from jieyue.sample.model import DRAFT, NOT_BEGUN, SUBMITTED
from jieyue.sample.registry import SCHOOL_NAME
from jieyue.sample.roster import SCHOOL_REGION, SECTION_COMPOUND, SECTION_REGION, Roster
from jieyue.sample.states import IN_WORK, SectionDesk
from jieyue.sample.tables import SchoolHistory

# Three districts whose bounds did not change; which of their figures gets falsified is a later matter.
AUDITED_DISTRICTS = ("500101", "500102", "500118")


def build_cases(
    roster: Roster, ledger: Ledger, desk: SectionDesk, doubled: list[int]
) -> dict[str, dict[str, Any]]:
    """All cases; T2 only in a city large enough to hold a section of 400."""
    cases = {
        "T1": _school(roster),
        "T4": {"districts": list(AUDITED_DISTRICTS), "period": "2025", "indicator": "co2_per_area_kg_m2"},
        "units": _units(roster),
        "doubled": {"institutions": [roster.code(row) for row in doubled]},
        "reorganisations": _reorganisations(roster),
    }
    if desk.explained:
        cases["T2"] = _section(roster, ledger, desk)
    return cases


def _school(roster: Roster) -> dict[str, Any]:
    history = SchoolHistory()
    return {
        "institution": roster.code(roster.school),
        "name": SCHOOL_NAME,
        "region": SCHOOL_REGION,
        "period": IN_WORK,
        "state": NOT_BEGUN,
        "persons_before": history.persons_now,
        "floor_area": history.floor_area,
        "history": history.periods(),
    }


def _section(roster: Roster, ledger: Ledger, desk: SectionDesk) -> dict[str, Any]:
    frame = ledger.frames[IN_WORK]

    def codes(places: Any) -> list[str]:
        return [frame.institutions[int(place)] for place in places]

    section = {roster.code(int(row)) for row in np.flatnonzero(roster.section)}
    planted = {
        (row["institution"], row["kind"])
        for row in ledger.planted
        if row["period"] == IN_WORK and row["institution"] in section
    }
    compound = [span for span in roster.units if roster.section[span.member]]
    return {
        "node": f"L-{SECTION_REGION}",
        "period": IN_WORK,
        "institutions": len(section),
        "owed": len(desk.submitted) + len(desk.drafts) + len(desk.not_begun),
        "states": {SUBMITTED: len(desk.submitted), DRAFT: len(desk.drafts), NOT_BEGUN: len(desk.not_begun)},
        "compound": roster.code(compound[0].filer),
        "compound_organs": SECTION_COMPOUND,
        "late": sorted(codes(desk.drafts) + codes(desk.not_begun)),
        "planted": [{"institution": code, "kind": kind} for code, kind in sorted(planted)],
        "explained": {frame.institutions[place]: reason for place, reason in desk.explained.items()},
    }


def _units(roster: Roster) -> dict[str, Any]:
    kinds: dict[str, dict[str, list[str]]] = {"compound": {}, "campus": {}}
    for span in roster.units:
        kinds[span.kind].setdefault(roster.code(span.filer), []).append(roster.code(span.member))
    return {"compounds": kinds["compound"], "campuses": kinds["campus"]}


def _reorganisations(roster: Roster) -> dict[str, Any]:
    def day(number: int) -> str:
        return date.fromordinal(int(number)).isoformat()

    rows = range(roster.count)
    since, until = date(2021, 1, 1).toordinal(), date(2027, 1, 1).toordinal()
    return {
        "opened": {
            roster.code(row): day(roster.start[row])
            for row in rows
            if roster.start[row] >= since and roster.parent[row] < 0
        },
        "closed": {
            roster.code(row): day(roster.end[row])
            for row in rows
            if since <= roster.end[row] < until and roster.absorber[row] < 0
        },
        "merged": {
            roster.code(row): [roster.code(int(roster.absorber[row])), day(roster.end[row])]
            for row in rows
            if roster.absorber[row] >= 0
        },
        "split": {
            roster.code(row): [roster.code(int(roster.parent[row])), day(roster.start[row])]
            for row in rows
            if roster.parent[row] >= 0
        },
        "renamed": {roster.code(row): day.isoformat() for row, day in roster.renames},
        "transferred": {roster.code(row): day.isoformat() for row, day in roster.transfers},
    }
