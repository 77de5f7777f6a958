"""What the worker does for the obligations: every morning the month that has ended is opened."""

from jieyue.apps.obligations.owing import collected
from jieyue.apps.obligations.services.open_periods import open_due
from jieyue.apps.publication.rules import home_catalog, home_plan
from jieyue.apps.trees.queries import Tree, tree

WORKER = "worker"


def open_ended() -> None:
    """Open what may be begun today and is not open yet: the form that the plan accounts by, and monthly forms that
    only those file of whom the registry says so."""
    if tree(Tree.LINE).root is None:
        return
    account, known = home_plan().method.account_form, home_catalog().forms
    for form in collected():
        if form == account or (known[form].required_if and "M" in known[form].periods):
            open_due(form, actor=WORKER)
