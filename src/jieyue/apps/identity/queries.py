"""Reads of identity."""

from collections.abc import Collection, Sequence

from django.conf import settings
from django.db import connection
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from jieyue.apps.identity.models import Grant, User
from jieyue.apps.identity.roles import ROLES


def user_by_name(username: str) -> User | None:
    """The account, None if there is none."""
    return User.objects.filter(username=username).first()


def user_by_number(number: int) -> User | None:
    """The account, None if there is none."""
    return User.objects.filter(pk=number).first()


def who(names: Sequence[str]) -> dict[str, str]:
    """Account → the person's name, where one is known."""
    if not names:
        return {}
    rows = User.objects.filter(username__in=set(names)).values_list("username", "real_name")
    return {name: real or name for name, real in rows}


def name_in(column: str) -> Coalesce:
    """For an annotation: the name of the person whose account stands in a column; the account where none is known."""
    persons = User.objects.filter(username=OuterRef(column)).exclude(real_name="")
    return Coalesce(Subquery(persons.values("real_name")[:1]), F(column))


def names_by_number(numbers: Collection[int]) -> dict[int, str]:
    """User names of accounts by their number; of those that are gone, nothing."""
    return dict(User.objects.filter(pk__in=numbers).values_list("pk", "username"))


def known_names(names: set[str]) -> set[str]:
    """Those of the user names that are taken."""
    return set(User.objects.filter(username__in=names).values_list("username", flat=True))


def grants_on(node: int) -> list[Grant]:
    """All grants on a very node, ended ones included, oldest first."""
    return list(Grant.objects.filter(node=node).select_related("user").order_by("valid_from", "id"))


def is_only_one_who(user: User, verb: str) -> bool:
    """Whether this is a desk (SQLite) where nobody else may do it; on a server there has to be another person."""
    if connection.vendor != "sqlite":
        return False
    day = settings.JIEYUE_HOME.today()
    roles = [code for code, role in ROLES.items() if verb in role.verbs]
    held = Grant.objects.filter(role__in=roles, valid_from__lte=day, valid_to__gt=day, user__is_active=True)
    return not held.exclude(user=user).exists()


def has_users() -> bool:
    """Whether anybody can sign in yet."""
    return User.objects.filter(is_active=True).exists()


def count_users() -> int:
    """How many accounts may sign in."""
    return User.objects.filter(is_active=True).count()
