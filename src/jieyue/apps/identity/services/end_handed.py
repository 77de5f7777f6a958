"""The day of a hand-over has come: whoever hands over is signed out, and his programs with him."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import ApiToken, Mandate, SignIn
from jieyue.apps.identity.services.end_sessions import end_those
from jieyue.apps.identity.services.open_mandate import today


def end_handed(*, actor: str) -> int:
    """End the sessions and tokens of before the day of a hand-over that has begun; one entry a person; how many.

    What he opens after that day (he may have another role) is left alone, so doing it again does nothing.
    """
    begun = Mandate.objects.filter(kind=Mandate.Kind.HAND_OVER, ended_on=None, valid_from__lte=today())
    return sum(_end(row, actor) for row in begun.order_by("pk"))


def _end(row: Mandate, actor: str) -> bool:
    zone = ZoneInfo(settings.JIEYUE_HOME.timezone)
    day = datetime.combine(row.valid_from, time.min, tzinfo=zone)
    with transaction.atomic():
        sessions = SignIn.objects.filter(user=row.giver_id, at__lt=day)
        tokens = ApiToken.objects.filter(
            user=row.giver_id, created_at__lt=day, revoked_at=None, expires_at__gt=timezone.now()
        )
        keys = list(sessions.values_list("session", flat=True))
        taken = tokens.update(revoked_at=timezone.now())
        if not keys and not taken:
            return False
        record(
            "identity.end_sessions",
            f"user:{row.giver_id}",
            actor=actor,
            data={"sessions": end_those(keys), "tokens_revoked": taken, "mandate": row.pk},
        )
    return True
