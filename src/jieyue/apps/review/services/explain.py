"""Explain a finding, accept the explanation or send it back: two persons, one log entry each."""

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns.models import Return
from jieyue.apps.review.drawn_over import Meeting, explained_since, meet, version_of
from jieyue.apps.review.models import ReviewFinding
from jieyue.apps.review.queries import rule_of_finding
from jieyue.apps.review.words import in_words
from jieyue.domain.workflow import persons

LONGEST = 2000
_State = ReviewFinding.State


def explain(finding: int, text: str, *, actor: str, over: str = "") -> ReviewFinding:
    """Write why the number is right. Raises RefusedError for an error, an empty text, or a state that is over.

    over: the version of the explanation that the writer saw (`drawn_over`); `explanation_moved`: another stands since.
    A text left as it was drawn says nothing: what stands there holds, by who wrote it. What was sent back may be put
    forward in the same words again.
    """
    said = text.strip()
    if not said:
        raise RefusedError("no_explanation", zh="请写出说明", en="write the explanation")
    if len(said) > LONGEST:
        raise RefusedError(
            "long_explanation",
            zh=f"说明最多 {LONGEST} 字",
            en=f"an explanation has at most {LONGEST} characters",
        )
    with transaction.atomic():
        row = _open(finding, (_State.OPEN, _State.EXPLAINED))
        if row.severity == "error":
            raise RefusedError(
                "error_stays",
                zh="差错不能用说明解决；请改正报表",
                en="an error is not explained away; mend the return",
            )
        met = meet(said, over, row.explanation)
        if met is Meeting.OTHERS:
            raise explained_since([in_words(row.form, row.item, row.rule, rule_of_finding(row))])
        sent_back = row.state == _State.OPEN and version_of(said) == version_of(row.explanation)
        if met is Meeting.LEFT and not sent_back:
            return row
        row.state, row.explanation, row.explained_by, row.decided_by = _State.EXPLAINED, said, actor, ""
        row.save(update_fields=["state", "explanation", "explained_by", "decided_by"])
        _record("review.explain", row, actor, said)
    return row


def decide(finding: int, *, accept: bool, actor: str, reason: str = "") -> ReviewFinding:
    """Accept an explanation, or send it back to be written better. Raises RefusedError."""
    with transaction.atomic():
        row = _open(finding, (_State.EXPLAINED,))
        if row.explained_by == actor:
            raise RefusedError(
                "own_explanation",
                zh="自己写的说明须由别人审阅",
                en="an explanation is judged by another person than who wrote it",
            )
        if accept and _entered(row, actor):
            raise RefusedError(
                "own_number",
                zh="自己填的数，说明须由别人审阅",
                en="an explanation of a number is judged by another person than who entered it",
            )
        row.state, row.decided_by = (_State.ACCEPTED if accept else _State.OPEN), actor
        row.save(update_fields=["state", "decided_by"])
        _record("review.accept" if accept else "review.send_back", row, actor, reason.strip()[:LONGEST])
    return row


def _entered(row: ReviewFinding, actor: str) -> bool:
    """Whether the person entered the cell."""
    kept = Return.objects.filter(subject=row.subject, form=row.form, period=row.period, instance=row.instance)
    return any(actor in persons(entered) for entered in kept.values_list("entered_by", flat=True))


def _open(finding: int, states: tuple[str, ...]) -> ReviewFinding:
    row = ReviewFinding.objects.select_for_update().filter(pk=finding).first()
    if row is None or row.state not in states:
        raise RefusedError(
            "finding_state",
            zh="这个问题的状态已经变了；请刷新页面后再办理",
            en="the finding's state has changed meanwhile; reload the page",
        )
    return row


def _record(verb: str, row: ReviewFinding, actor: str, reason: str) -> None:
    place = {"form": row.form, "period": row.period, "rule": row.rule, "item": row.item, "value": row.value}
    record(verb, f"institution:{row.subject}", actor=actor, reason=reason, data=place)
