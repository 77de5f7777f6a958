"""Which obligations a person may see: those that a body of his collects, and those of institutions that are his."""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.db.models import Q, QuerySet

from jieyue.apps.accounts.scope import Access
from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import grants_of, is_limited, limited_to, verbs_of
from jieyue.apps.obligations.models import Obligation
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.scope import FILING, Read, institutions_for
from jieyue.apps.trees import kept
from jieyue.apps.trees.queries import Tree, below


def obligations_for(access: Access) -> QuerySet[Obligation]:
    """What the person may see of them."""
    rows = Obligation.objects.all()
    if access.read is None or not access.may_somewhere("view"):
        return rows.none()
    return rows if access.whole else rows.filter(within(access.user, access.read, "view"))


def within(user: User, read: Read, *verbs: str) -> Q:
    """Obligations where the person may do one of the verbs: collected at a node of his, or of a leaf of his.

    A node's obligations are known by their body, so that a whole city needs no walk over memberships. A limited grant
    adds those of its forms and periods.
    """
    found = _within(user, read, verbs)
    for only, grants in limited_to(read.grants):
        found |= only & _within(user, Read(grants, read.sequence), verbs)
    return found


def alone(user: User, read: Read, *verbs: str) -> list[int] | None:
    """The institutions of who has single ones only, and no limited grants; None of everybody else."""
    if any(is_limited(grant) for grant in read.grants):
        return None
    nodes, leaves = _reached(user, read, verbs)
    return None if nodes else sorted(leaves)


def _within(user: User, read: Read, verbs: Iterable[str]) -> Q:
    nodes, leaves = _reached(user, read, verbs)
    found = Q(subject__in=leaves) if leaves else Q(pk__in=())
    return found | Q(body__in=nodes) if nodes else found


def _reached(user: User, read: Read, verbs: Iterable[str]) -> tuple[set[int], set[int]]:
    """Bodies, and single institutions."""
    nodes: set[int] = set()
    leaves: set[int] = set()
    asked: set[tuple[bool, frozenset[int]]] = set()
    for verb in verbs:
        own = bodies_for(read, verb)
        nodes |= own
        single = [grant for grant in read.grants if verb in verbs_of(grant) and grant.node not in own]
        same = verb in FILING, frozenset(grant.node for grant in single)
        if single and same not in asked:  # two verbs of the same grants reach the same institutions
            asked.add(same)
            only = Read(single, read.sequence)
            leaves |= set(institutions_for(user, verb=verb, read=only).values_list("pk", flat=True))
    return nodes, leaves


def bodies_for(read: Read, verb: str, on: date | None = None) -> set[int]:
    """Nodes of the line where the grants allow the verb: granted, and all below them, those that are no more too."""
    granted = {grant.node for grant in read.grants if verb in verbs_of(grant)}
    if not granted:
        return set()
    line, gone = kept.tree_and_gone(Tree.LINE, read.sequence, on or settings.JIEYUE_HOME.today())
    nodes = {step for node in granted & line.nodes.keys() for step in line.subtree(node)}
    return nodes | below(gone, nodes)


def read_of(user: User) -> Read:
    """What a door reads once: the person's grants of today, and the newest publication."""
    return Read(grants_of(user), last_done())
