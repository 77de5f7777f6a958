"""Who may do what where: the only way from a user to nodes of the reporting line.

A grant takes effect and ends at once: nothing here is kept between requests.
"""

from datetime import date

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from jieyue.apps.identity.models import Grant, User
from jieyue.apps.identity.roles import ROLES
from jieyue.apps.trees.queries import UNIT, Tree, members, tree


def grants_of(user: User | AnonymousUser, on: date | None = None) -> list[Grant]:
    """The grants in force on a day (default: today); none for who is signed out or locked."""
    if not isinstance(user, User) or not user.is_active:
        return []
    day = on or settings.JIEYUE_HOME.today()
    rows = Grant.objects.filter(user_id=user.pk, valid_from__lte=day, valid_to__gt=day)
    return [grant for grant in rows.order_by("id") if grant.role in ROLES]


def may(user: User, verb: str, on: date | None = None) -> bool:
    """Whether the user may do this anywhere."""
    return bool(_granted(user, verb, on))


def nodes_for(user: User, verb: str, on: date | None = None) -> set[int]:
    """Nodes of the reporting line where the user may do this: those granted and all below them on the day."""
    granted = _granted(user, verb, on)
    if not granted:
        return set()
    line = tree(Tree.LINE, on)
    found: set[int] = set()
    for node in granted & line.nodes.keys():
        found |= line.subtree(node)
    return found


def leaves_for(user: User, verb: str, on: date | None = None) -> set[int]:
    """Institutions granted by themselves (a reporter of one unit), and those that report inside them."""
    granted = _granted(user, verb, on)
    if not granted:
        return set()
    leaves = granted - tree(Tree.LINE, on).nodes.keys()
    return leaves | set(members(leaves, UNIT, on)) if leaves else set()


def roles_of(user: User, on: date | None = None) -> set[str]:
    """Codes of the roles in force."""
    return {grant.role for grant in grants_of(user, on)}


def _granted(user: User, verb: str, on: date | None) -> set[int]:
    return {grant.node for grant in grants_of(user, on) if verb in verbs_of(grant)}


def verbs_of(grant: Grant) -> frozenset[str]:
    """What a grant allows. One that is limited to forms or periods allows nothing where these are not asked for."""
    if grant.forms is not None or grant.periods is not None:
        return frozenset()
    own = ROLES[grant.role].verbs
    return own if grant.verbs is None else own & frozenset(grant.verbs)
