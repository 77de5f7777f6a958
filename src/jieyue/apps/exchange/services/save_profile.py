"""Keep a mapping profile under a name."""

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.models import Profile
from jieyue.apps.exchange.profile import MappingProfile, dump, parse
from jieyue.apps.publication.errors import RefusedError

_KINDS = {
    "returns": ("报表", "returns"),
    "institutions": ("名录", "the registry"),
    "summaries": ("综合表", "summary tables"),
}


def save_profile(name: str, profile: MappingProfile, *, actor: str) -> Profile:
    """Add a version of the profile; earlier ones stay, because batches were read by them.

    Raises `ProfileError` if it would not read back, RefusedError where a profile of another kind has the name.
    """
    text, kind = dump(profile), profile.kind or "returns"
    parse(text)
    with transaction.atomic():
        _refuse_taken(name, kind)
        row = Profile.objects.create(name=name, kind=kind, text=text, by=actor, at=timezone.now())
        record("exchange.profile", f"profile:{row.id}", actor=actor, after=text, data={"name": name})
    return row


def _refuse_taken(name: str, kind: str) -> None:
    other = Profile.objects.filter(name=name).exclude(kind=kind).values_list("kind", flat=True).first()
    if other is None:
        return
    zh, en = _KINDS.get(other, (other, other))
    raise RefusedError(
        "profile_name_taken",
        zh=f"“{name}”已是{zh}的映射方案，请换一个名称",
        en=f"{name!r} is a mapping of {en} already: choose another name",
    )
