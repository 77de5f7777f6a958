"""Take a program's key back."""

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import ApiToken
from jieyue.apps.publication.errors import RefusedError


def revoke_token(token: int, *, actor: str, reason: str = "") -> None:
    """The token opens nothing from now on. Raises RefusedError if there is none or it was revoked before."""
    with transaction.atomic():
        found = ApiToken.objects.select_for_update().filter(pk=token, revoked_at=None).first()
        if found is None:
            raise RefusedError(
                "unknown_token", zh=f"没有可收回的令牌 {token}", en=f"there is no token {token} to take back"
            )
        found.revoked_at = timezone.now()
        found.save(update_fields=["revoked_at"])
        record(
            "identity.revoke_token",
            f"user:{found.user_id}",
            actor=actor,
            after={"revoked": found.revoked_at.isoformat()},
            reason=reason,
            data={"token": found.pk, "name": found.name},
        )
