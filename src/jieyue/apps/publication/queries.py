"""Reads of publication: which publications exist, which one a date stands for."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max, QuerySet

from jieyue.apps.publication.models import Publication
from jieyue.apps.publication.prepared import Prepared

_LAST_DONE = Prepared(
    lambda: Publication.objects.filter(state=Publication.State.DONE).order_by("-seq").values_list("seq")[:1]
)


def last_done() -> int:
    """The newest publication whose rows are all in the lake; 0 before the first. Readers use seq ≤ this."""
    return next(iter(_LAST_DONE.column()), 0)


def last_number() -> int:
    """The newest publication, pending or done; 0 before the first. The next one has the next number."""
    return Publication.objects.aggregate(seq=Max("seq"))["seq"] or 0


def seq_on(day: date) -> int:
    """The newest done publication at the end of a day of the authority's calendar; 0 before the first."""
    zone = ZoneInfo(settings.JIEYUE_HOME.timezone)
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return _greatest(Publication.objects.filter(at__lt=end))


def pending() -> list[int]:
    """Publications that the lake has not wholly taken yet, oldest first."""
    waiting = Publication.objects.filter(state=Publication.State.PENDING)
    return list(waiting.order_by("seq").values_list("seq", flat=True))


def recent(limit: int = 50) -> list[Publication]:
    """The newest publications, newest first."""
    return list(Publication.objects.order_by("-seq")[:limit])


def published_at(sequence: int) -> datetime | None:
    """The instant of a publication; None if there is none of that number."""
    return Publication.objects.filter(seq=sequence).values_list("at", flat=True).first()


def _greatest(publications: QuerySet[Publication]) -> int:
    return publications.filter(state=Publication.State.DONE).aggregate(seq=Max("seq"))["seq"] or 0
