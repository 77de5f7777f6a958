"""Who may act on a summary: the body's own approver, or that of a body above it; the body above decides."""

from datetime import date

from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import asked, grants_of, verbs_of
from jieyue.apps.publication.queries import last_done
from jieyue.apps.trees import kept
from jieyue.apps.trees.queries import Tree

SUMMARISE, PUBLISH = "summarise", "publish"


def holds(user: User, body: int, verb: str, table: tuple[str, str], day: date) -> bool:
    """Whether the person may do this for the body: granted at it or above it, on the line of the day.

    table: the summary form and the period that are asked about; a grant that is limited to others does not count.
    """
    granted = {grant.node for grant in asked(grants_of(user), *table) if verb in verbs_of(grant)}
    line, gone = kept.tree_and_gone(Tree.LINE, last_done(), day)
    step: int | None = body
    while step is not None and step not in line.nodes:
        if step in granted:
            return True
        step = gone.get(step)
    return step is not None and any(node.id in granted for node in line.path(step))


def above(body: int, day: date) -> int:
    """The body that decides about another's summary: its parent on the line of the day; of the root itself."""
    line, gone = kept.tree_and_gone(Tree.LINE, last_done(), day)
    parent = line.nodes[body].parent if body in line.nodes else gone.get(body)
    return body if parent is None else parent


def deciding_verb(body: int, above_it: int) -> str:
    """At the root the publisher closes the authority's own table; below it the approver of the body above decides."""
    return PUBLISH if body == above_it else SUMMARISE
