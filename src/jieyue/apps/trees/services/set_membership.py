"""Hang one institution at a node from a day on: the bare move, without duties and events of the registry."""

from datetime import date

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.trees.services.write import MembershipChange, require_node, write_memberships
from jieyue.domain.tree import OPEN_END


def set_membership(
    institution: int,
    tree: str,
    node: int | None,
    valid_from: date,
    *,
    actor: str,
    valid_to: date = OPEN_END,
    reason: str = "",
) -> None:
    """In [valid_from, valid_to) the institution hangs at `node` (None: nowhere); other days stay."""
    if node is not None:
        require_node(tree, node, valid_from)

    def write(seq: int) -> None:
        change = MembershipChange(institution, tree, node, valid_from, valid_to)
        if not write_memberships(seq, [change]):
            raise RefusedError("no_change", zh="内容没有变化", en="nothing would change")

    publish(
        "trees.set_membership",
        actor=actor,
        write=write,
        obj=f"institution:{institution}",
        reason=reason,
        summary={
            "tree": tree,
            "node": node,
            "valid_from": valid_from.isoformat(),
            "valid_to": valid_to.isoformat(),
        },
    )
