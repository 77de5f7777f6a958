"""Tokens of programs: from the secret in a request to the user and the verbs it may use. Nothing is cached."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from jieyue.apps.identity.models import ApiToken, User

PREFIX = "jy_"


def digest_of(secret: str) -> str:
    """What is kept of a secret of 256 random bits: its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True)
class Caller:
    """Who asks through a token: its number and name, the user, and the verbs that it carries."""

    token: int
    name: str
    user: User
    verbs: frozenset[str]


def caller_of(secret: str, now: datetime | None = None) -> Caller | None:
    """The caller that a secret stands for, if the token is in force and its user is active; None otherwise."""
    if not secret.startswith(PREFIX):
        return None
    found = ApiToken.objects.select_related("user").filter(digest=digest_of(secret)).first()
    if found is None or found.revoked_at is not None or found.expires_at <= (now or timezone.now()):
        return None
    if not found.user.is_active:
        return None
    return Caller(found.pk, found.name, found.user, frozenset(found.verbs))


def tokens(username: str | None = None) -> list[ApiToken]:
    """All tokens, the newest first; of one user if named."""
    rows = ApiToken.objects.select_related("user").order_by("-id")
    return list(rows if username is None else rows.filter(user__username=username))
