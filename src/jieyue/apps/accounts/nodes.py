"""The trees of a run: which node is called what on the day of the boundaries, and where it hangs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

ROOT = "city"
TREES = ("area", "department", "type", "line")
COLUMNS = (
    "tree", "node", "code", "name_zh", "name_en", "kind", "parent", "outside", "valid_from", "valid_to",
)  # fmt: skip


def order(row: Mapping[str, Any]) -> tuple[str, int, date]:
    """How the rows of `read` stand: a node's versions one after the other."""
    return row["tree"], row["node"], row["valid_from"]


@dataclass(frozen=True, slots=True)
class RunNode:
    """A node as the run sees it. begun: it was there on the run's day or at some time before."""

    node: int
    tree: str
    code: str
    name_zh: str
    name_en: str
    kind: str
    parent: int | None
    outside: bool
    in_being: bool
    begun: bool = True

    @property
    def scope(self) -> str:
        """The scope that this node is: `city` for a root, else `tree:code`."""
        return ROOT if self.code == ROOT else f"{self.tree}:{self.code}"


@dataclass(frozen=True)
class RunTrees:
    """All nodes by identifier."""

    nodes: Mapping[int, RunNode]

    def parents(self, tree: str) -> dict[int, int | None]:
        """Node to parent within a tree; a parent that is not there is none."""
        return {
            n.node: n.parent if n.parent is not None and self._stands_in(n.parent, tree) else None
            for n in self.nodes.values()
            if n.tree == tree
        }

    def _stands_in(self, node: int, tree: str) -> bool:
        return node in self.nodes and self.nodes[node].tree == tree

    def root(self, tree: str) -> int | None:
        """The root of a tree."""
        return next((n.node for n in self.nodes.values() if n.tree == tree and n.code == ROOT), None)

    def outside(self, tree: str = "line") -> list[int]:
        """Nodes of a tree outside the count, with all below them; the line's decide who counts."""
        parents = self.parents(tree)
        found = []
        for node in parents:
            step: int | None = node
            while step is not None and not self.nodes[step].outside:
                step = parents.get(step)
            if step is not None:
                found.append(node)
        return found

    @cached_property
    def outside_scopes(self) -> frozenset[str]:
        """The scopes of all trees outside the count, of those in being on the day or else last."""
        outside = {node for tree in TREES for node in self.outside(tree)}
        return frozenset(scope for scope, node in self.by_scope().items() if node.node in outside)

    def by_scope(self) -> dict[str, RunNode]:
        """Scope to node; a code that two nodes had in turn means the one in being on the day."""
        return self._by_scope

    @cached_property
    def _by_scope(self) -> dict[str, RunNode]:
        ordered = sorted(self.nodes.values(), key=lambda n: n.in_being)
        return {n.scope: n for n in ordered}


def read(rows: Iterable[Mapping[str, Any]], day: date) -> RunTrees:
    """Choose each node's version: the one of the day, else the last before it, else the first after it."""
    versions: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        versions.setdefault(row["node"], []).append(row)
    nodes = {}
    for node, found in versions.items():
        valid = [v for v in found if v["valid_from"] <= day < v["valid_to"]]
        before = [v for v in found if v["valid_to"] <= day]
        row = valid[-1] if valid else before[-1] if before else found[0]
        nodes[node] = RunNode(
            node=node,
            tree=row["tree"],
            code=row["code"],
            name_zh=row["name_zh"],
            name_en=row["name_en"] or row["name_zh"],
            kind=row["kind"] or "",
            parent=row["parent"],
            outside=bool(row["outside"]),
            in_being=bool(valid),
            begun=bool(valid or before),
        )
    return RunTrees(nodes)
