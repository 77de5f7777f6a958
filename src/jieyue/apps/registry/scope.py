"""Which institutions a user may see: by the reporting line, never by the map.

A municipal hospital that stands in a district reports to the city, so it is not the district's to see. What does
not exist and what is not allowed look the same.
"""

from datetime import date

from django.conf import settings
from django.db.models import Q, QuerySet

from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import leaves_for, nodes_for
from jieyue.apps.registry.models import Institution
from jieyue.apps.registry.queries import InstitutionInfo, institution
from jieyue.apps.trees.models import Membership
from jieyue.apps.trees.queries import Tree, tree


def institutions_for(user: User, on: date | None = None, *, verb: str = "view") -> QuerySet[Institution]:
    """Institutions whose reporting line ends, on the day, at a node where the user may do `verb`."""
    day = on or settings.JIEYUE_HOME.today()
    nodes = nodes_for(user, verb, day)
    leaves = leaves_for(user, verb, day)
    reporting = Membership.objects.as_of().on(day).filter(tree=Tree.LINE, node__in=nodes)
    allowed = Q(pk__in=reporting.values("institution")) if nodes else Q(pk__in=[])
    return Institution.objects.filter(allowed | Q(pk__in=leaves))


def whole_for(user: User, verb: str, on: date | None = None) -> bool:
    """Whether the user may do this at the root of the reporting line, and so everywhere."""
    root = tree(Tree.LINE, on).root
    return root is not None and root.id in nodes_for(user, verb, on)


def get_institution(
    user: User, number: int, on: date | None = None, *, verb: str = "view"
) -> InstitutionInfo | None:
    """The institution on the day; None if there is none, or none for this user."""
    if not institutions_for(user, on, verb=verb).filter(pk=number).exists():
        return None
    return institution(number, on)
