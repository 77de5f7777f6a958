"""Create an account."""

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from jieyue.apps.audit.salts import salted
from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.publication.errors import RefusedError


def create_user(
    username: str,
    *,
    actor: str,
    password: str | None = None,
    real_name: str = "",
    language: str = "",
    email: str = "",
    reason: str = "",
) -> User:
    """Create an account without any grant. password None: it cannot sign in until one is set."""
    user = User(username=username, real_name=real_name, language=language, email=email)
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    try:
        user.clean_fields(exclude=["password"])
        user.validate_unique()
        if password is not None:
            validate_password(password, user)
    except ValidationError as error:
        text = "; ".join(error.messages)
        raise RefusedError(
            "user", zh=f"账号 {username} 不能建立：{text}", en=f"account {username} cannot be made: {text}"
        ) from error
    with transaction.atomic():
        user.save(force_insert=True)
        name = salted(f"user:{user.pk}", real_name)
        record(
            "identity.create_user",
            f"user:{user.pk}",
            actor=actor,
            after={"username": username, "real_name": name, "language": language},
            reason=reason,
            data={"username": username, "real_name": name},
        )
    return user


def one_time_password() -> str:
    """A password to hand over once: 20 characters, about 119 bits."""
    return secrets.token_urlsafe(15)
