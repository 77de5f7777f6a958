"""What the accounts notice about the facts of a period: findings, nothing is changed.

- a year's return and the sum of its months that differ by more than rounding;
- a return of a member of another's reporting unit for a time that the other's return covers;
- an institution that stands in no node of a tree, so that the tree's parts do not add up to the whole.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from jieyue.apps.accounts.institutions import codes_on
from jieyue.apps.accounts.queries import run_for, run_of
from jieyue.apps.accounts.scope_query import ScopeQuery, scope_query
from jieyue.apps.accounts.services.compute_run import NODES, RunPlan
from jieyue.apps.publication.lake import open_lake
from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.findings import Finding, make
from jieyue.domain.rounding import half_unit

_TREES: Final = {
    "area": ("地区", "areas"),
    "department": ("部门系统", "departments"),
    "type": ("类型", "types"),
    "line": ("报送关系", "reporting lines"),
}


def check_facts(period: str, *, scope: str = "city", sequence: int | None = None) -> list[Finding]:
    """All findings of a node's institutions for a period, by institution."""
    plan = run_of(scope, run_for(period, sequence=sequence))
    asked = scope_query(plan, NODES, scope)
    return [*_year_and_months(plan, asked), *_about_places(plan, asked)]


def _about_places(plan: RunPlan, asked: ScopeQuery) -> list[Finding]:
    slots = {
        **asked.query.slots,
        "in_scope": asked.in_scope,
        "in_group": "TRUE",
        "item_known": "TRUE",
        "due": "FALSE",
        "source": "0",
    }
    found = open_lake().steps("figures_behind", asked.query.params, slots=slots, partitions=asked.partitions)
    twice, unplaced = found["twice"].to_pylist(), found["unplaced"].to_pylist()
    codes = codes_on([row["institution"] for row in (*twice, *unplaced)], plan.period.last_day)
    findings = [
        make("member_return_not_counted", institution=codes[row["institution"]], period=row["period"])
        for row in twice
    ]
    for row in unplaced:
        for tree, (zh, en) in _TREES.items():
            if row[tree]:
                findings.append(
                    make(
                        "institution_not_placed",
                        institution=codes[row["institution"]],
                        day=plan.day,
                        tree=tree,
                        tree_zh=zh,
                        tree_en=en,
                    )
                )
    return findings


def _year_and_months(plan: RunPlan, asked: ScopeQuery) -> list[Finding]:
    form = plan.method.account.form
    codes = form.flow_codes
    slots = {
        **asked.query.slots,
        "in_scope": asked.in_scope,
        "sums": "".join(
            f", SUM(CASE WHEN f.period = $period THEN f.c{code} END) AS y{code},"
            f" SUM(CASE WHEN f.period <> $period THEN f.c{code} END) AS m{code}"
            for code in codes
        ),
        "differ": " OR ".join(f"y{code} <> m{code}" for code in codes),
        "columns": "".join(f", f.c{code}" for code in codes),
    }
    found = open_lake().steps("figures_both", asked.query.params, slots=slots, partitions=asked.partitions)
    rows = found["rows"].to_pylist()
    names = codes_on(sorted({row["institution"] for row in rows}), plan.period.last_day)
    by_institution: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_institution.setdefault(row["institution"], []).append(row)
    return [
        finding
        for institution, own in by_institution.items()
        for finding in _differences(plan, names[institution], own, codes)
    ]


def _differences(
    plan: RunPlan, institution: str, rows: Sequence[Mapping[str, Any]], codes: Sequence[str]
) -> list[Finding]:
    """One finding an item whose difference rounding does not explain."""
    period = str(plan.period)
    findings = []
    for code in codes:
        whole = [row[f"c{code}"] for row in rows if row["period"] == period]
        parts = [row[f"c{code}"] for row in rows if row["period"] != period]
        if None in whole or None in parts:
            continue
        difference = sum(parts, Decimal(0)) - whole[0]
        rounding = sum((half_unit(number) for number in (*whole, *parts)), Decimal(0))
        if abs(difference) <= rounding:
            continue
        item = home_catalog().item(f"{plan.key.form}:{code}")
        findings.append(
            make(
                "year_months_differ",
                value=_plain(whole[0]),
                column=item.code,
                institution=institution,
                period=period,
                item_zh=item.name_zh,
                item_en=item.name_en,
                unit=item.unit,
                months=_plain(sum(parts, Decimal(0))),
                difference=_plain(difference),
                rounding=_plain(rounding),
            )
        )
    return findings


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
