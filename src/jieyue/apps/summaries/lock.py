"""What a sent or accepted summary holds fast: the returns that it stands on are not reopened behind its back."""

from django.utils import timezone

from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.returns.acting import Actor, Key
from jieyue.apps.returns.models import Return, ReturnVersion
from jieyue.apps.summaries.acting import SUMMARISE, holds
from jieyue.apps.summaries.models import Summary, SummaryConsent, SummaryVersion


def refuse_locked(actor: Actor, key: Key, row: Return) -> None:
    """Asked when a return is reopened. Raises RefusedError: `in_sent_summary`, `in_accepted_summary`.

    In a sent summary: only after recall or return. In an accepted one: with the consent of the body that accepted it,
    given before or by the person himself, if he acts for that body. A consent is used up by it.
    """
    for summary in holding(row):
        if summary.state == Summary.State.SENT:
            raise RefusedError(
                "in_sent_summary",
                zh=f"这份报表在已上报的综合表（{summary.period}，第 {summary.number} 号）里；"
                "请先撤回，或由上级退回",
                en=f"the return stands in a summary that was sent upward ({summary.period}, number {summary.number}): "
                "have it recalled or sent back first",
                data={"summary": str(summary.pk)},
            )
        if holds(actor.user, summary.above, SUMMARISE, summary.table, key.last_day):
            continue
        consent = (
            SummaryConsent.objects.select_for_update()
            .filter(
                summary=summary, subject=key.subject, period=key.period, instance=key.instance, used_at=None
            )
            .first()
        )
        if consent is None:
            raise RefusedError(
                "in_accepted_summary",
                zh=f"这份报表在上级已接受的综合表（{summary.period}，第 {summary.number} 号）里；"
                "须经接受它的机构同意才能重新打开",
                en=f"the return stands in a summary that was accepted above ({summary.period}, number "
                f"{summary.number}): it is reopened only with the consent of the body that accepted it",
                data={"summary": str(summary.pk)},
            )
        consent.used_at = timezone.now()
        consent.save(update_fields=["used_at"])


def holding(row: Return) -> list[Summary]:
    """The summaries that stand on a version of the return: what is sent, and of each body's accepted ones the last."""
    own = ReturnVersion.objects.filter(parent=row).values("pk")
    inside = SummaryVersion.objects.filter(version__in=own).values("summary")
    live = (Summary.State.SENT, Summary.State.ACCEPTED)
    last: dict[tuple[object, ...], Summary] = {}
    for summary in Summary.objects.filter(pk__in=inside, state__in=live).order_by("number"):
        last[summary.state, summary.body, summary.form, summary.period] = summary
    return sorted(last.values(), key=lambda summary: (summary.state != Summary.State.SENT, summary.pk))
