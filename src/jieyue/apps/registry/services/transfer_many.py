"""Move many institutions in one of the trees on one day: a district is abolished, a bureau is founded."""

from collections.abc import Sequence
from datetime import date

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.events import institution_transferred
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.registry.duties import Duty, duty_before, duty_from, store_duties
from jieyue.apps.registry.queries import spans_of
from jieyue.apps.registry.services.places import resolve
from jieyue.apps.trees.queries import Tree, memberships
from jieyue.apps.trees.services.write import MembershipChange, write_memberships


def transfer_many(
    institutions: Sequence[int], tree: str, node: int | str, *, day: date, actor: str, reason: str = ""
) -> Sequence[Duty]:
    """As `transfer`, for all of them in one publication with one log entry."""
    if tree not in Tree.values:
        raise RefusedError("unknown_tree", zh=f"没有“{tree}”这棵树", en=f"there is no tree {tree!r}")
    target = resolve(tree, node, day)
    spans = spans_of(institutions)
    if gone := [number for number in institutions if not _in_being(spans.get(number), day)]:
        raise RefusedError(
            "unknown_institution",
            zh=f"{day} 时没有机构 {gone[:5]}（共 {len(gone)} 家）",
            en=f"{len(gone)} institutions are not in being on {day}: {gone[:5]}",
        )
    origins = memberships(institutions, day)
    duties: list[Duty] = []
    own: dict[int, list[Duty]] = {number: [] for number in institutions}

    def write(seq: int) -> None:
        changes = [MembershipChange(number, tree, target, day, spans[number][1]) for number in institutions]
        if not write_memberships(seq, changes):
            raise RefusedError("no_change", zh="这些机构已在此节点", en="they hang there already")
        if tree == Tree.LINE:
            for number in institutions:
                origin = origins[number].get(tree)
                own[number] = [
                    *duty_before(number, number, day, begun=spans[number][0], collector=origin),
                    *duty_from(number, number, day, collector=target),
                ]
                duties.extend(own[number])
            store_duties(seq, "transfer", duties)
        for number in institutions:
            institution_transferred.send(
                sender=None,
                seq=seq,
                actor=actor,
                institution=number,
                tree=tree,
                node=target,
                day=day,
                duties=own[number],
            )

    publish(
        "registry.transfer_many",
        actor=actor,
        write=write,
        obj=f"node:{tree}:{target}",
        reason=reason,
        summary={"tree": tree, "to": target, "day": day, "institutions": len(institutions)},
    )
    return duties


def _in_being(span: tuple[date, date] | None, day: date) -> bool:
    return span is not None and span[0] <= day < span[1]
