"""首报数 on a dashboard: which versions of returns its figures count, period by period."""

from collections.abc import Mapping

from jieyue.apps.accounts.queries import run_for, run_trees
from jieyue.apps.accounts.versions import FIRST
from jieyue.apps.insights.overview_periods import Times
from jieyue.apps.summaries.first import first_versions
from jieyue.domain.period import Period

#: Period → which versions count there; a period that is not named has those in force.
Which = Mapping[str, str]


def which_first(scope: str, period: Period, *, sequence: int) -> Which:
    """What was reported first, of a body by its own summaries; of the whole, an area, a department or a type by those
    of the authority itself."""
    plan = run_for(str(period), sequence=sequence)
    trees = run_trees(plan)
    node = trees.by_scope().get(scope) if scope.startswith("line:") else None
    body = trees.root("line") if node is None else node.node
    if body is None:
        return {}
    return first_versions(body, Times(period).all, form=plan.method.account.form.form, sequence=sequence)


def outside(which: Which) -> Which:
    """For bodies outside the count, whom the authority's summaries do not hold: what was published first."""
    return dict.fromkeys(which, FIRST)
