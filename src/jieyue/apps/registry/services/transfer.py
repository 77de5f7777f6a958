"""Move an institution in one of the trees: another area, department, type or reporting line."""

from collections.abc import Sequence
from datetime import date

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.events import institution_transferred
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.registry.duties import Duty, as_data, duty_before, duty_from, store_duties
from jieyue.apps.registry.services.ending import first_day, last_end
from jieyue.apps.registry.services.places import resolve
from jieyue.apps.registry.services.write import require_in_being
from jieyue.apps.trees.queries import Tree, memberships
from jieyue.apps.trees.services.write import MembershipChange, write_memberships


def transfer(
    institution: int, tree: str, node: int | str, *, day: date, actor: str, reason: str = ""
) -> Sequence[Duty]:
    """From `day` on the institution hangs at `node` (id or code) of the tree.

    A move of the reporting line breaks the year: the body before it collects the months that end before `day`,
    the body after it the others. Moves in the other trees change no duty.
    """
    require_in_being(institution, day)
    if tree not in Tree.values:
        raise RefusedError("unknown_tree", zh=f"没有“{tree}”这棵树", en=f"there is no tree {tree!r}")
    target = resolve(tree, node, day)
    origin = memberships([institution], day)[institution].get(tree)
    duties: list[Duty] = []

    def write(seq: int) -> None:
        end = last_end(institution)
        if not write_memberships(seq, [MembershipChange(institution, tree, target, day, end)]):
            raise RefusedError("no_change", zh="该机构已在此节点", en="it hangs there already")
        if tree == Tree.LINE:
            begun = first_day(institution)
            duties.extend(duty_before(institution, institution, day, begun=begun, collector=origin))
            duties.extend(duty_from(institution, institution, day, collector=target))
            store_duties(seq, "transfer", duties)
        institution_transferred.send(
            sender=None,
            seq=seq,
            actor=actor,
            institution=institution,
            tree=tree,
            node=target,
            day=day,
            duties=duties,
        )

    publish(
        "registry.transfer",
        actor=actor,
        write=write,
        obj=f"institution:{institution}",
        before={"tree": tree, "node": origin},
        reason=reason,
        summary=lambda: {
            "after": {"tree": tree, "node": target},
            "tree": tree,
            "from": origin,
            "to": target,
            "day": day,
            "duties": as_data(duties),
        },
    )
    return duties
