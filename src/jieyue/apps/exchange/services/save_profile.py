"""Keep a mapping profile under a name."""

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.models import Profile
from jieyue.apps.exchange.profile import MappingProfile, dump, parse


def save_profile(name: str, profile: MappingProfile, *, actor: str) -> Profile:
    """Add a version of the profile; earlier ones stay, because batches were read by them.

    Raises `ProfileError` if it would not read back.
    """
    text = dump(profile)
    parse(text)
    with transaction.atomic():
        row = Profile.objects.create(
            name=name, kind=profile.kind or "returns", text=text, by=actor, at=timezone.now()
        )
        record("exchange.profile", f"profile:{row.id}", actor=actor, after=text, data={"name": name})
    return row
