"""Ask the worker for a paper whose figures take long, and make it there: part by part, so that it can be watched."""

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.papers.models import PaperOrder
from jieyue.apps.papers.orders import progress_of
from jieyue.apps.papers.parts import telling
from jieyue.apps.papers.services.draft import asked_for, keep
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
        if last is not None and progress_of(last).open:
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

    Figures and text are of one publication. A refusal is kept with the order, logged, and told to who asked.
    """
    row = PaperOrder.objects.get(pk=number)
    if row.finished_at is not None:
        return row
    user = User.objects.get(pk=row.user)
    try:
        asked = asked_for(user, row.code, row.body, row.period)
        steps = [] if asked.kind.steps is None else asked.kind.steps(asked.scope, row.period, asked.sequence)
        row.done, row.total = 0, len(steps) + asked.kind.parts
        row.save(update_fields=["done", "total"])
        for step in steps:
            step.store()
            _on(row)
        with telling(lambda: _on(row)):
            paper = asked.kind.make(asked.scope, row.period, asked.sequence)
        with transaction.atomic():
            asked_for(user, row.code, row.body, row.period)  # that he may is true at this moment too
            row.draft = keep(asked, paper, user.get_username())
            row.done, row.finished_at = row.total, timezone.now()
            row.save()
    except (DomainError, UnknownRuleError) as error:
        row.problem_zh = str(getattr(error, "message_zh", error))
        row.problem_en = str(getattr(error, "message_en", error))
        row.draft, row.finished_at = None, timezone.now()
        with transaction.atomic():
            row.save()
            record(
                "papers.order_refused", f"paper_order:{row.pk}", actor=row.actor,
                data={"code": row.code, "body": row.body, "period": row.period},
            )  # fmt: skip
    return row


def _on(row: PaperOrder) -> None:
    """One part further; never past the last before the paper is kept."""
    row.done = min(row.done + 1, row.total - 1)
    row.save(update_fields=["done"])
