"""Links of wall displays: from the secret in an address to the device it stands for. Nothing is cached."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from jieyue.apps.identity.models import WallDevice
from jieyue.apps.identity.tokens import digest_of

#: What every secret begins with, so that a link found in a log is known for what it is.
PREFIX = "jw_"
ON, OVER, BACK = "on", "over", "back"


@dataclass(frozen=True)
class Device:
    """A screen: where it hangs, its scope, the indicator of its map (blank: several in turn), the state of its link."""

    number: int
    name: str
    scope: str
    indicator: str
    made_by: str
    expires_at: datetime
    state: str


def wall_of(secret: str, now: datetime | None = None) -> Device | None:
    """The device of a secret, if its link is in force; None for one that never was, is over or was taken back."""
    if not secret.startswith(PREFIX):
        return None
    row = WallDevice.objects.filter(digest=digest_of(secret)).first()
    device = None if row is None else _device(row, now)
    return device if device is not None and device.state == ON else None


def walls() -> list[Device]:
    """All devices, the newest first."""
    return [_device(row, None) for row in WallDevice.objects.order_by("-pk")]


def _device(row: WallDevice, now: datetime | None) -> Device:
    over = row.expires_at <= (now or timezone.now())
    state = BACK if row.revoked_at is not None else OVER if over else ON
    return Device(row.pk, row.name, row.scope, row.indicator, row.made_by, row.expires_at, state)
