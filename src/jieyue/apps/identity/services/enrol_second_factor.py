"""Make an authenticator app known as the person's second factor, with the recovery codes that stand in for it."""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.db import transaction

from jieyue.apps.audit.services.record import record
from jieyue.apps.identity.models import User
from jieyue.apps.identity.recovery import keep_codes, new_codes
from jieyue.apps.identity.second_factor import counter_of
from jieyue.apps.publication.errors import RefusedError


def enrol_second_factor(user: User, secret: str, code: str) -> list[str]:
    """Keep the secret, encrypted, once the app has shown a code of it; returns the recovery codes, shown this once.

    Raises RefusedError for a wrong code.
    """
    counter = counter_of(secret, code)
    if counter is None:
        raise RefusedError(
            "wrong_code",
            zh="验证码不对，请核对手机的时间，再输入应用中当前的 6 位数字",
            en="the code is wrong: check the phone's clock and type the six digits that the app shows now",
        )
    codes = new_codes()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
            raise RefusedError("factor_known", zh="第二因素已经登记过", en="a second factor is known already")
        data = {"secret": encrypt(secret), "last": counter}
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=data)
        keep_codes(user, codes)
        record(
            "identity.enrol_second_factor",
            f"user:{user.pk}",
            actor=user.username,
            data={"username": user.username, "recovery_codes": len(codes)},
        )
    return codes


def renew_recovery_codes(user: User) -> list[str]:
    """Ten new codes for who has just shown his app; the old ones open nothing any more."""
    codes = new_codes()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
            raise RefusedError("factor_unknown", zh="还没有登记第二因素", en="no second factor is known yet")
        keep_codes(user, codes)
        record(
            "identity.renew_recovery_codes",
            f"user:{user.pk}",
            actor=user.username,
            data={"username": user.username, "recovery_codes": len(codes)},
        )
    return codes
