"""Make the link of a wall display."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import WallDevice
from jieyue.apps.identity.services.issue_token import LONGEST
from jieyue.apps.identity.tokens import digest_of
from jieyue.apps.identity.walls import PREFIX
from jieyue.apps.publication.errors import RefusedError


def issue_wall(
    name: str, scope: str, *, days: int, actor: str, indicator: str = ""
) -> tuple[WallDevice, str]:
    """A device bound to a scope; returns it and its secret, which is shown this once.

    That the actor may see the scope is for the door to ask. Raises RefusedError for a blank name, or days that are
    not 1 to 366.
    """
    if not name.strip():
        raise RefusedError(
            "wall_name",
            zh="请写明大屏在哪里，如“一楼大厅”",
            en="say where the screen hangs, as “entrance hall”",
        )
    if not 1 <= days <= LONGEST:
        raise RefusedError(
            "wall_days", zh=f"链接有效期为 1–{LONGEST} 天", en=f"a link lives 1 to {LONGEST} days"
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        made = WallDevice.objects.create(
            name=name.strip()[:80],
            digest=digest_of(secret),
            scope=scope,
            indicator=indicator,
            made_by=actor,
            made_at=now,
            expires_at=now + timedelta(days=days),
        )
        record(
            "identity.issue_wall",
            f"wall:{made.pk}",
            actor=actor,
            after={"name": made.name, "scope": scope, "expires": made.expires_at.isoformat()},
            data={"name": made.name, "scope": scope, "days": days},
        )
    return made, secret
