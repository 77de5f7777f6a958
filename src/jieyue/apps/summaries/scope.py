"""Which bodies' tables, and which summaries, a person may see: those of the person's own part of the line."""

from django.db.models import QuerySet

from jieyue.apps.accounts.nodes import RunNode
from jieyue.apps.accounts.scope import Access
from jieyue.apps.summaries.ledger import Ledger
from jieyue.apps.summaries.models import Summary
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
    """Sent tables of the bodies that the person may see, the newest first."""
    rows = Summary.objects.order_by("-pk")
    if access.whole:
        return rows
    if not access.may("view"):
        return rows.none()
    own = [node.id for node in every_node(Tree.LINE) if node.code in access.line]
    return rows.filter(body__in=own)
