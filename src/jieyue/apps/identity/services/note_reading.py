"""Log that an auditor has read a page: one entry a view."""

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User


def note_reading(user: User, address: str, page: str) -> None:
    """The page, by its name and its address with what was asked."""
    with transaction.atomic():
        record(
            "identity.read",
            f"user:{user.pk}",
            actor=user.username,
            data={"page": page, "address": address[:500]},
        )
