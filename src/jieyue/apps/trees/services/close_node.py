"""Close a node: from a day on it is no more."""

from dataclasses import asdict
from datetime import date

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.trees.models import Membership, Node, NodeVersion
from jieyue.apps.trees.services.write import node_intervals, write_node_rows
from jieyue.domain.tree import OPEN_END, as_of, remove_span


def close_node(node: int, day: date, *, actor: str, reason: str = "") -> None:
    """End the node before `day`. Refused while a node or an institution hangs at it on that day or later."""
    found = Node.objects.filter(pk=node).first()
    before = as_of(node_intervals(node), day)
    if found is None or not before:
        raise RefusedError(
            "unknown_node", zh=f"{day} 时没有节点 {node}", en=f"there is no node {node} on {day}"
        )

    def write(seq: int) -> None:
        below = NodeVersion.objects.as_of().overlapping(day, OPEN_END).filter(parent=node).count()
        there = (
            Membership.objects.as_of().overlapping(day, OPEN_END).filter(node=node, tree=found.tree).count()
        )
        if below or there:
            raise RefusedError(
                "node_in_use",
                zh=f"{day} 起该节点下仍有 {below} 个节点、{there} 家机构；请先移走",
                en=f"{below} nodes and {there} institutions still hang at this node from {day} on; move them first",
                data={"nodes": str(below), "institutions": str(there)},
            )
        intervals = node_intervals(node)
        write_node_rows(seq, found, remove_span(intervals, day, OPEN_END).result(intervals))

    publish(
        "trees.close_node",
        actor=actor,
        write=write,
        obj=f"node:{found.tree}:{node}",
        before=asdict(before[0].value),
        reason=reason,
        summary={"day": day.isoformat()},
    )
