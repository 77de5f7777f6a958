"""Reads of the action log."""

from jieyue.apps.audit.models import ActionLog


def entries_of(obj: str, *, limit: int = 200) -> list[ActionLog]:
    """The newest entries about one object (`institution:2147…`), newest first."""
    return list(ActionLog.objects.filter(object=obj).order_by("-id")[:limit])


def last_entry() -> ActionLog | None:
    """The newest entry of all."""
    return ActionLog.objects.order_by("-id").first()


def newest_number() -> int:
    """The newest entry's identifier, 0 before the first: whoever keeps what he read asks whether it is the same."""
    return ActionLog.objects.order_by("-id").values_list("id", flat=True).first() or 0
