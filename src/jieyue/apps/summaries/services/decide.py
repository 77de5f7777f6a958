"""What follows upon a sent summary: recalled by its body, or accepted or sent back whole by the body above."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.registry.queries import number_of
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.summaries import refusals
from jieyue.apps.summaries.acting import PUBLISH, SUMMARISE, deciding_verb, holds
from jieyue.apps.summaries.ledger import items_of, ledger_of
from jieyue.apps.summaries.models import Summary, SummaryConsent, SummaryVersion
from jieyue.apps.summaries.queries import amended
from jieyue.domain.period import Period
from jieyue.domain.summary import MOVES, SummaryState, SummaryVerb

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Comment:
    """What is wrong: of a unit (its code, or empty for the whole) and an item (or empty)."""

    text: str
    unit: str = ""
    item: str = ""


def recall(user: User, number: int) -> Summary:
    """已上报 → 已撤回, by the body that sent it. Raises RefusedError."""
    with transaction.atomic():
        row = _held(user, number)
        if not holds(user, row.body, SUMMARISE, row.table, row.boundary):
            raise refusals.not_yours("撤回综合表", "recall a summary")
        return _decided(user, row, SummaryVerb.RECALL)


def accept(user: User, number: int) -> Summary:
    """已上报 → 已接受, by the body above; the authority's own table is closed by its publisher. Raises RefusedError."""
    with transaction.atomic():
        return _decided(user, _of_above(user, number), SummaryVerb.ACCEPT)


def send_back(user: User, number: int, reason: str, comments: Sequence[Comment] = ()) -> Summary:
    """已上报 → 已退回, by the body above, naming units and cells. Raises RefusedError."""
    with transaction.atomic():
        row = _of_above(user, number)
        said = _checked(row, reason, comments)
        row.comments = [{"unit": one.unit, "item": one.item, "text": one.text} for one in said]
        return _decided(user, row, SummaryVerb.RETURN, reason.strip())


def consent(
    user: User, number: int, subject: int, period: str, reason: str, instance: str = ""
) -> SummaryConsent:
    """Let one return of an accepted summary be reopened, once. Raises RefusedError."""
    with transaction.atomic():
        row = _held(user, number)
        if not holds(user, row.above, SUMMARISE, row.table, row.boundary):
            raise refusals.not_yours("同意重新打开", "consent to reopening")
        if row.state != Summary.State.ACCEPTED:
            raise refusals.wrong_state(SummaryState(row.state), refusals.CONSENT)
        if not reason.strip():
            raise RefusedError("no_reason", zh="请写明同意的原因", en="say why you consent")
        held = Return.objects.filter(
            subject=subject, period=period, instance=instance,
            pk__in=ReturnVersion.objects.filter(
                pk__in=SummaryVersion.objects.filter(summary=row).values("version")
            ).values("parent"),
        )  # fmt: skip
        if not held.exists():
            raise RefusedError(
                "not_in_summary", zh="综合表里没有这份报表", en="the summary does not stand on this return"
            )
        made = SummaryConsent.objects.create(
            summary=row, subject=subject, period=period, instance=instance, reason=reason.strip(),
            actor=user.get_username(), at=timezone.now(),
        )  # fmt: skip
        record(
            "summaries.consent", f"summary:{row.pk}", actor=made.actor, before=row.digest, after=row.digest,
            reason=made.reason, data={"institution": subject, "period": period, "instance": instance},
        )  # fmt: skip
        return made


def publish_table(user: User, number: int, name: str) -> Summary:
    """公示: give an accepted summary its public name. Raises RefusedError."""
    with transaction.atomic():
        row = _held(user, number)
        if not holds(user, row.body, PUBLISH, row.table, row.boundary):
            raise refusals.not_yours("公示", "publish")
        if row.state != Summary.State.ACCEPTED or row.published_at is not None:
            raise refusals.wrong_state(SummaryState(row.state), refusals.PUBLISH)
        if amended(row):
            raise refusals.amended()
        if not name.strip() or len(name) > 200:
            raise RefusedError(
                "no_name", zh="请写公示的名称，不超过 200 字", en="give a public name of 1 to 200 letters"
            )
        row.public_name, row.published_by, row.published_at = (
            name.strip(),
            user.get_username(),
            timezone.now(),
        )
        row.save(update_fields=["public_name", "published_by", "published_at"])
        record(
            "summaries.publish", f"summary:{row.pk}", actor=row.published_by, before=row.digest, after=row.digest,
            data={"name": row.public_name},
        )  # fmt: skip
        return row


def _held(user: User, number: int) -> Summary:
    """The summary, locked; one that is not the person's to see is not there."""
    row = Summary.objects.select_for_update().filter(pk=number).first()
    if row is None or not any(
        holds(user, body, "view", row.table, row.boundary) for body in (row.body, row.above)
    ):
        raise refusals.unknown()
    return row


def _of_above(user: User, number: int) -> Summary:
    row = _held(user, number)
    if not holds(user, row.above, deciding_verb(row.body, row.above), row.table, row.boundary):
        raise refusals.not_yours("接受、退回综合表", "accept or send back a summary")
    return row


def _decided(user: User, row: Summary, verb: SummaryVerb, reason: str = "") -> Summary:
    state = SummaryState(row.state)
    after = MOVES.get((state, verb))
    if after is None:
        raise refusals.wrong_state(state, verb)
    if verb is not SummaryVerb.RECALL and user.get_username() == row.sent_by:
        raise refusals.same_person()
    row.state, row.remark = after.value, reason
    row.decided_by, row.decided_at = user.get_username(), timezone.now()
    row.save(update_fields=["state", "remark", "comments", "decided_by", "decided_at"])
    record(
        f"summaries.{verb.value}",
        f"summary:{row.pk}",
        actor=row.decided_by,
        before=row.digest,
        after=row.digest,
        reason=reason,
        data={"state": row.state, "merkle_root": row.merkle_root, "comments": row.comments},
    )
    return row


def _checked(row: Summary, reason: str, comments: Sequence[Comment]) -> list[Comment]:
    """The comments, if each names a unit of this summary and an item of its form, or none."""
    if not reason.strip() or len(reason) > LONGEST:
        raise RefusedError("no_reason", zh="请写明退回的原因", en="say why it is sent back")
    period = Period.parse(row.period)
    items = {item.code for item in items_of(row.form, period)}
    ledger = ledger_of(row.body, row.form, period, sequence=row.seq)
    inside = set(ledger.institutions[ledger.below(row.body)].tolist())
    said = []
    for one in comments:
        if one.item and one.item not in items:
            raise RefusedError(
                "unknown_item", zh=f"表中没有 {one.item}", en=f"the form has no item {one.item}"
            )
        if one.unit and number_of(one.unit, row.boundary) not in inside:
            raise RefusedError(
                "unknown_unit",
                zh=f"这份综合表里没有 {one.unit}",
                en=f"the summary has no institution {one.unit}",
            )
        if not one.text.strip() or len(one.text) > LONGEST:
            raise RefusedError("comment_length", zh="请写意见", en="a comment needs a text")
        said.append(Comment(one.text.strip(), one.unit, one.item))
    return said
