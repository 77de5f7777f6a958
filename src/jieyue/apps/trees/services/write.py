"""Writing rows of the trees inside a publication. Verbs of this app and of the registry stand on these."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Final

from jieyue.apps.publication.dated import Planned, between, write_planned
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.trees.models import UNIT, Membership, Node, NodeVersion, Tree
from jieyue.domain.tree import (
    OPEN_END,
    Change,
    Interval,
    TreeError,
    apply_change,
    check_intervals,
    remove_span,
    topological_order,
)


@dataclass(frozen=True, slots=True)
class NodeAttributes:
    """What may change about a node."""

    code: str
    name_zh: str
    parent: int | None
    name_en: str = ""
    kind: str = ""
    outside: bool = False


Place = tuple[int, str]  # institution, tree
Span = Interval[int]  # the node in some days

NODE_COLUMNS: Final = tuple(field.name for field in fields(NodeAttributes))
node_values: Final = attrgetter(*NODE_COLUMNS)


@dataclass(frozen=True, slots=True)
class NewNode:
    """A node to be made; its id is allocated by the caller, so that children can name it."""

    id: int
    tree: str
    attributes: NodeAttributes
    valid_from: date
    valid_to: date = OPEN_END


@dataclass(frozen=True, slots=True)
class MembershipChange:
    """In [valid_from, valid_to) the institution hangs at `node`; None = nowhere."""

    institution: int
    tree: str
    node: int | None
    valid_from: date
    valid_to: date = OPEN_END


def write_new_nodes(seq: int, nodes: Sequence[NewNode]) -> None:
    """Insert nodes with their first version."""
    Node.objects.bulk_create([Node(id=node.id, tree=node.tree) for node in nodes])
    planned = [
        Planned(
            (node.id, node.tree),
            Change((), (Interval(node.valid_from, node.valid_to, node.attributes),)),
        )
        for node in nodes
    ]
    write_planned(NodeVersion, seq, planned, columns=NODE_COLUMNS, values=node_values)
    for name in sorted({node.tree for node in nodes}):
        check_tree(name)


def write_node_rows(seq: int, node: Node, after: Sequence[Interval[NodeAttributes]]) -> int:
    """Make the node's versions say `after`; the number of rows written (0 = nothing changed)."""
    change = between(node_intervals(node.pk), after)
    planned = [Planned((node.pk, node.tree), change)]
    written = write_planned(NodeVersion, seq, planned, columns=NODE_COLUMNS, values=node_values)
    check_tree(node.tree)
    return written


def write_memberships(seq: int, changes: Sequence[MembershipChange], *, fresh: Collection[int] = ()) -> int:
    """Apply the changes in the order given; the number of rows written.

    fresh: institutions known to have no membership yet (made in this publication): nothing is looked up for them.
    """
    grouped: dict[tuple[int, str], list[MembershipChange]] = defaultdict(list)
    for change in changes:
        grouped[change.institution, change.tree].append(change)
    new = frozenset(fresh)
    stored = membership_intervals({institution for institution, _ in grouped} - new)
    planned = []
    for (institution, tree), steps in grouped.items():
        key = (institution, tree)
        if institution in new and all(step.node is not None for step in steps):
            planned.append(Planned(key, Change((), tuple(_spans(steps)))))
            continue
        before = stored.get((institution, tree), [])
        after = before
        for step in steps:
            after = _step(after, step)
        planned.append(Planned(key, between(before, after)))
    return write_planned(Membership, seq, planned, columns=("node",), values=lambda node: (node,))


def node_intervals(node: int) -> list[Interval[NodeAttributes]]:
    """The node's current versions by date."""
    rows = NodeVersion.objects.as_of().filter(node_id=node).order_by("valid_from")
    return [Interval(row.valid_from, row.valid_to, attributes_of(row), row.pk) for row in rows]


def check_tree(name: str) -> None:
    """Refuse a tree with two nodes of one code on one day, a parent that is not there, or a ring.

    A parent may end before its child only on the day on which the child moves or ends too.
    """
    rows = list(NodeVersion.objects.as_of().filter(tree=name))
    spans: dict[str, list[Interval[int]]] = defaultdict(list)
    for row in rows:
        spans[row.code].append(Interval(row.valid_from, row.valid_to, row.node_id))
    for code, intervals in spans.items():
        try:
            check_intervals(intervals)
        except TreeError as error:
            raise RefusedError(
                "code_taken",
                zh=f"编码 {code} 在同一时间已被另一个节点使用",
                en=f"code {code} belongs to another node at that time; choose another or end the other first",
                data={"tree": name, "code": code},
            ) from error
    for day in sorted({row.valid_from for row in rows}):
        topological_order({row.node_id: row.parent for row in rows if row.valid_from <= day < row.valid_to})
    # Between two beginnings a parent can still end: look at the last day of each parent, too.
    ends = {row.valid_to for row in rows if row.valid_to != OPEN_END}
    for day in sorted(ends):
        topological_order({row.node_id: row.parent for row in rows if row.valid_from <= day < row.valid_to})


def require_node(tree: str, node: int, day: date) -> None:
    """Refuse a membership in a node that is not there on its first day."""
    if tree == UNIT:
        return
    if tree not in Tree.values:
        raise RefusedError("unknown_tree", zh=f"没有“{tree}”这棵树", en=f"there is no tree {tree!r}")
    if not NodeVersion.objects.as_of().on(day).filter(tree=tree, node_id=node).exists():
        raise RefusedError(
            "unknown_node",
            zh=f"{day} 时树 {tree} 中没有节点 {node}；请先建立节点或改正日期",
            en=f"tree {tree} has no node {node} on {day}; create it first or mend the day",
            data={"tree": tree, "node": str(node), "day": day.isoformat()},
        )


def _spans(steps: list[MembershipChange]) -> list[Interval[int]]:
    """The places of a new institution, which may not overlap."""
    spans = [Interval(step.valid_from, step.valid_to, step.node) for step in steps if step.node is not None]
    return spans if len(spans) == 1 else check_intervals(spans)


def _step(intervals: list[Interval[int]], step: MembershipChange) -> list[Interval[int]]:
    if step.node is None:
        change = remove_span(intervals, step.valid_from, step.valid_to)
    else:
        change = apply_change(intervals, step.valid_from, step.valid_to, step.node)
    return change.result(intervals)


def write_membership_rows(seq: int, places: Mapping[Place, tuple[Sequence[Span], Sequence[Span]]]) -> int:
    """Turn the stored places (first) into the wanted ones (second), by (institution, tree); rows written."""
    planned = [Planned(place, between(before, after)) for place, (before, after) in places.items()]
    return write_planned(Membership, seq, planned, columns=("node",), values=lambda node: (node,))


def membership_intervals(institutions: Iterable[int]) -> dict[Place, list[Span]]:
    """The current places of the institutions by (institution, tree), by date."""
    found: dict[tuple[int, str], list[Interval[int]]] = defaultdict(list)
    wanted = list(institutions)
    for start in range(0, len(wanted), 10_000):  # a database has a limit for the values of one question
        rows = Membership.objects.as_of().filter(institution__in=wanted[start : start + 10_000])
        for row in rows.order_by("valid_from").iterator():
            interval = Interval(row.valid_from, row.valid_to, row.node, row.pk)
            found[row.institution, row.tree].append(interval)
    return found


def attributes_of(row: NodeVersion) -> NodeAttributes:
    """The attributes of a stored version."""
    return NodeAttributes(row.code, row.name_zh, row.parent, row.name_en, row.kind, row.outside)
