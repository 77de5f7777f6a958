"""Which spot checks a person may see, and for which bodies he may make one: by the reporting line."""

from datetime import date

from django.db.models import QuerySet

from jieyue.apps.accounts.scope import VIEW, Access
from jieyue.apps.identity.models import User
from jieyue.apps.obligations.scope import bodies_for, read_of
from jieyue.apps.registry.scope import Read
from jieyue.apps.spotchecks.models import SpotCheck

#: Verbs of those who make spot checks: reviewers and approvers.
CHECKS = ("pass", "approve")


def checks_for(access: Access) -> QuerySet[SpotCheck]:
    """Spot checks of the person's bodies, the newest first."""
    rows = SpotCheck.objects.order_by("-pk")
    if access.read is None or not access.may(VIEW):
        return rows.none()
    return rows if access.whole else rows.filter(body__in=bodies_for(access.read, VIEW))


def bodies_to_check(read: Read, day: date) -> set[int]:
    """The nodes of the line of the day for which the person may draw, look and close."""
    return {node for verb in CHECKS for node in bodies_for(read, verb, day)}


def may_check(user: User, body: int, day: date) -> bool:
    """Whether the person may do so for the body."""
    return body in bodies_to_check(read_of(user), day)


def may_see(user: User, body: int, day: date) -> bool:
    """Whether the body's spot checks are the person's to read."""
    return body in bodies_for(read_of(user), VIEW, day)
