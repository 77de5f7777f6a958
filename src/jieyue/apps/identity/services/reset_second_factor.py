"""Forget a person's app and recovery codes: the act of the next level up when the phone is lost."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.authority import Authority
from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.end_sessions import end_all
from jieyue.apps.publication.errors import RefusedError


def reset_second_factor(user: User, *, actor: str, by: Authority | None, reason: str) -> None:
    """The next sign-in makes another app known; the password stays, sessions and tokens end.

    A new activation code is another act (`new_code`), which leaves the second factor: one act, or a slip in wrong
    hands, never opens both. by: None only for the command line's operator. Raises RefusedError.
    """
    if not reason.strip():
        raise RefusedError("reason_missing", zh="请写明为什么重置", en="say why the second factor is reset")
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if by is not None and not by.may_reset(locked, locked.grants.all()):
            raise RefusedError(
                "not_yours",
                zh=f"{locked.username} 的授权不都在你的管理范围内，第二因素须由上一级重置",
                en=f"{locked.username} has rights that are not yours to give: the next level up resets it",
            )
        removed, _ = Authenticator.objects.filter(user=locked).delete()
        if not removed:
            raise RefusedError("factor_unknown", zh="还没有登记第二因素", en="no second factor is known yet")
        record(
            "identity.reset_second_factor",
            f"user:{locked.pk}",
            actor=actor,
            reason=reason.strip()[:500],
            data={"username": locked.username, "factors_removed": removed, **end_all(locked)},
        )
