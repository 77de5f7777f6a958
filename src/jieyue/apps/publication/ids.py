"""Identifiers: int64, authority number × 2³² + serial, never reused, one sequence for everything in the lake."""

from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F

from jieyue.apps.publication.models import IdCounter

SERIALS: Final = 2**32
_ROW: Final = 1


class IdentifiersExhaustedError(RuntimeError):
    """All 2³² serials of this authority number are used."""

    def __init__(self) -> None:
        super().__init__(
            "本机关的标识号已用完 / this authority's identifiers are used up; take a second number"
        )


def allocate(count: int) -> range:
    """The next `count` identifiers, in ascending order.

    Inside a transaction they come back if it fails: only what was never seen is handed out again.
    """
    if count < 0:
        raise ValueError(f"count = {count}")
    if count == 0:
        return range(0)
    with transaction.atomic():
        # The update locks the counter before it is read, so two processes never get the same serial.
        if not IdCounter.objects.filter(pk=_ROW).update(next=F("next") + count):
            IdCounter.objects.create(pk=_ROW, next=1 + count)
        following = IdCounter.objects.values_list("next", flat=True).get(pk=_ROW)
    if following > SERIALS:
        raise IdentifiersExhaustedError
    first = settings.JIEYUE_HOME.authority * SERIALS + following - count
    return range(first, first + count)
