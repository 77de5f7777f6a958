"""Which bodies' tables, and which summaries, a person may see: those of the person's own part of the line."""

from django.db.models import F, Q, QuerySet

from jieyue.apps.accounts.nodes import RunNode
from jieyue.apps.accounts.scope import Access
from jieyue.apps.identity.scope import verbs_of
from jieyue.apps.summaries.acting import PUBLISH, SUMMARISE
from jieyue.apps.summaries.ledger import Ledger
from jieyue.apps.summaries.models import Summary
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import ROOT_CODE, Tree, every_node


def bodies_for(access: Access, ledger: Ledger) -> list[RunNode]:
    """The bodies of the line in being on the ledger's day that the person may see, the root first, then by code."""
    nodes = [
        n for n in ledger.trees.nodes.values() if n.tree == Tree.LINE and n.in_being and sees(access, n.code)
    ]
    return sorted(nodes, key=lambda node: (node.code != ROOT_CODE, node.code))


def sees(access: Access, code: str) -> bool:
    """Whether a body's table is the person's to see."""
    return access.whole or (access.may("view") and code in access.line)


def summaries_for(access: Access) -> "QuerySet[Summary]":
    """Sent tables of the bodies that the person may see, and what was sent to such a body by one that hangs elsewhere
    by now; the newest first."""
    rows = Summary.objects.order_by("-pk")
    if access.whole:
        return rows
    if not access.may("view"):
        return rows.none()
    own = [node.id for node in every_node(Tree.LINE) if node.code in access.line]
    return rows.filter(Q(body__in=own) | Q(above__in=own))


def waiting_for(access: Access) -> "QuerySet[Summary]":
    """Sent tables that wait for the person to accept them or send them back, the oldest first."""
    rows = Summary.objects.filter(state=Summary.State.SENT).order_by("pk")
    if access.read is None or not (access.may(SUMMARISE) or access.may(PUBLISH)):
        return rows.none()
    line = tree_view(Tree.LINE, access.read.sequence)
    granted = {
        verb: {step for grant in access.read.grants if verb in verbs_of(grant) and grant.node in line.nodes
               for step in line.subtree(grant.node)}
        for verb in (SUMMARISE, PUBLISH)
    }  # fmt: skip
    others = rows.exclude(sent_by=access.user.get_username())
    below = others.filter(above__in=granted[SUMMARISE]).exclude(above=F("body"))
    return below | others.filter(above__in=granted[PUBLISH], above=F("body"))
