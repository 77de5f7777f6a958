"""Store what an institution file says: new institutions, changes, moves and new bodies in one publication."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.events import institutions_changed, institutions_created
from jieyue.apps.publication.ids import allocate
from jieyue.apps.publication.services.publish import publish
from jieyue.apps.registry.import_plan import InstitutionPlan
from jieyue.apps.registry.models import Alias
from jieyue.apps.registry.services.write import (
    check_codes,
    write_aliases,
    write_institutions,
    write_versions,
)
from jieyue.apps.trees.queries import ROOT_CODE, UNIT
from jieyue.apps.trees.services.register_nodes import NodeSpec, write_node_rows_by_code
from jieyue.apps.trees.services.write import write_membership_rows
from jieyue.domain.tree import Interval


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What was stored. `seq`: the publication, None if nothing had to be."""

    created: int
    changed: int
    nodes: int
    seq: int | None


def import_institutions(
    plan: InstitutionPlan,
    *,
    actor: str,
    reason: str = "",
    data: Mapping[str, object] | None = None,
    within: Callable[[], None] = lambda: None,
) -> ImportCounts:
    """Store the plan in one publication with one log entry (`data`: file name, digest, counts for the log).

    `within` is called in the same office transaction.

    Refused with `stale` if anything was published since the plan was made: plan again and show it again.
    """
    counts = {"created": plan.created, "changed": plan.changed, "nodes": len(plan.places.new_nodes)}
    if not plan.touched:
        return ImportCounts(0, 0, 0, None)

    def write(seq: int) -> None:
        if seq != plan.seq + 1:
            raise RefusedError(
                "stale",
                zh="预览之后台账已有变动，请重新预览再导入",
                en="the registry has changed since the preview; preview again, then import",
            )
        _write(seq, plan, actor=actor)
        within()

    publication = publish(
        "registry.import_institutions",
        actor=actor,
        write=write,
        reason=reason,
        summary={**counts, **(data or {})},
    )
    return ImportCounts(**counts, seq=publication.seq)


def _write(seq: int, plan: InstitutionPlan, *, actor: str) -> None:
    nodes = _write_nodes(seq, plan)
    fresh = sorted(key for key in plan.touched if isinstance(key, str))
    ids: dict[int | str, int] = {key: key for key in plan.touched if isinstance(key, int)}
    ids.update(zip(fresh, allocate(len(fresh)), strict=True))
    drafts = {ids[key]: plan.drafts[key] for key in sorted(plan.touched, key=str)}
    write_institutions({ids[key]: plan.drafts[key].first for key in fresh})
    write_versions(
        seq,
        {number: draft.after for number, draft in drafts.items()},
        {number: draft.before for number, draft in drafts.items()},
    )
    places = {}
    for (key, tree), spans in plan.places.after.items():
        if key in ids:
            wanted = [_settled(span, tree, nodes, ids) for span in spans]
            places[ids[key], tree] = (plan.places.before.get((key, tree), []), wanted)
    write_membership_rows(seq, places)
    write_aliases(
        Alias(institution_id=number, kind=kind, value=text, valid_from=day, decided_by=actor)
        for number, draft in drafts.items()
        for kind, text, day in draft.aliases
    )
    check_codes({span.value.code for draft in drafts.values() for span in draft.after})
    _tell(seq, plan, ids, actor=actor)


def _write_nodes(seq: int, plan: InstitutionPlan) -> dict[tuple[str, str], int]:
    specs = [
        NodeSpec(tree, code, code, ROOT_CODE, first, kind="body")
        for (tree, code), first in sorted(plan.places.new_nodes.items())
    ]
    return write_node_rows_by_code(seq, specs) if specs else {}


def _settled(
    span: Interval[int | str],
    tree: str,
    nodes: Mapping[tuple[str, str], int],
    ids: Mapping[int | str, int],
) -> Interval[int]:
    """The span with the id of a node or institution that was made just now."""
    value = span.value
    if isinstance(value, int):
        return Interval(span.valid_from, span.valid_to, value, span.row_id)
    found = ids[value] if tree == UNIT else nodes[tree, value]
    return Interval(span.valid_from, span.valid_to, found)


def _tell(seq: int, plan: InstitutionPlan, ids: Mapping[int | str, int], *, actor: str) -> None:
    made = tuple(ids[key] for key in plan.touched if isinstance(key, str))
    changed = tuple(key for key in plan.touched if isinstance(key, int))
    if made:
        institutions_created.send(sender=None, seq=seq, actor=actor, institutions=made)
    if changed:
        day = min(plan.drafts[key].first for key in changed)
        institutions_changed.send(sender=None, seq=seq, actor=actor, institutions=changed, day=day)
