"""From places as people name them (tree → node code) to membership changes."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.services.write import require_in_being
from jieyue.apps.trees.queries import UNIT, Tree, members, memberships, node_by_code
from jieyue.apps.trees.services.write import MembershipChange, require_node

REQUIRED: Final = (Tree.AREA, Tree.TYPE, Tree.LINE)


def place_changes(
    institution: int,
    places: Mapping[str, int | str | None],
    valid_from: date,
    valid_to: date,
    *,
    complete: bool = False,
) -> list[MembershipChange]:
    """The changes that put the institution there. `complete`: refuse if a required tree is not named."""
    if complete and (missing := [name for name in REQUIRED if not places.get(name)]):
        raise RefusedError(
            "place_missing",
            zh=f"新机构须指明：{', '.join(missing)}",
            en=f"a new institution needs its {', '.join(missing)}",
        )
    changes = []
    for name, node in places.items():
        if node is None and complete:
            continue
        target = None if node is None else resolve(name, node, valid_from)
        if name == UNIT and target is not None:
            target = check_unit(institution, target, valid_from)
        if name == UNIT and target is None and complete:
            continue
        changes.append(MembershipChange(institution, name, target, valid_from, valid_to))
    return changes


def resolve(tree: str, node: int | str, day: date) -> int:
    """The node's id; refuses one that is not there on the day."""
    if isinstance(node, int):
        require_node(tree, node, day)
        return node
    if tree == UNIT:
        raise RefusedError(
            "unit_by_id",
            zh="填报单元须以机构标识指明",
            en="a reporting unit is named by the institution's id",
        )
    found = node_by_code(tree, node, on=day)
    if found is None:
        raise RefusedError(
            "unknown_node",
            zh=f"{day} 时树 {tree} 中没有节点 {node}；请先建立节点或改正编码",
            en=f"tree {tree} has no node {node} on {day}; create it first or mend the code",
            data={"tree": tree, "code": node},
        )
    return found.id


def check_unit(institution: int, unit: int, day: date) -> int | None:
    """The unit that may report for the institution; None if it is the institution itself.

    Refuses a chain: who is reported inside another's return cannot report for a third.
    """
    if unit == institution:
        return None
    require_in_being(unit, day)
    if UNIT in memberships([unit], day)[unit]:
        raise RefusedError(
            "unit_chain",
            zh=f"机构 {unit} 自己由别的机构代报，不能再为他人填报",
            en=f"institution {unit} is itself reported inside another's return and cannot report for others",
            data={"unit": str(unit)},
        )
    if members([institution], UNIT, day):
        raise RefusedError(
            "unit_chain",
            zh=f"机构 {institution} 正为别的机构填报，不能并入他人的报表；请先改动其成员",
            en=f"institution {institution} reports for others and cannot be reported inside another's return; "
            f"move its members first",
            data={"institution": str(institution)},
        )
    return unit
