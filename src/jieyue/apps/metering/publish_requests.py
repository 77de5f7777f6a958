"""How far publications of monthly uses are that somebody asked for."""

from jieyue.apps.metering.models import MeteredRequest
from jieyue.apps.schedule.asked import DONE, Progress, open_state, percent_of


def progress_of(row: MeteredRequest) -> Progress[MeteredRequest]:
    """As the row says it, else the queue."""
    state = open_state(row.task) if row.finished_at is None else DONE
    return Progress(row, state, percent_of(row.done, row.total))


def latest(month: int, user: int) -> Progress[MeteredRequest] | None:
    """The person's newest request for a month."""
    row = MeteredRequest.objects.filter(month=month, user=user).order_by("-pk").first()
    return None if row is None else progress_of(row)
