"""What the worker does for the obligations: every morning the month that has ended is opened."""

from jieyue.apps.obligations.services.open_periods import open_due
from jieyue.apps.publication.rules import home_plan
from jieyue.apps.trees.queries import Tree, tree

WORKER = "worker"


def open_ended() -> None:
    """Open what may be begun today and is not open yet, of the form that the plan accounts by."""
    if tree(Tree.LINE).root is not None:
        open_due(home_plan().method.account_form, actor=WORKER)
