"""Ask for a month's uses to be published: the worker does it, the page does not wait."""

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.metering.models import MeteredRequest
from jieyue.apps.metering.publish_requests import progress_of
from jieyue.apps.metering.ready import MONTHS, finished_months, months_over
from jieyue.apps.publication.errors import RefusedError

LONGEST = 500


def ask_publish(month: int, *, by: User, whole: bool, reason: str) -> MeteredRequest:
    """Put it into the queue; the one of the same person that is there already is asked for once. Raises RefusedError.

    whole: lines that are not complete too. reason: published rows that have changed are published anew with it.
    """
    from jieyue.apps.metering.tasks import publish_asked  # the tasks import the services

    _check_month(month)
    said = reason.strip()
    if len(said) > LONGEST:
        raise RefusedError(
            "long_reason", zh=f"理由最多 {LONGEST} 字", en=f"a reason has at most {LONGEST} characters"
        )
    with transaction.atomic():
        rows = MeteredRequest.objects.select_for_update().filter(month=month, user=by.pk, finished_at=None)
        last = rows.order_by("-pk").first()
        if last is not None and progress_of(last).open:
            return last
        made = MeteredRequest.objects.create(
            month=month, user=by.pk, actor=by.get_username(), whole=whole, reason=said
        )
        made.task = str(publish_asked.enqueue(made.pk).id)
        made.save(update_fields=["task"])
        record(
            "metering.ask_publish", f"metered:{month}", actor=made.actor, reason=said,
            data={"request": made.pk, "incomplete_too": whole},
        )  # fmt: skip
    return made


def _check_month(month: int) -> None:
    """Raises RefusedError for a month that is not to be published here."""
    if month in finished_months():
        return
    named = f"{month // 100}-{month % 100:02d}"
    if month in months_over():
        raise RefusedError(
            "metered_old",
            zh=f"网页上只公布最近 {MONTHS} 个有表计用量的月份；{named} 更早，请用命令 readings publish --month {named}",
            en=f"this page publishes the newest {MONTHS} months with uses by meter; {named} is older: use the command "
            f"readings publish --month {named}",
        )
    raise RefusedError(
        "metered_running",
        zh=f"{month // 100} 年 {month % 100} 月还没有过完，或没有表计用量；不能公布",
        en=f"{named} is not over, or no meter says anything of it; it cannot be published",
    )
