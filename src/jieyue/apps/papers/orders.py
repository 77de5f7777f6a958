"""How far a paper is that the worker was asked for."""

from jieyue.apps.identity.models import User
from jieyue.apps.papers.models import PaperOrder
from jieyue.apps.schedule.asked import DONE, FAILED, Progress, open_state, percent_of


def progress_of(row: PaperOrder) -> Progress[PaperOrder]:
    """As the row says it, else the queue; what ended without a draft has failed."""
    ended = DONE if row.draft_id is not None else FAILED
    state = open_state(row.task) if row.finished_at is None else ended
    return Progress(row, state, percent_of(row.done, row.total))


def order_of(user: User, number: int) -> Progress[PaperOrder] | None:
    """The person's own order; None: there is none, or it is another's."""
    row = PaperOrder.objects.filter(pk=number, user=user.pk).first()
    return None if row is None else progress_of(row)
