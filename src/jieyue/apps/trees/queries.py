"""Reads of the trees: a whole tree as of a publication and on a day, and who hangs where.

A tree has some hundred nodes, so it is read whole, in one query, and walked in memory.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, CharField, DateField, QuerySet

from jieyue.apps.publication.prepared import Prepared
from jieyue.apps.trees.models import UNIT, Membership, NodeVersion, Tree
from jieyue.domain.tree import ancestors, descendants, topological_order

__all__ = ["UNIT", "Tree"]  # the names of the trees, for whom this is the door

#: The code of the root of every tree: the authority itself.
ROOT_CODE = "city"


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """A node on a day. `outside`: it or a node above it is not in this authority's count."""

    id: int
    tree: str
    code: str
    name_zh: str
    name_en: str
    kind: str
    parent: int | None
    outside: bool
    valid_from: date
    valid_to: date


class TreeView:
    """One tree on one day, as one publication knew it."""

    def __init__(self, tree: str, nodes: Collection[NodeInfo]) -> None:
        self.tree = tree
        self.nodes = {node.id: node for node in nodes}

    @cached_property
    def by_code(self) -> dict[str, NodeInfo]:
        """Code → node."""
        return {node.code: node for node in self.nodes.values()}

    @cached_property
    def parents(self) -> dict[int, int | None]:
        """Node → parent; a parent that is not valid on the day counts as none."""
        return {node.id: node.parent if node.parent in self.nodes else None for node in self.nodes.values()}

    @cached_property
    def _below(self) -> dict[int | None, list[NodeInfo]]:
        below: dict[int | None, list[NodeInfo]] = {}
        for node in sorted(self.nodes.values(), key=lambda node: node.code):
            below.setdefault(self.parents[node.id], []).append(node)
        return below

    @property
    def root(self) -> NodeInfo | None:
        """The authority itself."""
        return self.by_code.get(ROOT_CODE)

    def children(self, node: int) -> list[NodeInfo]:
        """The nodes directly below, in the order of their codes."""
        return self._below.get(node, [])

    def path(self, node: int) -> list[NodeInfo]:
        """From the root down to the node itself."""
        return [self.nodes[step] for step in (*reversed(ancestors(node, self.parents)), node)]

    @cached_property
    def _inside(self) -> dict[int, frozenset[int]]:
        """Node → itself and all below it: whoever asks for one asks for the next ones too."""
        found = {node: {node} for node in self.parents}
        for node in topological_order(self.parents):
            above = self.parents[node]
            if above is not None:
                found[above] |= found[node]
        return {node: frozenset(inside) for node, inside in found.items()}

    def subtree(self, node: int) -> frozenset[int]:
        """The node and all below it. Raises TreeError for a node that the tree has not."""
        return self._inside.get(node) or descendants(node, self.parents)

    def is_outside(self, node: int) -> bool:
        """Whether the node or one above it is outside the count."""
        return any(step.outside for step in self.path(node))

    def __iter__(self) -> Iterator[NodeInfo]:
        """Depth first, children by code."""
        stack = list(reversed(self._below.get(None, [])))
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(self.children(node.id)))


def tree(name: str, on: date | None = None, seq: int | None = None) -> TreeView:
    """The tree on a day (default: the home's today), as publication `seq` knew it (default: the newest)."""
    rows = NodeVersion.objects.as_of(seq).on(_day(on)).filter(tree=name)
    return TreeView(name, [_info(row) for row in rows])


def node_by_code(name: str, code: str, on: date | None = None, seq: int | None = None) -> NodeInfo | None:
    """The node of that code on that day, None if there is none."""
    row = NodeVersion.objects.as_of(seq).on(_day(on)).filter(tree=name, code=code).first()
    return None if row is None else _info(row)


def node_by_id(node: int, on: date | None = None, seq: int | None = None) -> NodeInfo | None:
    """The node on that day, None if it is not valid then."""
    row = NodeVersion.objects.as_of(seq).on(_day(on)).filter(node_id=node).first()
    return None if row is None else _info(row)


def named_nodes(nodes: Collection[int], on: date | None = None) -> dict[int, NodeInfo]:
    """The nodes as they are on the day; one that is not valid then (ended, or yet to begin) as it is last."""
    day = _day(on)
    found: dict[int, NodeInfo] = {}
    for row in NodeVersion.objects.as_of().filter(node_id__in=nodes).order_by("valid_from"):
        known = found.get(row.node_id)
        if known is None or not known.valid_from <= day < known.valid_to:
            found[row.node_id] = _info(row)
    return found


def children(node: int, on: date | None = None, seq: int | None = None) -> list[NodeInfo]:
    """The nodes directly below a node."""
    rows = NodeVersion.objects.as_of(seq).on(_day(on)).filter(parent=node).order_by("code")
    return [_info(row) for row in rows]


def path(node: int, on: date | None = None, seq: int | None = None) -> list[NodeInfo]:
    """From the root down to the node; empty if the node is not valid on the day."""
    own = node_by_id(node, on, seq)
    return [] if own is None else tree(own.tree, on, seq).path(node)


def node_spans(seq: int | None = None) -> dict[tuple[str, str], list[tuple[int, date, date]]]:
    """(tree, code) → the nodes that have the code, with the days on which they have it."""
    found: dict[tuple[str, str], list[tuple[int, date, date]]] = {}
    rows = NodeVersion.objects.as_of(seq).order_by("valid_from")
    for name, code, node, first, end in rows.values_list("tree", "code", "node_id", "valid_from", "valid_to"):
        found.setdefault((name, code), []).append((node, first, end))
    return found


