"""What the worker does for public disclosure: compute a proposed release."""

from django_tasks import task

from jieyue.apps.disclosure.services.compute_release import compute_release
from jieyue.apps.disclosure.services.decide_release import fail
from jieyue.apps.schedule.priorities import ORDERED


@task(priority=ORDERED)
def compute(number: int) -> int:
    """Compute it; the number of withheld cells. A failure leaves the proposal failed, and the task says why."""
    try:
        return len(compute_release(number).kept.get("withheld", {}))
    except Exception:
        fail(number)
        raise
