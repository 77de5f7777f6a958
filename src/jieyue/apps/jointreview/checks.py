"""What a joint review takes: whose it is to hold, texts, the day of the meeting."""

from datetime import date

from jieyue.apps.accounts.scope import access_for
from jieyue.apps.identity.models import User
from jieyue.apps.jointreview import refusals
from jieyue.apps.jointreview.models import JointReview
from jieyue.apps.jointreview.scope import bodies_to_hold, bodies_to_speak, reviews_for
from jieyue.apps.obligations.scope import bodies_for
from jieyue.apps.obligations.worklist import read_as
from jieyue.apps.publication.errors import wrong
from jieyue.apps.publication.queries import last_done
from jieyue.domain.period import Period

#: Field → (name in Chinese, in English, longest, whether it is one line).
_TEXTS = {
    "name": ("名称", "name", 100, True),
    "place": ("地点", "place", 100, True),
    "attending": ("参加人员", "persons attending", 2000, False),
    "note": ("说明", "note", 2000, False),
    "remark": ("其他事项", "other matters", 4000, False),
}


def checked_text(field: str, text: str, *, empty: bool = False) -> str:
    """The text without what stands around it. Refuses one that is too long, or missing where it may not be."""
    zh, en, longest, line = _TEXTS[field]
    clean = "\n".join(line.strip() for line in text.strip().splitlines())
    if not clean and not empty:
        raise wrong("joint_text", f"请填写{zh}", f"the {en} is missing")
    if len(clean) > longest or (line and not clean.isprintable()) or "\0" in clean:
        raise wrong("joint_text", f"{zh}最多 {longest} 字", f"the {en} has {longest} letters at most")
    return clean


def checked_day(text: str) -> date:
    """The day of the meeting."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = date.min
    if not 2000 < day.year < 2100:
        raise wrong(
            "joint_day", f"日期不对：{text[:40]}；请写成 2026-11-22", f"no day: {text[:40]}; write 2026-11-22"
        )
    return day


def require_holder(user: User, body: int, form: str, period: str) -> None:
    """Refuse who may not call one for the body; to whom the body is not his to see, it is not there."""
    access = access_for(user, last_done())
    if body in bodies_to_hold(access, form, period):
        return
    read = read_as(access.asked(form, period).read)
    seen = bodies_for(read, "view", Period.parse(period).last_day)
    raise refusals.not_yours() if body in seen else refusals.unknown()


def held(user: User, number: int, *, speaks: bool = False) -> JointReview:
    """The joint review, locked, as an open one that the person may hold, or speak at. Raises RefusedError."""
    access = access_for(user, last_done())
    row = reviews_for(access).select_for_update().filter(pk=number).first()
    if row is None:
        raise refusals.unknown()
    allowed = bodies_to_speak if speaks else bodies_to_hold
    if row.body not in allowed(access, row.form, row.period):
        raise refusals.not_yours()
    if row.state != JointReview.State.OPEN:
        raise refusals.closed()
    return row
