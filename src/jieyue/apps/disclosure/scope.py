"""Who lets data out, and which releases a person may look at before they are out."""

from django.db.models import QuerySet

from jieyue.apps.accounts.scope import Access
from jieyue.apps.disclosure.models import DataRelease

PUBLISH = "publish"


def may_disclose(access: Access) -> bool:
    """Whoever publishes for the whole authority."""
    return access.whole and access.may(PUBLISH)


def releases_for(access: Access) -> QuerySet[DataRelease]:
    """All releases and proposals, the newest first, for who lets data out; nothing for anybody else."""
    rows = DataRelease.objects.order_by("-pk")
    return rows if may_disclose(access) else rows.none()


def released() -> QuerySet[DataRelease]:
    """What is out, the newest first: everybody's."""
    return DataRelease.objects.filter(state=DataRelease.State.RELEASED).order_by("-pk")
