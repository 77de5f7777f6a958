"""The account's query narrowed to one scope of a run: what receipts, listings and exports read rows with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from jieyue.apps.accounts.collect import Added, kept_steps, trees_of
from jieyue.apps.accounts.nodes import ROOT, RunNode, RunTrees
from jieyue.apps.accounts.services.compute_run import DECLARED, IN_COUNT, NODES, RunPlan
from jieyue.apps.accounts.sums_query import SumsQuery, build
from jieyue.apps.publication.lake import open_lake
from jieyue.domain.tree import descendants
from jieyue.store.port import Given


@dataclass(frozen=True)
class ScopeQuery:
    """in_scope: a condition on `graded g`. node: the scope's node, None for an institution.

    given: the steps that read the facts, added up as columns: quicker than by the query's text.
    """

    query: SumsQuery
    in_scope: str
    node: RunNode | None
    trees: RunTrees
    partitions: Mapping[str, Mapping[str, Sequence[int | str]]]
    given: Given


def scope_query(plan: RunPlan, part: str, scope: str) -> ScopeQuery:
    """The query of a run's scope; `part` and `scope` as in the run's frames."""
    trees = trees_of(open_lake(), plan.key.sequence, plan.day)
    one = None if part in (NODES, DECLARED) else int(part.partition(":")[2])
    form = plan.method.account.form
    query = build(
        form,
        plan.period,
        sequence=plan.key.sequence,
        day=plan.day,
        institutions=None if one is None else [one],
        outside=trees.outside(),
        count_outside=one is not None or plan.key.population != IN_COUNT,
    )
    node = None if one is not None else trees.by_scope().get(scope)
    in_scope = "TRUE"
    if node is not None and scope != ROOT:
        below = descendants(node.node, trees.parents(node.tree)) | {node.node}
        in_scope = f"g.{node.tree} IN ({', '.join(str(n) for n in sorted(below))})"
    years = sorted({month.year for month in plan.period.months()})
    partitions = {f"facts_{form.form}": {"year": years}}
    versions = plan.key.versions
    added = Added(
        open_lake(), query, form, plan.period, partitions, narrow=one is not None, versions=versions
    )
    key = (
        settings.JIEYUE_HOME.lake, plan.key.sequence, form.form, form.flow_codes, tuple(sorted(form.roles.items())),
        form.means, plan.key.period, one, versions,
    )  # fmt: skip
    return ScopeQuery(query, in_scope, node, trees, partitions, kept_steps(added, key))
