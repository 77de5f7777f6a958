"""Say what the meeting concludes of one return; the return itself is not touched."""

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.jointreview import refusals
from jieyue.apps.jointreview.checks import checked_text, held
from jieyue.apps.jointreview.models import JointItem
from jieyue.apps.jointreview.queries import item_of, now_of
from jieyue.apps.publication.errors import wrong

_SAYS = JointItem.Conclusion


def conclude(
    user: User, review: int, number: int, conclusion: str, note: str = "", *, seen: int
) -> JointItem:
    """Keep the conclusion; said again, it stands instead of what was said before. Raises RefusedError.

    seen: the revision that the person has read.
    """
    with transaction.atomic():
        row = held(user, review, speaks=True)
        item = item_of(row, number)
        if item is None:
            raise refusals.unknown()
        if user.get_username() in now_of(item).entered:
            raise refusals.own_cell()
        if item.revision != seen:
            raise refusals.moved()
        before = _said(item)
        item.conclusion, item.note = _checked(conclusion, note)
        item.said_by, item.said_at = user.get_username(), timezone.now()
        item.revision += 1
        item.save(update_fields=["conclusion", "note", "said_by", "said_at", "revision"])
        record(
            "jointreview.conclude", f"jointitem:{item.pk}", actor=item.said_by, before=before, after=_said(item),
            reason=item.note,
            data={"review": row.pk, "return": item.parent, "conclusion": item.conclusion},
        )  # fmt: skip
    return item


def _checked(conclusion: str, note: str) -> tuple[str, str]:
    if conclusion not in (_SAYS.KEEP, _SAYS.BACK, _SAYS.CHECK):
        raise wrong(
            "joint_conclusion", "请选择通过、退回或待核实", "choose to keep it, send it back or follow it up"
        )
    text = checked_text("note", note, empty=True)
    if not text and conclusion != _SAYS.KEEP:
        raise wrong(
            "joint_note",
            "退回要写原因，待核实要写核实什么",
            "say why it goes back, or what is to be followed up",
        )
    return conclusion, text


def _said(item: JointItem) -> dict[str, str]:
    return {"conclusion": item.conclusion, "note": item.note, "by": item.said_by}
