"""Give an account a new activation code: the old password, sessions and tokens end; the second factor stays."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.activation import new_secret, plain_code
from jieyue.apps.identity.authority import Authority
from jieyue.apps.identity.models import Activation, User
from jieyue.apps.identity.services.end_sessions import end_all
from jieyue.apps.publication.errors import RefusedError


@dataclass(frozen=True)
class Slip:
    """What is printed for a person, this once: nobody can read the code again."""

    user: User
    code: str
    expires_at: datetime


def new_code(user: User, *, actor: str, by: Authority | None, reason: str = "") -> Slip:
    """A code for the account, good once and for as many days as the setting says.

    by: the authority of who asks; None only for the command line's operator.
    """
    now = timezone.now()
    code = new_secret()
    digest = make_password(plain_code(code))
    until = now + timedelta(days=settings.JIEYUE_ACTIVATION_DAYS)
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if by is not None and not by.may_reset(locked, locked.grants.all()):
            raise RefusedError(
                "not_yours",
                zh=f"{locked.username} 的授权不都在你的管理范围内，新激活码须由上一级发给",
                en=f"{locked.username} has rights that are not yours to give: the next level up gives a new code",
            )
        had_password = locked.has_usable_password()
        locked.set_unusable_password()
        locked.save(update_fields=["password"])
        ended = end_all(locked)
        Activation.objects.update_or_create(
            user=locked,
            defaults={
                "digest": digest,
                "made_at": now,
                "expires_at": until,
                "used_at": None,
                "made_by": actor,
            },
        )
        record(
            "identity.new_code",
            f"user:{locked.pk}",
            actor=actor,
            after={"expires": until.isoformat()},
            reason=reason,
            data={
                "username": locked.username,
                "had_password": had_password,
                **ended,
            },
        )
    return Slip(locked, code, until)
