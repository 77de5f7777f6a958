"""Who may do what where: the only way from a user to nodes of the reporting line.

A grant takes effect and ends at once: nothing here is kept between requests. One that is limited to forms or periods
counts only where somebody says which form and period is asked about (`asked`). Who is granted a form is granted the
table that adds it up, of the same period.
"""

from collections.abc import Iterable
from copy import copy
from datetime import date

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import BigIntegerField, DateField, Q, QuerySet

from jieyue.apps.identity.models import Grant, Mandate, User
from jieyue.apps.identity.roles import BOUNDED, ROLES
from jieyue.apps.publication.prepared import Prepared
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.trees.queries import UNIT, Tree, members, tree


def _with_mandates(grants: list[Grant]) -> None:
    """Read the acts that some of them came by."""
    wanted = {grant.mandate_id for grant in grants if grant.mandate_id is not None}
    acts = {act.pk: act for act in _MANDATES.objects(ids=wanted)} if wanted else {}
    for grant in grants:
        if grant.mandate_id is not None:
            grant.mandate = acts[grant.mandate_id]


def _in_force(user: int, day: date) -> QuerySet[Grant]:
    own = Grant.objects.filter(user_id=user, valid_from__lte=day, valid_to__gt=day)
    sound = Q(source__valid_from__lte=day, source__valid_to__gt=day, source__user__is_active=True)
    return own.filter(Q(source=None) | sound).order_by("id")


_IN_FORCE = Prepared(_in_force, user=BigIntegerField(), day=DateField())
_MANDATES = Prepared(lambda ids: Mandate.objects.filter(pk__in=ids), ids=BigIntegerField())


def grants_of(user: User | AnonymousUser, on: date | None = None) -> list[Grant]:
    """The grants in force on a day (default: today); none for who is signed out or locked.

    What was made out of another's grant ends with it, and with his account; a lent worklist ends with the own
    right to review.
    """
    if not isinstance(user, User) or not user.is_active:
        return []
    day = on or settings.JIEYUE_HOME.today()
    found = [grant for grant in _IN_FORCE.objects(user=user.pk, day=day) if _is_sound(grant)]
    _with_mandates(found)
    if any("pass" in verbs_of(grant) for grant in found if grant.source_id is None):
        return found
    return [grant for grant in found if not is_lent(grant)]


def _is_sound(grant: Grant) -> bool:
    """Of a known role; and a bounded role names its forms and periods."""
    bounded = grant.forms is not None and grant.periods is not None
    return grant.role in ROLES and (bounded or grant.role not in BOUNDED)


def is_lent(grant: Grant) -> bool:
    """Whether the grant is a worklist of another district, lent for some days."""
    return grant.mandate is not None and grant.mandate.kind == Mandate.Kind.LENDING


def is_limited(grant: Grant) -> bool:
    """Whether the grant counts only for some forms or periods."""
    return grant.forms is not None or grant.periods is not None


def asked(grants: Iterable[Grant], form: str, period: str) -> list[Grant]:
    """The grants as they count for one form and period: a limited one is whole if both are in it, else not there."""
    return [
        _lifted(grant) if is_limited(grant) else grant
        for grant in grants
        if (grant.forms is None or form in with_tables(grant.forms))
        and (grant.periods is None or period in grant.periods)
    ]


def with_tables(forms: Iterable[str]) -> list[str]:
    """The forms, and after them the summary forms that add one of them up."""
    named = list(forms)
    tables = (code for code, form in home_catalog().forms.items() if form.summary_of in named)
    return list(dict.fromkeys([*named, *tables]))


def _lifted(grant: Grant) -> Grant:
    """A copy for reading, never saved."""
    found = copy(grant)
    found.forms = found.periods = None
    return found


def limited_to(grants: Iterable[Grant]) -> list[tuple[Q, list[Grant]]]:
    """For rows of many forms and periods: which of them (`form`, `period`) limited grants speak of, and those grants
    as they count there."""
    groups: dict[str, tuple[Q, list[Grant]]] = {}
    for grant in grants:
        if not is_limited(grant):
            continue
        only = Q() if grant.forms is None else Q(form__in=with_tables(grant.forms))
        only &= Q() if grant.periods is None else Q(period__in=grant.periods)
        groups.setdefault(f"{grant.forms}|{grant.periods}", (only, []))[1].append(_lifted(grant))
    return list(groups.values())


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
    if is_limited(grant):
        return frozenset()
    own = ROLES[grant.role].verbs
    return own if grant.verbs is None else own & frozenset(grant.verbs)


def limited_verbs(grant: Grant) -> frozenset[str]:
    """What a limited grant allows for its forms and periods; nothing of a grant without limits."""
    return verbs_of(_lifted(grant)) if is_limited(grant) else frozenset()
