"""Which returns a user may see: those of the institutions that are the user's to see; declared totals with the root."""

from django.db.models import QuerySet

from jieyue.apps.identity.models import User
from jieyue.apps.registry.scope import institutions_for
from jieyue.apps.returns.models import Return


def returns_for(user: User, *, whole: bool = False) -> QuerySet[Return]:
    """Returns by identifier. whole: the caller has made sure that the user sees all."""
    rows = Return.objects.order_by("id")
    if whole:
        return rows
    return rows.filter(
        subject_kind=Return.Subject.INSTITUTION, subject__in=institutions_for(user).values("pk")
    )
