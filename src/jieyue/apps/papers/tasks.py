"""What the worker does for papers: make those whose figures take long."""

from django_tasks import task

from jieyue.apps.papers.services.order import make_order


@task()
def make_ordered(number: int) -> int:
    """Make the paper of an order; its number, 0 where it was refused."""
    return make_order(number).draft_id or 0
