"""Change what a node is called, where it hangs, or whether it counts, from a day on."""

from dataclasses import asdict, replace
from datetime import date
from typing import Any

from jieyue.apps.publication.dated import updated
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.trees.models import Node
from jieyue.apps.trees.services.write import NodeAttributes, node_intervals, write_node_rows
from jieyue.domain.tree import OPEN_END, as_of


def change_node(
    node: int,
    day: date,
    *,
    actor: str,
    until: date = OPEN_END,
    reason: str = "",
    **attributes: Any,
) -> None:
    """Set attributes (code, name_zh, name_en, kind, parent as node id, outside) in [day, until).

    What was said for the days before stays; attributes that are not named stay throughout.
    """
    if unknown := sorted(set(attributes) - set(NodeAttributes.__dataclass_fields__)):
        raise TypeError(f"a node has no {', '.join(unknown)}")
    state: dict[str, Any] = {}
    found = Node.objects.filter(pk=node).first()
    before = node_intervals(node)
    if found is None or not as_of(before, day):
        raise RefusedError(
            "unknown_node", zh=f"{day} 时没有节点 {node}", en=f"there is no node {node} on {day}"
        )

    def write(seq: int) -> None:
        now = node_intervals(node)
        after = updated(now, day, until, lambda value: replace(value, **attributes))
        if not write_node_rows(seq, found, after):
            raise RefusedError("no_change", zh="内容没有变化", en="nothing would change")
        state["after"] = asdict(as_of(node_intervals(node), day)[0].value)

    publish(
        "trees.change_node",
        actor=actor,
        write=write,
        obj=f"node:{found.tree}:{node}",
        before=asdict(as_of(before, day)[0].value),
        reason=reason,
        summary=lambda: {**state, "day": day.isoformat(), "changed": attributes},
    )
