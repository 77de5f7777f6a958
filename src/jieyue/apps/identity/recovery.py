"""Recovery codes: ten that each stand in once for the app of the second factor. Only their keyed digests are kept."""

import hmac
import secrets
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.activation import plain_code, printed_code
from jieyue.apps.identity.models import User

COUNT: Final = 10
_GROUPS: Final = 4  # 79 random bits
LENGTH: Final = 16
KIND = Authenticator.Type.RECOVERY_CODES


def new_codes() -> list[str]:
    """Ten codes as they are printed, `7KQM-X2DA-93HP-RT4W`."""
    return [printed_code(_GROUPS) for _ in range(COUNT)]


def keep_codes(user: User, codes: list[str]) -> None:
    """Keep their digests in place of those that were there; the caller holds the transaction and logs."""
    salt = secrets.token_hex(16)
    data = {"salt": salt, "digests": [digest(salt, code) for code in codes]}
    Authenticator.objects.update_or_create(user=user, type=KIND, defaults={"data": data})


def digest(salt: str, code: str) -> str:
    """What is kept of a code: HMAC-SHA256 under the home's secret key."""
    return salted_hmac(f"jieyue.recovery.{salt}", plain_code(code), algorithm="sha256").hexdigest()


def left_of(user: User) -> int | None:
    """How many of the person's codes are unused; None where no app is known."""
    known = dict(Authenticator.objects.filter(user=user).values_list("type", "data"))
    if Authenticator.Type.TOTP not in known:
        return None
    return len(known.get(KIND, {}).get("digests", ()))


class RecoveryBackend:
    """Lets a code be tried through Django's door, where wrong tries are counted with those of signing in."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, recovery_secret: str | None = None
    ) -> User | None:
        """The person whose code it is; the code is used up, with an entry in the log."""
        if username is None or recovery_secret is None:
            return None
        with transaction.atomic():
            rows = Authenticator.objects.select_for_update().select_related("user")
            own = rows.filter(user__username=username, user__is_active=True, type=KIND).first()
            if own is None:
                return None
            typed = digest(own.data["salt"], recovery_secret)
            left = [one for one in own.data["digests"] if not hmac.compare_digest(one, typed)]
            if len(left) == len(own.data["digests"]):
                return None
            own.data = {**own.data, "digests": left}
            own.last_used_at = timezone.now()
            own.save(update_fields=["data", "last_used_at"])
            user: Any = own.user
            record(
                "identity.use_recovery_code",
                f"user:{user.pk}",
                actor=user.username,
                data={"username": user.username, "left": len(left)},
            )
        found: User = user
        return found

    def get_user(self, pk: Any) -> User | None:
        """Nobody stays signed in by a code alone."""
        return None
