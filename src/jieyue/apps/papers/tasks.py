"""What the worker does for papers: make those whose figures take long, and draft the bulletins of a closed month."""

from django.conf import settings
from django_tasks import task

from jieyue.apps.papers.ready import closed_month, lacking
from jieyue.apps.papers.services.order import make_order
from jieyue.apps.papers.services.ready import draft_closed
from jieyue.apps.schedule.priorities import ORDERED
from jieyue.apps.schedule.queries import is_asked


@task(priority=ORDERED)
def make_ordered(number: int) -> int:
    """Make the paper of an order; its number, 0 where it was refused."""
    return make_order(number).draft_id or 0


@task()
def make_ready() -> int:
    """Draft the monthly bulletins of the newest closed month that there are not yet; how many."""
    return len(draft_closed())


def ask_ready() -> None:
    """Every morning: ask for it where something is lacking; it takes long, so the queue does it."""
    month = closed_month(settings.JIEYUE_HOME.today())
    if month is not None and lacking(month) and not is_asked(make_ready.module_path):
        make_ready.enqueue()
