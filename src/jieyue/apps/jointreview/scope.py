"""Which joint reviews a person may see, and where he may call one or speak at one: by the reporting line."""

from datetime import date

from django.db.models import Q, QuerySet

from jieyue.apps.accounts.scope import VIEW, Access
from jieyue.apps.identity.scope import is_lent, limited_to
from jieyue.apps.jointreview.models import JointReview
from jieyue.apps.obligations.scope import bodies_for
from jieyue.apps.obligations.worklist import read_as
from jieyue.apps.registry.scope import Read
from jieyue.domain.period import Period

#: Verbs of those who sit together: reviewers and approvers.
SITS = ("pass", "approve")


def reads(access: Access) -> bool:
    """Whether joint reviews are for the person at all: who looks at data, and who reviews some forms or periods."""
    return access.may(VIEW) or any(access.may_somewhere(verb) for verb in SITS)


def reviews_for(access: Access) -> QuerySet[JointReview]:
    """Joint reviews of the person's bodies, the newest first. A limited grant adds those of its forms and periods, if
    it reviews."""
    rows = JointReview.objects.order_by("-pk")
    if access.read is None or not reads(access):
        return rows.none()
    if access.whole:
        return rows
    seen = Q(body__in=bodies_for(access.read, VIEW))
    for only, grants in limited_to(access.read.grants):
        seen |= only & Q(body__in=_sitting(Read(grants, access.read.sequence)))
    return rows.filter(seen)


def _sitting(read: Read, on: date | None = None) -> set[int]:
    return {node for verb in SITS for node in bodies_for(read, verb, on)}


def bodies_to_speak(access: Access, form: str, period: str) -> set[int]:
    """The bodies at whose joint reviews of the form and period the person may say conclusions."""
    return _sitting(read_as(access.asked(form, period).read), Period.parse(period).last_day)


def bodies_to_hold(access: Access, form: str, period: str) -> set[int]:
    """The bodies for which the person may call, arrange and close one: as above, without what was lent."""
    read = read_as(access.asked(form, period).read)
    own = [grant for grant in read.grants if not is_lent(grant)]
    return _sitting(Read(own, read.sequence), Period.parse(period).last_day)
