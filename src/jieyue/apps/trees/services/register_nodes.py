"""Register many nodes at once, by code: what is there already is brought to what the rows say."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from jieyue.apps.publication.dated import Planned, between, write_planned
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.trees.models import Node, NodeVersion, Tree
from jieyue.apps.trees.services.write import (
    NODE_COLUMNS,
    NodeAttributes,
    attributes_of,
    check_tree,
    node_values,
)
from jieyue.domain.tree import OPEN_END, Change, Interval, apply_change, check_intervals


class NodeRow(Protocol):
    """One dated row of a node; several rows of one code are its versions. parent_code None: a root."""

    @property
    def tree(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def name_zh(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def parent_code(self) -> str | None: ...
    @property
    def outside(self) -> bool: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date: ...


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A NodeRow."""

    tree: str
    code: str
    name_zh: str
    parent_code: str | None
    valid_from: date
    valid_to: date = OPEN_END
    name_en: str = ""
    kind: str = ""
    outside: bool = False


Key = tuple[str, str]


def register_nodes(
    rows: Sequence[NodeRow], *, actor: str, reason: str = "", verb: str = "trees.register_nodes"
) -> dict[Key, int]:
    """Make the nodes say what the rows say in the rows' days; (tree, code) → id of all that were named.

    One publication; none at all if everything is so already. Nodes that no row names stay as they are.
    """
    if not _would_change(rows):
        known = nodes_by_code({row.tree for row in rows})
        return {(row.tree, row.code): known[row.tree, row.code] for row in rows}
    made: dict[Key, int] = {}

    def write(seq: int) -> None:
        made.update(write_node_rows_by_code(seq, rows))

    publish(verb, actor=actor, write=write, reason=reason, summary=lambda: {"nodes": len(made)})
    return made


def write_node_rows_by_code(seq: int, rows: Sequence[NodeRow]) -> dict[Key, int]:
    """The same inside a publication."""
    trees = {row.tree for row in rows}
    if unknown := sorted(trees - set(Tree.values)):
        raise RefusedError(
            "unknown_tree", zh=f"没有树 {', '.join(unknown)}", en=f"no tree {', '.join(unknown)}"
        )
    ids = nodes_by_code(trees)
    grouped = _grouped(rows)
    new = [key for key in grouped if key not in ids]
    ids.update(zip(new, allocate(len(new)), strict=True))
    Node.objects.bulk_create([Node(id=ids[key], tree=key[0]) for key in new])
    stored = _intervals(trees)
    planned = []
    for key, specs in grouped.items():
        fresh = [Interval(row.valid_from, row.valid_to, _attributes(row, ids)) for row in specs]
        before = stored.get(key, [])
        change = Change((), tuple(check_intervals(fresh))) if not before else _applied(before, fresh)
        planned.append(Planned((ids[key], key[0]), change))
    write_planned(NodeVersion, seq, planned, columns=NODE_COLUMNS, values=node_values)
    for name in sorted(trees):
        check_tree(name)
    return {key: ids[key] for key in grouped}


def nodes_by_code(trees: Iterable[str]) -> dict[Key, int]:
    """(tree, code) → node, whenever the code was or will be its code; the latest holder of a code wins."""
    rows = NodeVersion.objects.as_of().filter(tree__in=list(trees)).order_by("valid_from")
    return {(tree, code): node for tree, code, node in rows.values_list("tree", "code", "node_id")}


def _would_change(rows: Sequence[NodeRow]) -> bool:
    trees = {row.tree for row in rows}
    ids, stored = nodes_by_code(trees), _intervals(trees)
    for key, specs in _grouped(rows).items():
        if key not in ids or any(
            row.parent_code is not None and (row.tree, row.parent_code) not in ids for row in specs
        ):
            return True
        fresh = [Interval(row.valid_from, row.valid_to, _attributes(row, ids)) for row in specs]
        change = _applied(stored.get(key, []), fresh)
        if change.new or change.replaced:
            return True
    return False


def _grouped(rows: Sequence[NodeRow]) -> dict[Key, list[NodeRow]]:
    grouped: dict[Key, list[NodeRow]] = defaultdict(list)
    for row in rows:
        grouped[row.tree, row.code].append(row)
    return grouped


def _applied(
    before: list[Interval[NodeAttributes]], fresh: list[Interval[NodeAttributes]]
) -> Change[NodeAttributes]:
    after = before
    for interval in fresh:
        change = apply_change(after, interval.valid_from, interval.valid_to, interval.value)
        after = change.result(after)
    return between(before, after)


def _intervals(trees: Iterable[str]) -> dict[Key, list[Interval[NodeAttributes]]]:
    """The stored versions of every node, under its latest code."""
    rows = list(NodeVersion.objects.as_of().filter(tree__in=list(trees)).order_by("valid_from"))
    latest = {row.node_id: (row.tree, row.code) for row in rows}
    found: dict[Key, list[Interval[NodeAttributes]]] = defaultdict(list)
    for row in rows:
        interval = Interval(row.valid_from, row.valid_to, attributes_of(row), row.pk)
        found[latest[row.node_id]].append(interval)
    return found


def _attributes(row: NodeRow, ids: dict[Key, int]) -> NodeAttributes:
    parent = None
    if row.parent_code is not None:
        parent = ids.get((row.tree, row.parent_code))
        if parent is None:
            raise RefusedError(
                "unknown_node",
                zh=f"树 {row.tree} 中没有上级节点 {row.parent_code}（节点 {row.code}）；请先建立上级",
                en=f"tree {row.tree} has no parent node {row.parent_code} (of {row.code}); create the parent first",
                data={"tree": row.tree, "code": row.parent_code},
            )
    return NodeAttributes(row.code, row.name_zh, parent, row.name_en, row.kind, row.outside)
