"""Ask the worker for a paper whose figures take long, and make it there: part by part, so that it can be watched."""

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.papers.models import PaperOrder
from jieyue.apps.papers.orders import is_open
from jieyue.apps.papers.services.draft import asked_for, draft_paper
from jieyue.catalog.errors import UnknownRuleError
from jieyue.domain.errors import DomainError


def order_paper(user: User, code: str, body: int, period: str) -> PaperOrder:
    """Put it into the queue; the same of the same person that waits there already is asked for once.

    Raises RefusedError, PeriodError.
    """
    from jieyue.apps.papers.tasks import make_ordered  # the tasks import the services

    asked_for(user, code, body, period)
    with transaction.atomic():
        rows = PaperOrder.objects.select_for_update().filter(
            code=code, body=body, period=period, user=user.pk, finished_at=None
        )
        last = rows.order_by("-pk").first()
        if last is not None and is_open(last):
            return last
        made = PaperOrder.objects.create(
            code=code,
            body=body,
            period=period,
            user=user.pk,
            actor=user.get_username(),
            asked_at=timezone.now(),
        )
        made.task = str(make_ordered.enqueue(made.pk).id)
        made.save(update_fields=["task"])
        record(
            "papers.order", f"paper_order:{made.pk}", actor=made.actor,
            data={"code": code, "body": body, "period": period},
        )  # fmt: skip
    return made


def make_order(number: int) -> PaperOrder:
    """Make the paper that was ordered. Done again after a stop it finds the parts that it stored, and makes one paper.

    A refusal is kept with the order, and told to who asked.
    """
    row = PaperOrder.objects.get(pk=number)
    if row.finished_at is not None:
        return row
    user = User.objects.get(pk=row.user)
    try:
        asked = asked_for(user, row.code, row.body, row.period)
        steps = [] if asked.kind.steps is None else asked.kind.steps(asked.scope, row.period, asked.sequence)
        row.done, row.total = 0, len(steps) + 1
        for step in steps:
            row.save(update_fields=["done", "total"])
            step.store()
            row.done += 1
        with transaction.atomic():
            row.draft = draft_paper(user, row.code, row.body, row.period)
            row.done, row.finished_at = row.total, timezone.now()
            row.save()
    except (DomainError, UnknownRuleError) as error:
        row.problem_zh = str(getattr(error, "message_zh", error))
        row.problem_en = str(getattr(error, "message_en", error))
        row.draft, row.finished_at = None, timezone.now()
        row.save()
    return row
