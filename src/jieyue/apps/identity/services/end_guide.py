"""End the steps of the first visit: who has seen them is not shown them again."""

from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User


def end_guide(user: User, *, actor: str) -> None:
    """Keep that the person has seen the steps; a second time changes nothing."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, guided=False).update(guided=True):
            record("identity.end_guide", f"user:{user.pk}", actor=actor)
