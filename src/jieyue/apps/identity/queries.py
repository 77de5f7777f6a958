"""Reads of identity."""

from jieyue.apps.identity.models import Grant, User


def user_by_name(username: str) -> User | None:
    """The account, None if there is none."""
    return User.objects.filter(username=username).first()


def user_by_number(number: int) -> User | None:
    """The account, None if there is none."""
    return User.objects.filter(pk=number).first()


def known_names(names: set[str]) -> set[str]:
    """Those of the user names that are taken."""
    return set(User.objects.filter(username__in=names).values_list("username", flat=True))


def grants_on(node: int) -> list[Grant]:
    """All grants on a very node, ended ones included, oldest first."""
    return list(Grant.objects.filter(node=node).select_related("user").order_by("valid_from", "id"))


def has_users() -> bool:
    """Whether anybody can sign in yet."""
    return User.objects.filter(is_active=True).exists()


def count_users() -> int:
    """How many accounts may sign in."""
    return User.objects.filter(is_active=True).count()
