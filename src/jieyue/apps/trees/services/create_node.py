"""Create a node of a tree."""

from datetime import date

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.trees.models import Tree
from jieyue.apps.trees.queries import node_by_code
from jieyue.apps.trees.services.write import NewNode, NodeAttributes, write_new_nodes
from jieyue.domain.tree import OPEN_END


def create_node(
    tree: str,
    code: str,
    *,
    name_zh: str,
    parent: str | None,
    valid_from: date,
    actor: str,
    name_en: str = "",
    kind: str = "",
    outside: bool = False,
    valid_to: date = OPEN_END,
    reason: str = "",
) -> int:
    """Create a node below the node with the code `parent` (None: a root); returns its id."""
    if tree not in Tree.values:
        raise RefusedError("unknown_tree", zh=f"没有“{tree}”这棵树", en=f"there is no tree {tree!r}")
    if not code or not name_zh:
        raise RefusedError("empty", zh="编码和名称不能为空", en="code and name must not be empty")
    made: list[int] = []

    def write(seq: int) -> None:
        above = None
        if parent is not None:
            found = node_by_code(tree, parent, on=valid_from)
            if found is None:
                raise RefusedError(
                    "unknown_node",
                    zh=f"{valid_from} 时没有上级节点 {parent}；请先建立上级",
                    en=f"there is no parent node {parent} on {valid_from}; create the parent first",
                    data={"tree": tree, "code": parent},
                )
            above = found.id
        made.append(allocate(1)[0])
        attributes = NodeAttributes(code, name_zh, above, name_en, kind, outside)
        write_new_nodes(seq, [NewNode(made[0], tree, attributes, valid_from, valid_to)])

    publish(
        "trees.create_node",
        actor=actor,
        write=write,
        obj=f"node:{tree}:{code}",
        reason=reason,
        summary=lambda: {"node": made[0], "tree": tree, "code": code, "valid_from": valid_from.isoformat()},
    )
    return made[0]
