"""What goes out: the document of a release. A withheld number is not in it, in no form."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings

from jieyue.apps.accounts.nodes import RunNode
from jieyue.apps.accounts.queries import FigureRow, figures
from jieyue.apps.accounts.services.compute_run import RunPlan
from jieyue.apps.disclosure.cells import CITY, Population
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.targets.queries import plan_status
from jieyue.domain.period import Period
from jieyue.domain.suppression import Pattern

#: How many years stand beside one another.
YEARS = 5
#: What may be released, in the order of the page.
CHOICES = (
    "energy_total_tce",
    "energy_per_area_kgce_m2",
    "energy_per_person_kgce",
    "water_total_m3",
    "water_per_person_m3",
    "co2_total_t",
    "co2_per_area_kg_m2",
    "floor_area_m2",
    "persons",
)
_PLAN = ("indicator", "name_zh", "name_en", "unit", "binding", "shown_base", "shown_target", "shown_actual",
         "printed_unit", "unit_misprinted", "figure_status", "status", "words_zh", "words_en", "clause")  # fmt: skip


def document_of(
    plan: RunPlan,
    nodes: Sequence[RunNode],
    people: Population,
    pattern: Pattern,
    indicators: Sequence[str],
    rule: Mapping[str, str],
    *,
    marks: date,
) -> dict[str, Any]:
    """The document. rule: the settings by which cells were withheld, as texts; marks: whose day's sensitive marks."""
    period, sequence = plan.key.period, plan.key.sequence
    depths = _depths(nodes)
    scopes = [CITY, *(node.scope for node in nodes)]
    rows = {
        (row.scope, row.indicator): row
        for row in figures(scopes, period, indicators=indicators, sequence=sequence)
    }
    return {
        "period": period,
        "sequence": sequence,
        "boundaries": plan.key.boundaries,
        "synthetic": settings.JIEYUE_HOME.synthetic,
        "method": {
            "plan": home_plan().id,
            "form": plan.key.form,
            "factor_set": plan.key.factor_set,
            "electricity_factor": plan.key.electricity_factor,
            "vehicle_boundary": plan.key.vehicle_boundary,
        },
        "rule": dict(rule),
        "marks": marks.isoformat(),
        "completeness": _completeness(period, sequence),
        "indicators": [_indicator(code) for code in indicators],
        "plan": _plan_rows(period, sequence),
        "years": _years(period, indicators, sequence),
        "cells": [
            _city(rows, indicators, people),
            *(_cell(n, rows, indicators, people, pattern, depths[n.node]) for n in nodes),
        ],
    }


def _completeness(period: str, sequence: int) -> str | None:
    """The completeness of the whole, exactly as text; None if there is none."""
    row = figures([CITY], period, indicators=["completeness"], sequence=sequence)[0]
    return None if row.exact is None else str(row.exact)


def _depths(nodes: Sequence[RunNode]) -> dict[int, int]:
    """How far below the root a node hangs; each stands after the one that it hangs at."""
    found: dict[int, int] = {}
    for node in nodes:
        found[node.node] = found.get(node.parent or 0, -1) + 1
    return found


def _indicator(code: str) -> dict[str, Any]:
    one = home_catalog().indicator(code)
    return {
        "code": code,
        "name_zh": one.name_zh,
        "name_en": one.name_en,
        "unit": one.unit,
        "decimals": one.decimals,
        "source": one.source,
        "document": one.document,
    }


def _plan_rows(period: str, sequence: int) -> list[dict[str, Any]]:
    """Where the plan's indicators stand; only for a year, for the plan speaks of years."""
    if not period.isdigit():
        return []
    scales = {one.code: str(one.scale) for one in home_plan().indicators}
    rows = plan_status(settings.JIEYUE_HOME.plan, int(period), sequence=sequence)
    return [{name: getattr(row, name) for name in _PLAN} | {"scale": scales[row.indicator]} for row in rows]


def _years(period: str, indicators: Sequence[str], sequence: int) -> list[dict[str, Any]]:
    """The city in this and earlier years, oldest first; a year without any figure is left out."""
    span = Period.parse(period)
    spans = [span]
    while len(spans) < YEARS:
        spans.append(spans[-1].previous_year())
    found = []
    for one in reversed(spans):
        rows = figures([CITY], str(one), indicators=indicators, sequence=sequence)
        if any(row.value is not None for row in rows):
            found.append({"period": str(one), "values": {row.indicator: _shown(row) for row in rows}})
    return found


def _shown(row: FigureRow) -> dict[str, str | None]:
    return {"display": row.display, "status": row.status}


def _city(
    rows: Mapping[tuple[str, str], FigureRow], indicators: Sequence[str], people: Population
) -> dict[str, Any]:
    return {
        "scope": CITY,
        "kind": CITY,
        "code": CITY,
        "depth": 0,
        "name_zh": "全市",
        "name_en": "Whole city",
        "institutions": len(people.members[CITY]),
        "withheld": "",
        "values": {code: _shown(rows[CITY, code]) for code in indicators},
    }


def _cell(
    node: RunNode,
    rows: Mapping[tuple[str, str], FigureRow],
    indicators: Sequence[str],
    people: Population,
    pattern: Pattern,
    depth: int,
) -> dict[str, Any]:
    withheld = pattern.withheld.get(node.scope, "")
    return {
        "scope": node.scope,
        "kind": node.tree,
        "code": node.code,
        "depth": depth,
        "name_zh": node.name_zh,
        "name_en": node.name_en,
        "institutions": None if withheld else len(people.members[node.scope]),
        "withheld": "withheld" if withheld else "",
        "values": {} if withheld else {code: _shown(rows[node.scope, code]) for code in indicators},
    }
