"""How long wrong tries lock an account for a source: a quarter of an hour, doubled with every five more tries."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest

FIRST: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(hours=4)


def wait(request: HttpRequest | None = None) -> timedelta:
    """The wait after the wrong tries that are kept for this user name and address."""
    if request is None or not hasattr(request, "axes_ip_address"):
        return FIRST
    from axes.helpers import get_client_username
    from axes.models import AccessAttempt
    from django.db.models import Sum

    rows = AccessAttempt.objects.filter(
        username=get_client_username(request), ip_address=request.axes_ip_address
    )
    return wait_after(rows.aggregate(tries=Sum("failures_since_start"))["tries"] or 0)


def wait_after(tries: int) -> timedelta:
    """The wait after so many wrong tries.

    >>> [wait_after(tries).seconds // 60 for tries in (1, 5, 9, 10, 15, 20, 25, 5000)]
    [15, 15, 15, 30, 60, 120, 240, 240]
    """
    steps = max(0, tries // settings.AXES_FAILURE_LIMIT - 1)
    return min(FIRST * 2 ** min(steps, 10), LONGEST)
