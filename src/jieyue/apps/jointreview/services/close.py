"""Close a joint review: the minutes stand as they are, and a digest of them is in the log."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.salts import salted
from jieyue.apps.audit.services.record import digest, record
from jieyue.apps.identity.models import User
from jieyue.apps.jointreview.checks import checked_text, held
from jieyue.apps.jointreview.models import JointItem, JointReview
from jieyue.apps.jointreview.queries import minutes
from jieyue.apps.publication.errors import wrong


def close(user: User, number: int, *, remark: str = "") -> JointReview:
    """End it. remark: what else was spoken of. Raises RefusedError.

    The log's digest is of the minutes with the salted digest of who attended in place of the names: whoever has the
    minutes and the entry works it out again without the salt, and it gives nobody away once the salt is destroyed.
    """
    with transaction.atomic():
        row = held(user, number)
        _refuse_unready(row)
        row.remark = checked_text("remark", remark, empty=True)
        row.state = JointReview.State.CLOSED
        row.closed_by, row.closed_at = user.get_username(), timezone.now()
        said = minutes(row)
        row.digest = digest(said)
        row.save()
        named = {"attending": salted(f"jointreview:{row.pk}", row.attending)}
        record(
            "jointreview.close", f"jointreview:{row.pk}", actor=row.closed_by, after=digest(said | named),
            data={"counts": said["counts"], **named, "remark": row.remark},
        )  # fmt: skip
    return row


def _refuse_unready(row: JointReview) -> None:
    if row.day > settings.JIEYUE_HOME.today():
        raise wrong(
            "joint_early",
            f"会议日期 {row.day} 还没有到；请先改日期",
            f"the meeting is on {row.day}, which is still to come; change the day first",
        )
    if not row.attending:
        raise wrong("joint_nobody", "请先写明参加人员", "say first who attended")
    if not row.items.exclude(conclusion=JointItem.Conclusion.NONE).exists():
        raise wrong("joint_unsaid", "还没有一条结论", "not one conclusion was said")
