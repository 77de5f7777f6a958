"""The nodes of the department tree and of the reporting line; area and type nodes come from the catalog."""

from __future__ import annotations

from jieyue.sample.facts import Facts
from jieyue.sample.geography import INNER_SYSTEMS, WITH_DEPARTMENTS
from jieyue.sample.model import OPEN_END, NodeRow
from jieyue.sample.roster import FOUNDED
from jieyue.sample.tables import System, systems

ROOT = "city"
CENTRAL_LINE, CENTRAL_DEPARTMENT = "L-CENTRAL", "D-CENTRAL"


def build_nodes(facts: Facts) -> list[NodeRow]:
    """All nodes, every parent before its children."""
    return [*_departments(), *_line(facts)]


def _node(tree: str, code: str, names: tuple[str, str], kind: str, parent: str | None) -> NodeRow:
    return NodeRow(
        tree=tree,
        code=code,
        name_zh=names[0],
        name_en=names[1],
        kind=kind,
        parent_code=parent,
        outside=code in (CENTRAL_LINE, CENTRAL_DEPARTMENT),
        valid_from=FOUNDED,
        valid_to=OPEN_END,
    )


def _departments() -> list[NodeRow]:
    rows = [_node("department", ROOT, ("示例市全市", "Example City, whole"), "authority", None)]
    for system in systems():
        zh, en = f"示例市{system.name_zh}系统", f"Example City: {system.name_en} system"
        rows.append(_node("department", f"D-{system.code}", (zh, en), "system", ROOT))
        parts = (("M", "市级", "municipal"), ("D", "区县", "district"))
        for code, part_zh, part_en in parts:
            names = (f"{zh}（{part_zh}）", f"{en} ({part_en})")
            rows.append(
                _node("department", f"D-{system.code}-{code}", names, "department", f"D-{system.code}")
            )
    names = ("示例中央驻市单位", "Example units of central departments")
    return [*rows, _node("department", CENTRAL_DEPARTMENT, names, "central", ROOT)]


def _line(facts: Facts) -> list[NodeRow]:
    rows = [
        _node(
            "line", ROOT, ("示例市节能主管部门", "Example City: energy-saving authority"), "authority", None
        )
    ]
    by_code = {system.code: system for system in systems()}
    for place in facts.places:
        start, end = max(place.valid_from, FOUNDED), place.valid_to
        bureau = NodeRow(
            tree="line",
            code=f"L-{place.code}",
            name_zh=f"示例{place.short_name}节能管理部门",
            name_en=f"Example {place.name_en or place.code}: energy-saving bureau",
            kind="district_bureau",
            parent_code=ROOT,
            outside=False,
            valid_from=start,
            valid_to=end,
        )
        rows.append(bureau)
        if place.code in WITH_DEPARTMENTS:
            rows += [_inner(bureau, by_code[code], place.short_name) for code in INNER_SYSTEMS]
    for system in systems():
        names = (f"示例市{system.name_zh}部门", f"Example City: {system.name_en} department")
        rows.append(_node("line", f"L-M-{system.code}", names, "municipal_department", ROOT))
    names = ("示例中央驻市单位主管机构", "Example body for units of central departments")
    return [*rows, _node("line", CENTRAL_LINE, names, "central", ROOT)]


def _inner(bureau: NodeRow, system: System, short_name: str) -> NodeRow:
    return NodeRow(
        tree="line",
        code=f"{bureau.code}-{system.code}",
        name_zh=f"示例{short_name}{system.name_zh}部门",
        name_en=f"{bureau.name_en.partition(':')[0]}: {system.name_en} department",
        kind="district_department",
        parent_code=bureau.code,
        outside=False,
        valid_from=bureau.valid_from,
        valid_to=bureau.valid_to,
    )
