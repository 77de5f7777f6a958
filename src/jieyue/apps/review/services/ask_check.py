"""Ask for a pass over all: the worker does it, the page does not wait."""

from django.db import transaction

from jieyue.apps.review.models import ReviewRequest
from jieyue.apps.review.requests import state_of
from jieyue.apps.review.tasks import check_all
from jieyue.apps.schedule.asked import RUNNING, WAITING
from jieyue.domain.period import Period


def ask_check(form: str, period: Period, *, actor: str) -> ReviewRequest:
    """Put the pass into the queue; the one that is there already is asked for once. The pass itself is logged."""
    with transaction.atomic():
        rows = ReviewRequest.objects.select_for_update().filter(form=form, period=str(period))
        last = rows.order_by("-pk").first()
        if last is not None and state_of(last) in (WAITING, RUNNING):
            return last
        made = ReviewRequest.objects.create(form=form, period=str(period), actor=actor)
        made.task = str(check_all.enqueue(made.pk).id)
        made.save(update_fields=["task"])
    return made
