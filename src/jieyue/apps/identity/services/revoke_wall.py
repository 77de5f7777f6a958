"""Take the link of a wall display back."""

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import WallDevice
from jieyue.apps.publication.errors import RefusedError


def revoke_wall(number: int, *, actor: str) -> None:
    """The link shows nothing from now on. Raises RefusedError if there is none or it was taken back before."""
    with transaction.atomic():
        found = WallDevice.objects.select_for_update().filter(pk=number, revoked_at=None).first()
        if found is None:
            raise RefusedError(
                "unknown_wall",
                zh=f"没有可收回的大屏链接 {number}",
                en=f"there is no link {number} of a wall display to take back",
            )
        found.revoked_at = timezone.now()
        found.save(update_fields=["revoked_at"])
        record(
            "identity.revoke_wall",
            f"wall:{number}",
            actor=actor,
            after={"revoked": found.revoked_at.isoformat()},
            data={"name": found.name, "scope": found.scope},
        )
