"""The review's acts on a submitted return: pass it on, comment on it, or send it back with comments on cells."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.rules import home_catalog
from jieyue.apps.returns import refusals
from jieyue.apps.returns.acting import Actor, Key, enter_door, take, take_submitted
from jieyue.apps.returns.lake import item_codes
from jieyue.apps.returns.models import Return, ReturnComment, ReturnSnapshot
from jieyue.apps.returns.services.edit_return import log, stand
from jieyue.apps.returns.snapshots import Judge, as_before, freeze, last_snapshot
from jieyue.domain.workflow import RETURN_REASONS, Place, State, Verb

LONGEST = 2000
#: What is named as seen of a return that no snapshot was made of.
UNSEEN = "none"


def pass_step(user: User, key: Key, *, seen: str = "", judge: Judge = as_before) -> ReturnSnapshot:
    """Step k → k + 1. seen: digest of the snapshot that the person looked at. Raises RefusedError."""
    actor = enter_door(user, key, Verb.PASS)
    with transaction.atomic():
        row, then = take(actor, key, Verb.PASS)
        refuse_unseen(row, seen)
        before = stand(row)
        made = freeze(
            row, Verb.PASS, actor, Place(then.state, then.step - 1, then.steps), judge(row), cells=row.draft
        )
        row.step, row.passed_by = then.step, sorted({*row.passed_by, actor.name})
        row.save(update_fields=["step", "passed_by"])
        log("returns.pass", row, actor, before=before, snapshot=made.digest, step=then.step)
    return made


def comment(
    user: User, key: Key, *, comments: Mapping[str, str] | None = None, reason: str = "", seen: str = ""
) -> None:
    """Say something of a submitted return, which stays where it is, to whoever decides. Raises RefusedError."""
    actor = enter_door(user, key, Verb.PASS)
    said = {item: text.strip() for item, text in (comments or {}).items()}
    _refuse_items(key, said, reason)
    if not said and not reason.strip():
        raise RefusedError("comment_none", zh="请写意见", en="write a comment first")
    with transaction.atomic():
        row = take_submitted(actor, key)
        refuse_unseen(row, seen)
        words = {"": reason.strip()} if reason.strip() else {}
        _keep(row, actor, "", {**words, **said})
        log("returns.comment", row, actor, before=stand(row), reason=reason.strip(), cells=sorted(said))


def send_back(
    user: User,
    key: Key,
    *,
    code: str,
    comments: Mapping[str, str] | None = None,
    reason: str = "",
    seen: str = "",
) -> None:
    """已上报 → 已退回, from whatever step. code: one of `reasons()`; comments: item → text. Raises RefusedError."""
    actor = enter_door(user, key, Verb.RETURN)
    said = {item: text.strip() for item, text in (comments or {}).items()}
    _refuse_words(key, code, said, reason)
    with transaction.atomic():
        row, then = take(actor, key, Verb.RETURN)
        refuse_unseen(row, seen)
        before = stand(row)
        _keep(row, actor, code, {"": reason.strip(), **said})
        row.state, row.step = then.state.value, then.step
        row.save(update_fields=["state", "step"])
        log("returns.send_back", row, actor, before=before, reason=reason, code=code, cells=sorted(said))


def _keep(row: Return, actor: Actor, code: str, said: Mapping[str, str]) -> None:
    last, at = last_snapshot(row), timezone.now()
    ReturnComment.objects.bulk_create(
        ReturnComment(parent=row, snapshot=last, code=code, item=item, text=text, actor=actor.name, at=at)
        for item, text in said.items()
    )


def reasons() -> dict[str, tuple[str, str]]:
    """Reason code → (Chinese, English): the catalog's code list `return_reason`, else the product's own."""
    own = home_catalog().code_lists.get("return_reason")
    return {w.code: (w.name_zh, w.name_en) for w in own.values()} if own else dict(RETURN_REASONS)


def refuse_unseen(row: Return, seen: str) -> None:
    """Nobody judges what he has not looked at: withdrawn and submitted again meanwhile, it is another.

    seen: UNSEEN where there was no snapshot; empty where the caller does not say, which is for commands only.
    """
    last = last_snapshot(row) if seen else None
    if seen and row.state == State.SUBMITTED and (last.digest if last else UNSEEN) != seen:
        raise refusals.moved_on(row)


def _refuse_words(key: Key, code: str, said: Mapping[str, str], reason: str) -> None:
    if not code:
        raise RefusedError("no_reason_code", zh="请选退回原因", en="choose the reason for sending it back")
    if code not in reasons():
        raise RefusedError(
            "unknown_reason", zh=f"没有退回原因 {code}", en=f"there is no reason {code}", data={"code": code}
        )
    _refuse_items(key, said, reason)


def _refuse_items(key: Key, said: Mapping[str, str], reason: str) -> None:
    known = set(item_codes(key.form))
    if unknown := sorted(set(said) - known):
        shown = ", ".join(unknown)
        raise RefusedError("unknown_item", zh=f"表中没有 {shown}", en=f"the form has no item {shown}")
    if not all(said.values()) or any(len(text) > LONGEST for text in (*said.values(), reason)):
        raise RefusedError(
            "comment_length",
            zh=f"每条意见须有 1 至 {LONGEST} 字",
            en=f"a comment has 1 to {LONGEST} characters",
        )
