"""Reads of the action log."""

from django.db.models import BigIntegerField, Count, Max, Subquery

from jieyue.apps.audit.models import ActionLog

#: Transactions run side by side for moments, and meanwhile fewer entries than this are written.
_LAST = 1000


def entries_of(obj: str, *, limit: int = 200) -> list[ActionLog]:
    """The newest entries about one object (`institution:2147…`), newest first."""
    return list(ActionLog.objects.filter(object=obj).order_by("-id")[:limit])


def last_entry() -> ActionLog | None:
    """The newest entry of all."""
    return ActionLog.objects.order_by("-id").first()


def newest_mark() -> tuple[int, int]:
    """The newest entry's identifier, 0 before the first, and how many of the last thousand are there: whoever keeps
    what he read asks whether it is the same. On a server an entry may become visible after one that has a later number.
    """
    newest = ActionLog.objects.order_by("-id").values("id")[:1]
    last = ActionLog.objects.filter(id__gt=Subquery(newest, output_field=BigIntegerField()) - _LAST)
    found = last.aggregate(newest=Max("id"), there=Count("id"))
    return found["newest"] or 0, found["there"]
