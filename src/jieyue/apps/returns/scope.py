"""Which returns a user may see: those of the institutions that are the user's to see; declared totals with the root.

After a transfer the successor reads the older periods, because the institution is now its own; the body before it
keeps reading (and finishes) the periods whose last day found the institution there, and sees none that came after.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet

from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import grants_of, limited_to
from jieyue.apps.publication.queries import last_done
from jieyue.apps.registry.scope import Read, institutions_for, line_nodes
from jieyue.apps.returns.models import Return, TheirFile, TheirReturn
from jieyue.apps.returns.months import last_month, month_of, period_length
from jieyue.apps.trees.models import Membership
from jieyue.apps.trees.queries import Tree


def returns_for(
    user: User, *, whole: bool = False, limited: bool = False, read: Read | None = None
) -> QuerySet[Return]:
    """Returns by identifier. whole: the caller has made sure that the user sees all. limited: with those that only
    a limited grant shows, for pages that a person opens one by one. read: by these grants of the user's."""
    rows = Return.objects.order_by("id")
    if whole:
        return rows
    read = read or Read(grants_of(user), last_done())
    rows = rows.alias(period_length=period_length()).alias(last_month=last_month())
    own = _own(user, read)
    for only, grants in limited_to(read.grants) if limited else ():
        own |= only & _own(user, Read(grants, read.sequence))
    return rows.filter(own, subject_kind=Return.Subject.INSTITUTION)


def returns_collected_at(nodes: set[int], user: User, *, read: Read) -> QuerySet[Return]:
    """Of the returns that the user sees, those of institutions that hung at the nodes on the period's last day."""
    return returns_for(user, read=read).filter(Exists(_collected_at(nodes)))


def _own(user: User, read: Read) -> Q:
    own = Q(subject__in=institutions_for(user, read=read).values("pk"))
    if nodes := line_nodes(user, read=read):
        own |= Q(Exists(_collected_at(nodes)))
    return own


def _collected_at(nodes: set[int]) -> QuerySet[Membership]:
    """For a return: its institution hung at one of the nodes on the last day of the period."""
    rows = Membership.objects.as_of().filter(tree=Tree.LINE, node__in=nodes, institution=OuterRef("subject"))
    rows = rows.alias(first=month_of("valid_from"), end=month_of("valid_to"))
    return rows.filter(first__lte=OuterRef("last_month"), end__gt=OuterRef("last_month"))


def their_files_for(user: User, *, whole: bool = False, read: Read | None = None) -> QuerySet[TheirFile]:
    """Files of theirs that speak for a body of the user's, or of an institution of his; newest first."""
    rows = TheirFile.objects.select_related("batch").order_by("-pk")
    if whole:
        return rows
    read = read or Read(grants_of(user), last_done())
    own = institutions_for(user, read=read).values("pk")
    named = TheirReturn.objects.filter(file=OuterRef("pk"), subject__in=own)
    return rows.filter(Q(body__in=line_nodes(user, read=read)) | Exists(named))
