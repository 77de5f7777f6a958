"""The trees that every home begins with: areas and types from the catalog, roots of department and line."""

from jieyue.apps.trees.models import Tree
from jieyue.apps.trees.queries import ROOT_CODE
from jieyue.apps.trees.services.register_nodes import NodeSpec, nodes_by_code, register_nodes
from jieyue.catalog.loader import Catalog
from jieyue.catalog.model import InstitutionType, Region
from jieyue.catalog.strict import BEGINNING

#: What a region without a parent may be to stand in the tree of an authority that it does not belong to.
_FOREIGN = ("country", "other")


def seed_regions(catalog: Catalog, *, region: str, actor: str) -> dict[tuple[str, str], int]:
    """Build or bring up to date the trees of the authority of `region`; (tree, code) → node. Idempotent.

    area: the authority → clusters (一区两群) → districts, counties and zones, dated as the catalog dates them.
    type: the institution types. department and line: their roots; the authority adds its own bodies.
    A root is made once and keeps the name that the authority gives it.
    """
    known = nodes_by_code(Tree.values)
    roots = {(row.tree, row.code): row for row in _roots(catalog, region)}
    rows = [
        *(row for key, row in roots.items() if key not in known),
        *_areas(catalog, region),
        *_types(tuple(catalog.types.values())),
    ]
    there = {key: known[key] for key in roots if key in known}
    return there | register_nodes(rows, actor=actor, verb="trees.seed")


def _roots(catalog: Catalog, region: str) -> list[NodeSpec]:
    own = next((row for row in catalog.regions if row.code == region), None)
    zh, en = (own.name, own.name_en) if own else ("全部", "All")
    names = {
        Tree.AREA: (zh, en),
        Tree.DEPARTMENT: (f"{zh}各部门", f"{en}: all departments"),
        Tree.TYPE: ("公共机构", "Public institutions"),
        Tree.LINE: (f"{zh}节能主管部门", f"{en}: energy-saving authority"),
    }
    return [
        NodeSpec(tree, ROOT_CODE, name_zh, None, BEGINNING, name_en=name_en, kind="authority")
        for tree, (name_zh, name_en) in names.items()
    ]


def _areas(catalog: Catalog, region: str) -> list[NodeSpec]:
    """Groups first, then regions; what lies above or beside the authority's own region is left out."""
    by_code = {row.code: row for row in catalog.regions}
    above = _above(by_code, region)
    inside = [row for row in catalog.regions if row.code != region and _belongs(row, by_code, region, above)]
    needed = {code for row in inside for code in (row.group, row.subgroup) if code}
    needed |= {catalog.region_groups[code].parent for code in needed} & catalog.region_groups.keys()
    specs = []
    for code, group in catalog.region_groups.items():
        if code in needed:
            parent = group.parent if group.parent in needed else ROOT_CODE
            specs.append(
                NodeSpec(
                    Tree.AREA, code, group.name_zh, parent, BEGINNING, name_en=group.name_en, kind="group"
                )
            )
    for row in inside:
        parent = row.subgroup or row.group or row.parent
        specs.append(
            NodeSpec(
                Tree.AREA,
                row.code,
                row.name,
                ROOT_CODE if parent in ("", region) else parent,
                row.valid_from,
                row.valid_to,
                name_en=row.name_en,
                kind=row.kind,
            )
        )
    return specs


def _above(by_code: dict[str, Region], region: str) -> set[str]:
    """The regions that the authority's own region lies in."""
    found: set[str] = set()
    step = by_code[region].parent if region in by_code else ""
    while step and step not in found:
        found.add(step)
        step = by_code[step].parent if step in by_code else ""
    return found


def _belongs(row: Region, by_code: dict[str, Region], region: str, above: set[str]) -> bool:
    """Whether the region lies in the authority's own, or in a foreign country that the catalog brings along.

    A division of its own right beside the authority's (another city that the catalog knows) is neither.
    """
    step = row
    while True:
        if step.code in above:
            return False
        if step.parent == region:
            return True
        if step.parent == "":
            return step.kind in _FOREIGN
        step = by_code[step.parent]


def _types(types: tuple[InstitutionType, ...]) -> list[NodeSpec]:
    return [
        NodeSpec(
            Tree.TYPE,
            row.code,
            row.name_zh,
            row.parent or ROOT_CODE,
            BEGINNING,
            name_en=row.name_en,
            kind="type",
        )
        for row in types
    ]
