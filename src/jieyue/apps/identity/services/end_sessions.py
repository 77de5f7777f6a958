"""End a person's sessions: one, all others, or all with the tokens."""

from datetime import date

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import ApiToken, Grant, SignIn, User
from jieyue.apps.publication.errors import RefusedError


def end_sessions(user: User, *, actor: str, only: int | None = None, keep: str = "") -> int:
    """End the person's sessions but the one of key `keep`; of the others only number `only` if given."""
    with transaction.atomic():
        rows = SignIn.objects.filter(user=user).exclude(session=keep)
        if only is not None:
            rows = rows.filter(pk=only)
        keys = list(rows.values_list("session", flat=True))
        if only is not None and not keys:
            raise RefusedError(
                "unknown_session", zh="没有这个会话，或已结束", en="there is no such session, or it has ended"
            )
        ended = end_those(keys)
        record(
            "identity.end_sessions", f"user:{user.pk}", actor=actor, data={"sessions": ended, "only": only}
        )
    return ended


def end_all(user: User, *, keep: str = "") -> dict[str, int]:
    """End all sessions but `keep`, and take all tokens back; for services that log the change themselves."""
    keys = SignIn.objects.filter(user=user).exclude(session=keep).values_list("session", flat=True)
    ended = end_those(list(keys))
    taken = ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    return {"sessions_ended": ended, "tokens_revoked": taken}


def end_if_nothing_is_left(user: int, day: date) -> dict[str, int]:
    """Whose last grant has been taken back is signed out at once, and his tokens with him; what has not begun counts.

    day: today. Empty for who has a grant still.
    """
    if Grant.objects.filter(user=user, valid_to__gt=day).filter(valid_to__gt=F("valid_from")).exists():
        return {}
    return end_all(User.objects.get(pk=user))


def end_those(keys: list[str]) -> int:
    """End the sessions of these keys; how many were alive. For services that log the change themselves."""
    alive, _ = Session.objects.filter(session_key__in=keys).delete()
    SignIn.objects.filter(session__in=keys).delete()
    return alive
