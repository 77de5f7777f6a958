"""What rows of meters would change: those that may be stored, and a finding for each that may not.

A file of meters and the page of a point ask the same here.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from jieyue.apps.exchange.match import key
from jieyue.apps.exchange.meters import CLOSED, MeterRow, ParsedMeters
from jieyue.apps.metering.closings import closing_of
from jieyue.apps.metering.formulas import (
    Leaning,
    Said,
    leaning_on_closed,
    left_hanging,
    parts_of,
    problems_after,
)
from jieyue.apps.metering.meter_changes import Plan, Register, about_of, compared
from jieyue.apps.metering.points import numbers_of, unit_factor
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.registry.queries import by_code, number_of
from jieyue.catalog.energy_items import energy_items
from jieyue.domain.virtual_check import Held, Problem


def carrier_words() -> dict[str, str]:
    found: dict[str, str] = {}
    for carrier in home_catalog().carriers.values():
        found |= {key(word): carrier.code for word in (carrier.code, carrier.name_zh, carrier.name_en)}
    for item in energy_items().values():
        if item.carrier and item.code.endswith("000"):
            found.setdefault(key(item.name_zh), item.carrier)
    return found


def plans_of(parsed: ParsedMeters, *, restate: bool) -> list[Plan]:
    """What each row changes; findings for what cannot be, duplicates for what changes nothing."""
    rows, report = parsed.rows, parsed.report
    points = numbers_of({row.meter for row in rows} | {row.parent for row in rows if row.parent})
    register = Register(points)
    codes = {row.meter for row in rows}
    found: list[Plan] = []
    for day in sorted({row.valid_from for row in rows}):
        institutions = _institutions([row for row in rows if row.valid_from == day], day)
        for row in (one for one in rows if one.valid_from == day):
            if row.parent in parsed.named and row.parent not in codes and row.parent not in points:
                report.reject_quietly(row.row)  # what is wrong with the row of its parent is told there
                continue
            if not _sound(row, institutions, points, codes, report):
                continue
            about = about_of(row, institutions[row.institution], points.get(row.parent))
            plan = (closing_of if row.state == CLOSED else compared)(
                row, about, register, report, restate=restate
            )
            if plan is not None:
                found.append(plan)
    return _with_sound_formulas(_with_parents(found, points, report), points, report)


def _institutions(rows: Sequence[MeterRow], day: date) -> dict[str, int]:
    """Code → institution of the rows of a day. A row that closes a point says whom it served until then, who may be no
    more."""
    found = by_code({row.institution for row in rows if row.state != CLOSED}, day)
    ending = {row.institution for row in rows if row.state == CLOSED}
    before = by_code(ending, day - timedelta(days=1)) if ending else {}
    last = {code: number_of(code, day) for code in ending - before.keys()}
    return {code: number for code, number in last.items() if number is not None} | before | found


def _with_parents(plans: list[Plan], points: Mapping[str, int], report: Any) -> list[Plan]:
    """Without the rows whose parent would not be there: what is wrong with the parent is told at its own row."""
    while True:
        there = {plan.row.meter for plan in plans} | points.keys()
        lost = [plan for plan in plans if plan.row.parent and plan.row.parent not in there]
        if not lost:
            return plans
        for plan in lost:
            report.reject_quietly(plan.row.row)
        plans = [plan for plan in plans if plan not in lost]


def _with_sound_formulas(plans: list[Plan], points: Mapping[str, int], report: Any) -> list[Plan]:
    """Without the rows that make a virtual meter wrong: its own, or the one that changes what it is made of."""
    while True:
        said = [_said(plan) for plan in plans if not plan.keeps]
        used = {(code, day): names for code, day, names in left_hanging(said)}
        if used:
            plans = _without_used(plans, used, points, report)
            continue
        leaning = {(one.code, one.day): one for one in leaning_on_closed(said)}
        if leaning:
            plans = _without_leaning(plans, leaning, points, report)
            continue
        wrong = _rows_of(problems_after(said), plans)
        if not wrong:
            return plans
        for plan, one in wrong:
            report.reject(
                plan.row.row, one.code, column="formula", value=one.value, meter=one.meter,
                meters=", ".join(one.involved),
            )  # fmt: skip
        gone = {id(plan) for plan, _one in wrong}
        plans = _with_parents([plan for plan in plans if id(plan) not in gone], points, report)


def _without_used(
    plans: list[Plan],
    used: Mapping[tuple[str, date], Sequence[str]],
    points: Mapping[str, int],
    report: Any,
) -> list[Plan]:
    """Without the rows that close a point that others still hang below or are made of."""
    left = []
    for plan in plans:
        names = used.get((plan.row.meter, plan.row.valid_from))
        if names is None or not plan.closes:
            left.append(plan)
            continue
        report.reject(
            plan.row.row,
            "meter_close_used",
            column="state",
            value=plan.row.meter,
            meters=", ".join(names[:10]),
        )
    return _with_parents(left, points, report)


def _without_leaning(
    plans: list[Plan], leaning: Mapping[tuple[str, date], Leaning], points: Mapping[str, int], report: Any
) -> list[Plan]:
    """Without the rows that hang a point below a closed one, or make it of one."""
    left = []
    for plan in plans:
        one = leaning.get((plan.row.meter, plan.row.valid_from))
        if one is None or plan.closes or plan.keeps:
            left.append(plan)
            continue
        report.reject(
            plan.row.row,
            "meter_formula_closed" if one.of_formula else "meter_parent_closed",
            column="formula" if one.of_formula else "parent",
            value=one.other,
            meter=one.code,
            closed=str(one.closed),
        )
    return _with_parents(left, points, report)


def _rows_of(found: Sequence[Problem], plans: list[Plan]) -> list[tuple[Plan, Problem]]:
    """Each problem at the row that can be its cause: the virtual meter's, else the first of what it is made of. What
    no row of the file touches was there before."""
    named = []
    for one in found:
        until = {
            plan.row.meter: plan for plan in plans if plan.row.valid_from <= one.day
        }  # by day: the last stays
        named.append((next((until[code] for code in one.involved if code in until), None), one))
    return [(plan, one) for plan, one in named if plan is not None]


def _said(plan: Plan) -> Said:
    about = plan.about
    if plan.closes:
        return Said(plan.row.meter, plan.row.valid_from, None)
    held = Held(
        str(about.institution), about.carrier, unit_factor(about.unit, about.carrier), about.kind, about.end_use,
        about.direction, plan.parent, parts_of(about.formula),
    )  # fmt: skip
    return Said(plan.row.meter, plan.row.valid_from, held)


def _sound(
    row: MeterRow,
    institutions: Mapping[str, int],
    points: Mapping[str, int],
    codes: set[str],
    report: Any,
) -> bool:
    if row.institution not in institutions:
        report.reject(row.row, "unknown_institution", column="institution", value=row.institution)
        return False
    if row.parent == row.meter:
        report.reject(row.row, "meter_circle", column="parent", value=row.meter)
        return False
    if row.parent and row.parent not in points and row.parent not in codes:
        report.reject(row.row, "meter_parent", column="parent", value=row.parent)
        return False
    try:
        unit_factor(row.unit, row.carrier)
    except ValueError as error:
        unit = home_catalog().carriers[row.carrier].unit
        report.reject(row.row, str(error), column="unit", value=row.unit, unit=unit)
        return False
    return True
