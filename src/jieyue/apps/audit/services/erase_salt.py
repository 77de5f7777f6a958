"""Destroy the salt of an object: its salted digests in the log's entries then say nothing to anybody.

What an entry holds in plain words, and the account or the minutes themselves, are not touched.
"""

from django.db import connection, transaction

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


def erase_salt(obj: str, *, actor: str, reason: str = "") -> bool:
    """Destroy it, for good; the entries stay as they are and the log verifies. Raises NoSaltError.

    Returns whether its bytes are gone from the files of the database too: of SQLite, unless somebody reads just now;
    PostgreSQL overwrites them in its own time.
    """
    with transaction.atomic(durable=True):
        gone, _each = LogSalt.objects.filter(object=obj).delete()
        if not gone:
            raise NoSaltError(obj)
        record("audit.erase_salt", obj, actor=actor, reason=reason)
    return _emptied()


def _emptied() -> bool:
    """Bring the overwritten pages from SQLite's write-ahead log into its file, and cut the log to nothing."""
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (busy, _pages, _moved) = cursor.fetchone()
    return not busy
