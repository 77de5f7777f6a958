"""Give a program a key of its own."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import ApiToken, User
from jieyue.apps.identity.scope import grants_of, verbs_of
from jieyue.apps.identity.tokens import PREFIX, digest_of
from jieyue.apps.publication.errors import RefusedError

LONGEST = 366


def issue_token(
    user: User, name: str, *, days: int, actor: str, verbs: Sequence[str] = ("view",)
) -> tuple[ApiToken, str]:
    """A token of the user with some of the user's verbs; returns it and its secret, which is shown this once.

    days: 1 to 366. Raises RefusedError for another span, a verb that the user does not have, or a blank name.
    """
    if not name.strip():
        raise RefusedError("token_name", zh="请给令牌起个名字，写明给谁用", en="name the token: who uses it")
    if not 1 <= days <= LONGEST:
        raise RefusedError(
            "token_days", zh=f"令牌有效期为 1–{LONGEST} 天", en=f"a token lives 1 to {LONGEST} days"
        )
    held = {verb for one in grants_of(user) for verb in verbs_of(one)}
    foreign = sorted(set(verbs) - held)
    if foreign or not verbs:
        raise RefusedError(
            "token_verbs",
            zh=f"{user} 没有这些权限：{', '.join(foreign) or '（未给出）'}；可给：{', '.join(sorted(held))}",
            en=f"{user} may not: {', '.join(foreign) or '(none given)'}; may: {', '.join(sorted(held))}",
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        made = ApiToken.objects.create(
            user=user,
            name=name.strip()[:80],
            digest=digest_of(secret),
            verbs=sorted(set(verbs)),
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        record(
            "identity.issue_token",
            f"user:{user.pk}",
            actor=actor,
            after={"name": made.name, "verbs": made.verbs, "expires": made.expires_at.isoformat()},
            data={"token": made.pk},
        )
    return made, secret
