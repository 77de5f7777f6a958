"""The second factor: six digits from an authenticator app, asked of reviewers and above where the home says so."""

import hmac
from typing import Any, Final

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from jieyue.apps.identity.models import User
from jieyue.apps.identity.scope import roles_of

__all__ = ["TotpBackend", "counter_of", "generate_totp_secret", "has_factor", "needed_for", "required_of"]

#: Roles that get by with a password. A role that is not named here needs more.
WITHOUT: Final = frozenset({"viewer", "reporter"})


def needed_for(roles: Any) -> bool:
    """Whether a holder of these roles needs a second factor in this home."""
    return bool(settings.JIEYUE_SECOND_FACTOR and set(roles) - WITHOUT)


def required_of(user: User) -> bool:
    """Whether this person needs one; nothing is asked of the database where the home asks for none."""
    return bool(settings.JIEYUE_SECOND_FACTOR) and needed_for(roles_of(user))


def has_factor(user: User) -> bool:
    """Whether the person's app is known."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def counter_of(secret: str, code: str) -> int | None:
    """The half-minute whose code it is: this one, the one before or the next; None for a wrong code."""
    typed = "".join(letter for letter in code if letter in "0123456789")
    found = None
    for counter in yield_hotp_counters_from_time():
        if hmac.compare_digest(format_hotp_value(hotp_value(secret, counter)), typed):
            found = counter
    return found


class TotpBackend:
    """Lets a code be tried through Django's door, where wrong tries are counted with those of signing in."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, totp_secret: str | None = None
    ) -> User | None:
        """The person whose app shows this code; each code opens once, in every process."""
        if username is None or totp_secret is None:
            return None
        with transaction.atomic():
            rows = Authenticator.objects.select_for_update().select_related("user")
            own = rows.filter(user__username=username, type=Authenticator.Type.TOTP).first()
            if own is None:
                return None
            counter = counter_of(decrypt(own.data["secret"]), totp_secret)
            if counter is None or counter <= own.data.get("last", 0):
                return None
            own.data = {**own.data, "last": counter}
            own.last_used_at = timezone.now()
            own.save(update_fields=["data", "last_used_at"])
        user: Any = own.user
        return user if user.is_active else None

    def get_user(self, pk: Any) -> User | None:
        """Nobody stays signed in by a code alone."""
        return None
