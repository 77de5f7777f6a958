"""Reads of the action log."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, Count, Max, Subquery

from jieyue.apps.audit.models import ActionLog, LogCheckpoint, LogLeaf

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


@dataclass(frozen=True)
class LogState:
    """Where the log stands: when it was last written, its entries with a number, those under the newest signature.

    numbered: entries in the chain; signed: the first of them that the newest checkpoint vouches for, 0 before it.
    """

    last: datetime | None
    numbered: int
    signed: int
    signed_at: datetime | None


def log_state() -> LogState:
    """Where the log stands, in three small questions."""
    newest = last_entry()
    leaf = LogLeaf.objects.order_by("-seq").values_list("seq", flat=True).first()
    mark = LogCheckpoint.objects.order_by("-size").first()
    return LogState(
        last=newest.at if newest else None,
        numbered=leaf or 0,
        signed=mark.size if mark else 0,
        signed_at=mark.at if mark else None,
    )
