"""Codes on printed slips: made at random, kept as a password is kept, asked for without saying who exists."""

import secrets
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest
from django.utils import timezone

from jieyue.apps.identity.models import Activation, User

#: No letter or digit that is taken for another one on paper: neither 0 and O nor 1, I and L.
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_GROUPS, _GROUP = 3, 4


def new_secret() -> str:
    """A code as it is printed, `7KQM-X2DA-93HP`: 59 random bits."""
    return printed_code(_GROUPS)


def printed_code(groups: int) -> str:
    """Groups of four random letters and digits."""
    made = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(groups))
    return "-".join(made)


def plain_code(typed: str) -> str:
    """What was typed, as it is hashed: capitals, without blanks and dashes.

    >>> plain_code(" 7kqm-x2da 93hp")
    '7KQMX2DA93HP'
    """
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def code_holder(username: str, code: str, now: datetime | None = None) -> Activation | None:
    """The unused code in force that user name and code open; None otherwise, for whatever reason.

    An unknown name, a wrong, used or outdated code and a locked account take the same way and one hash.
    """
    nobody = _nobody()
    found = Activation.objects.select_related("user").filter(user__username=username).first()
    right = check_password(plain_code(code), nobody if found is None else found.digest)
    if found is None or not right or found.used_at is not None or not found.user.is_active:
        return None
    return found if found.expires_at > (now or timezone.now()) else None


@cache
def _nobody() -> str:
    """The hash of a code that nobody has, so that an unknown name costs what a known one costs."""
    return make_password(secrets.token_urlsafe(20))


class CodeBackend:
    """Lets a code be tried through Django's door, where wrong tries are counted with those of signing in."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, code_secret: str | None = None
    ) -> User | None:
        """The person whose code it is. The name ends in `secret`, so Django masks it wherever it reports."""
        if username is None or code_secret is None:
            return None
        found = code_holder(username, code_secret)
        return None if found is None else found.user

    def get_user(self, pk: Any) -> User | None:
        """Nobody stays signed in by a code."""
        return None
