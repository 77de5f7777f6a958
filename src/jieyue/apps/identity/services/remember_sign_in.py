"""Keep a sign-in for the person's list of sessions, and a lock-out for the log."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import SignIn, User

#: Longer than any session lives.
_KEPT = timedelta(days=30)


def remember_sign_in(user: User, session: str, address: str, device: str) -> None:
    """One row for the new session; the person's rows of sessions long gone are cleared."""
    now = timezone.now()
    SignIn.objects.filter(user=user, at__lt=now - _KEPT).delete()
    SignIn.objects.update_or_create(
        session=session,
        defaults={"user": user, "at": now, "address": address[:64], "device": device[:300]},
    )


def move_sign_in(old: str, new: str) -> None:
    """The session has another key after a change of password."""
    SignIn.objects.filter(session=old).update(session=new)


def locked_out(username: str, address: str, *, tries: int, minutes: int) -> None:
    """Wrong tries have locked a user name for an address.

    The name is written only when an account has it: what else was typed there may be somebody's password.
    """
    with transaction.atomic():
        known = User.objects.filter(username=username).exists()
        record(
            "identity.locked_out",
            f"sign-in:{username[:100]}" if known else "unknown-name:",
            actor="anonymous",
            data={"address": address, "tries": tries, "minutes": minutes}
            | ({"username": username} if known else {}),
            source="web",
        )
