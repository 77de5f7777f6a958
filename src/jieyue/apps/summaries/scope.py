"""Which bodies' tables, and which summaries, a person may see: those of the person's own part of the line."""

from collections.abc import Sequence

from django.db.models import F, Q, QuerySet

from jieyue.apps.accounts.nodes import RunNode
from jieyue.apps.accounts.scope import Access
from jieyue.apps.identity.models import Grant
from jieyue.apps.identity.scope import limited_to, verbs_of
from jieyue.apps.summaries.acting import PUBLISH, SUMMARISE
from jieyue.apps.summaries.ledger import Ledger
from jieyue.apps.summaries.models import Summary, TheirTable
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


def summaries_for(access: Access, *, limited: bool = False) -> "QuerySet[Summary]":
    """Sent tables of the bodies that the person may see, and what was sent to such a body by one that hangs elsewhere
    by now; the newest first. limited: with those that only a grant for their form and period shows, for pages that a
    person opens one by one."""
    rows = Summary.objects.order_by("-pk")
    if access.whole:
        return rows
    nodes = every_node(Tree.LINE)
    own = [node.id for node in nodes if access.may("view") and node.code in access.line]
    found = Q(body__in=own) | Q(above__in=own)
    for only, grants in limited_to(access.read.grants) if limited and access.read else ():
        below = _granted(access, grants, "view")
        found |= only & (Q(body__in=below) | Q(above__in=below))
    return rows.filter(found)


def waiting_for(access: Access) -> "QuerySet[Summary]":
    """Sent tables that wait for the person to accept them or send them back, the oldest first; those too that he has
    to do with for some forms and periods only."""
    rows = Summary.objects.filter(state=Summary.State.SENT).order_by("pk")
    if access.read is None or not (access.may_somewhere(SUMMARISE) or access.may_somewhere(PUBLISH)):
        return rows.none()
    found = _decided_by(access, access.read.grants)
    for only, grants in limited_to(access.read.grants):
        found |= only & _decided_by(access, grants)
    return rows.exclude(sent_by=access.user.get_username()).filter(found)


def _decided_by(access: Access, grants: Sequence[Grant]) -> Q:
    below = Q(above__in=_granted(access, grants, SUMMARISE)) & ~Q(above=F("body"))
    return below | Q(above__in=_granted(access, grants, PUBLISH), above=F("body"))


def _granted(access: Access, grants: Sequence[Grant], verb: str) -> set[int]:
    """Bodies where these grants allow this, with all below them."""
    line = tree_view(Tree.LINE, access.read.sequence) if access.read else None
    granted = {grant.node for grant in grants if verb in verbs_of(grant)}
    return {step for node in granted if line and node in line.nodes for step in line.subtree(node)}


def their_tables_for(access: Access) -> "QuerySet[TheirTable]":
    """Tables printed above of the bodies that the person may see, the newest first; one that is looked at only is its
    bringer's alone."""
    rows = TheirTable.objects.select_related("batch").order_by("-pk")
    rows = rows.filter(Q(kept_at__isnull=False) | Q(batch__by=access.user.get_username()))
    if access.whole:
        return rows
    own = [node.id for node in every_node(Tree.LINE) if sees(access, node.code)]
    return rows.filter(body__in=own)
