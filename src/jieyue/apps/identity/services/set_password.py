"""Choose a password: with the code of a slip, or in place of the old one."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import Activation, User
from jieyue.apps.identity.services.end_sessions import end_all
from jieyue.apps.publication.errors import RefusedError


def activate(user: User, password: str) -> None:
    """Open the account of who showed the right code (see `CodeBackend`); the code is used up.

    Raises RefusedError for a password that the rules refuse (the code stays good), or a code used meanwhile.
    """
    _checked(user, password)
    now = timezone.now()
    with transaction.atomic():
        used = Activation.objects.filter(user=user, used_at=None, expires_at__gt=now).update(used_at=now)
        if used != 1:
            raise RefusedError(
                "code_used",
                zh="激活码已用过或已过期，请向上一级要新的",
                en="the code was used or is out of date; ask the next level up for a new one",
            )
        user.set_password(password)
        user.save(update_fields=["password"])
        record(
            "identity.activate",
            f"user:{user.pk}",
            actor=user.username,
            data={"username": user.username, **end_all(user)},
        )


def change_password(user: User, new: str, *, keep: str = "") -> None:
    """Another password for who has shown the old one; sessions but `keep` end and tokens are taken back."""
    _checked(user, new)
    with transaction.atomic():
        user.set_password(new)
        user.save(update_fields=["password"])
        record(
            "identity.change_password",
            f"user:{user.pk}",
            actor=user.username,
            data={"username": user.username, **end_all(user, keep=keep)},
        )


def _checked(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        text = " ".join(error.messages)  # in the language of the page
        raise RefusedError("password", zh=text, en=text) from error