def node_names(seq: int | None = None) -> dict[tuple[str, str], list[tuple[int, date, date]]]:
    """(tree, Chinese name) → the nodes that have the name, with the days on which they have it."""
    found: dict[tuple[str, str], list[tuple[int, date, date]]] = {}
    rows = NodeVersion.objects.as_of(seq).order_by("valid_from")
    for name, text, node, first, end in rows.values_list(
        "tree", "name_zh", "node_id", "valid_from", "valid_to"
    ):
        found.setdefault((name, text), []).append((node, first, end))
    return found


def every_node(name: str, seq: int | None = None) -> list[NodeInfo]:
    """Every node that the tree has or had, as it was last, in the order of their codes."""
    last: dict[int, NodeVersion] = {}
    for row in NodeVersion.objects.as_of(seq).filter(tree=name).order_by("valid_from"):
        last[row.node_id] = row
    return sorted((_info(row) for row in last.values()), key=lambda node: node.code)


def tree_and_gone(
    name: str, on: date | None = None, seq: int | None = None
) -> tuple[TreeView, dict[int, int | None]]:
    """The tree on a day, and each node that is no more on it with the parent that it had last."""
    day = _day(on)
    view: list[NodeInfo] = []
    last: dict[int, NodeVersion] = {}
    for row in NodeVersion.objects.as_of(seq).filter(tree=name).order_by("valid_from"):
        last[row.node_id] = row
        if row.valid_from <= day < row.valid_to:
            view.append(_info(row))
    return TreeView(name, view), {node: row.parent for node, row in last.items() if row.valid_to <= day}


def below(gone: Mapping[int, int | None], nodes: Collection[int]) -> set[int]:
    """Those nodes that are no more which hung, when they were last, somewhere below one of `nodes`."""
    found: set[int] = set()
    for node in gone:
        step, passed = gone[node], {node}
        while step is not None and step not in nodes and step not in passed:
            passed.add(step)
            step = gone.get(step)
        if step in nodes:
            found.add(node)
    return found


def node_history(node: int, seq: int | None = None) -> list[NodeInfo]:
    """The node's versions in the order of their days."""
    rows = NodeVersion.objects.as_of(seq).filter(node_id=node).order_by("valid_from")
    return [_info(row) for row in rows]


def members(nodes: Collection[int], name: str, on: date | None = None, seq: int | None = None) -> list[int]:
    """Institutions that hang at one of these very nodes on the day, ascending."""
    if seq is None:
        return sorted(_MEMBERS.column(tree=name, nodes=list(nodes), day=_day(on)))
    rows = Membership.objects.as_of(seq).on(_day(on)).filter(tree=name, node__in=nodes)
    return sorted(rows.values_list("institution", flat=True))


_MEMBERS = Prepared(
    lambda tree, nodes, day: (
        Membership.objects.as_of().on(day).filter(tree=tree, node__in=nodes).values_list("institution")
    ),
    tree=CharField(),
    nodes=BigIntegerField(),
    day=DateField(),
)


def places_since(institutions: Collection[int], day: date) -> dict[int, date]:
    """Institution → the last day on which one of its places of the day began."""
    found: dict[int, date] = {}
    wanted = set(institutions)
    rows = Membership.objects.as_of().on(day).values_list("institution", "valid_from")
    for number, first in rows.iterator():
        if number in wanted:
            found[number] = max(first, found.get(number, first))
    return found


def memberships(
    institutions: Collection[int], on: date | None = None, seq: int | None = None
) -> dict[int, dict[str, int]]:
    """institution → tree → node on the day."""
    found: dict[int, dict[str, int]] = {institution: {} for institution in institutions}
    given = {"institutions": list(institutions), "day": _day(on)}
    for institution, name, node in _PLACES.rows(**given) if seq is None else _places(**given, seq=seq):
        found[institution][name] = node
    return found


def _places(institutions: Any, day: Any, seq: int | None = None) -> QuerySet[Any, Any]:
    rows = Membership.objects.as_of(seq).on(day).filter(institution__in=institutions)
    return rows.values_list("institution", "tree", "node")


@dataclass(frozen=True, slots=True)
class Hanging:
    """An institution at a node of a tree, in a span of days."""

    tree: str
    node: int
    valid_from: date
    valid_to: date

    def on(self, day: date) -> bool:
        """Whether it is so on the day."""
        return self.valid_from <= day < self.valid_to


def hangings(institution: int) -> list[Hanging]:
    """Where an institution hangs in all the trees, on every day, as recorded now."""
    return [Hanging(*row) for row in _HANGINGS.rows(institution=institution)]


_HANGINGS = Prepared(
    lambda institution: (
        Membership.objects.as_of()
        .filter(institution=institution)
        .order_by("tree", "valid_from")
        .values_list("tree", "node", "valid_from", "valid_to")
    ),
    institution=BigIntegerField(),
)
_PLACES = Prepared(_places, institutions=BigIntegerField(), day=DateField())


def all_memberships(name: str, on: date | None = None, seq: int | None = None) -> dict[int, int]:
    """institution → node of one tree on the day, for every institution that hangs in it."""
    rows = Membership.objects.as_of(seq).on(_day(on)).filter(tree=name)
    return dict(rows.values_list("institution", "node"))


def membership_history(institution: int, seq: int | None = None) -> list[Membership]:
    """All memberships of an institution, by tree and first day."""
    rows = Membership.objects.as_of(seq).filter(institution=institution)
    return list(rows.order_by("tree", "valid_from"))


def _day(on: date | None) -> date:
    return on or settings.JIEYUE_HOME.today()


def _info(row: NodeVersion) -> NodeInfo:
    return NodeInfo(
        id=row.node_id,
        tree=row.tree,
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        kind=row.kind,
        parent=row.parent,
        outside=row.outside,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )
