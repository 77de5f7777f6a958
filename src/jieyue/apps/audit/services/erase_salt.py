"""Destroy the salt of an object: what the log's entries hold of a person then says nothing to anybody."""

from django.db import transaction

from jieyue.apps.audit.models import LogSalt
from jieyue.apps.audit.services.record import record
from jieyue.domain.errors import DomainError


class NoSaltError(DomainError):
    """Nothing of a person is kept about the object, or its salt was destroyed already."""

    def __init__(self, obj: str) -> None:
        super().__init__(
            "no_salt",
            zh=f"{obj} 没有盐：日志里没有关于它的加盐摘要，或已经销毁；请核对写法，如 user:12、jointreview:3",
            en=f"{obj} has no salt: the log holds no salted digest about it, or the salt was destroyed; check how it "
            "is written, as in user:12 or jointreview:3",
        )


def erase_salt(obj: str, *, actor: str, reason: str = "") -> None:
    """Destroy it, for good; the entries stay as they are and the log verifies. Raises NoSaltError."""
    with transaction.atomic():
        gone, _each = LogSalt.objects.filter(object=obj).delete()
        if not gone:
            raise NoSaltError(obj)
        record("audit.erase_salt", obj, actor=actor, reason=reason)
