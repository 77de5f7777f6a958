"""Which month is closed, and which bodies have no bulletin of it yet."""

from datetime import date

from jieyue.apps.obligations.due import common_days
from jieyue.apps.obligations.queries import bodies_owed
from jieyue.apps.papers.models import PaperDraft
from jieyue.apps.papers.monthly import CODE as MONTHLY
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.queries import last_done
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import NodeInfo, Tree
from jieyue.domain.period import Period

DISTRICT = "district_bureau"
#: A month that was due longer ago than this many months is not drafted by itself.
_BACK = 3


def closed_month(today: date) -> Period | None:
    """The newest month whose returns were due before the day; None: none of the last few, or no rule says when."""
    month = Period.of_month(today.year, today.month)
    for _step in range(_BACK):
        month = month.previous()
        try:
            days, _rule = common_days(home_plan().method.account_form, month)
        except RefusedError:
            return None
        if days.due < today:
            return month
    return None


def lacking(month: Period) -> list[NodeInfo]:
    """The authority and its districts to which returns of the month are due and that have no bulletin of it."""
    line = tree_view(Tree.LINE, last_done(), month.last_day)
    if line.root is None:
        return []
    due = bodies_owed(home_plan().method.account_form, str(month))
    there = PaperDraft.objects.filter(code=MONTHLY, period=str(month)).values_list("body", flat=True)
    below = [node for node in line.children(line.root.id) if node.kind == DISTRICT]
    drafted = set(there)
    bodies = [node for node in (line.root, *below) if node.id not in drafted and not line.is_outside(node.id)]
    return [node for node in bodies if due & line.subtree(node.id)]
