"""End a grant."""

from datetime import date

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import Grant
from jieyue.apps.identity.services.end_sessions import end_if_nothing_is_left
from jieyue.apps.identity.services.open_mandate import today
from jieyue.apps.publication.errors import RefusedError


def revoke(grant: int, day: date, *, actor: str, reason: str = "") -> None:
    """The grant holds no longer from `day` on; the days before stay as they were."""
    with transaction.atomic():
        found = Grant.objects.select_for_update().filter(pk=grant).first()
        if found is None or found.valid_to <= day:
            raise RefusedError(
                "unknown_grant",
                zh=f"{day} 起没有可收回的授权 {grant}",
                en=f"there is no grant {grant} in force on {day} or later",
            )
        before = {"from": str(found.valid_from), "to": str(found.valid_to)}
        # A grant that has not begun becomes empty: from = to, in force on no day.
        found.valid_to = max(day, found.valid_from)
        found.save(update_fields=["valid_to"])
        ended = end_if_nothing_is_left(found.user_id, today())
        record(
            "identity.revoke",
            f"user:{found.user_id}",
            actor=actor,
            before=before,
            after={"from": str(found.valid_from), "to": str(found.valid_to)},
            reason=reason,
            data={"grant": found.pk, "role": found.role, "node": found.node, "day": day.isoformat(), **ended},
        )
