"""Why the office cannot do its work just now, in words: a full disk, a lake or a database that does not answer.

Commands, pages and the interface for programs ask here, so that all of them say the same.
"""

import errno
from typing import Final

from django.db import InterfaceError, OperationalError
from django.db.migrations.exceptions import MigrationSchemaMissing

from jieyue.apps.publication.services.publish import PublicationPendingError
from jieyue.store.errors import FULL_ERRNOS, LakeCorrupt, LakeError

Words = tuple[str, str]

_REFUSALS: Final = frozenset({errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE})
_FULL: Final = (
    "磁盘已满，什么也没有改变；腾出空间后重试即可",
    "the disk is full and nothing was changed; make room and repeat",
)
_FULL_TEXTS: Final = ("disk is full", "No space left on device", "could not extend file")
_BUSY_TEXTS: Final = ("database is locked", "database table is locked")


def why_unavailable(error: BaseException) -> Words | None:
    """The reason in Chinese and English; None if the error is of another kind (bad input, damage, our mistake)."""
    if isinstance(error, PublicationPendingError):
        cause = why_unavailable(error.__cause__) if error.__cause__ is not None else None
        return (f"{error.zh}（{cause[0]}）", f"{error.en} ({cause[1]})") if cause else (error.zh, error.en)
    if isinstance(error, LakeError):
        return None if isinstance(error, LakeCorrupt) else (error.zh, error.en)
    if isinstance(error, OperationalError | InterfaceError | MigrationSchemaMissing):
        return _database(str(error))
    if isinstance(error, OSError):
        return _disk(error)
    return None


def why_damaged(error: BaseException) -> Words | None:
    """That a stored file is not what was written, for pages and programs; which file is said where it is mended."""
    if not isinstance(error, LakeCorrupt) and not isinstance(error.__cause__, LakeCorrupt):
        return None
    return (
        "数据湖里有文件与写入时不同，据它算不出可信的数，所以不显示；"
        "请系统管理员运行 jieyue doctor --deep，它说出是哪个文件、怎样恢复",
        "a file of the lake is not what was written, no figure made of it can be trusted, so none is shown; ask the "
        "system administrator to run jieyue doctor --deep, which says which file it is and how to restore it",
    )


def _disk(error: OSError) -> Words | None:
    if error.errno in FULL_ERRNOS:
        return _FULL
    if error.errno not in _REFUSALS:
        return None
    place = error.filename or ""
    return (
        f"系统拒绝读写 {place}：{error.strerror}；请检查磁盘和权限后重试",
        f"the system refuses to read or write {place}: {error.strerror}; check disk and permissions, then repeat",
    )


def _database(text: str) -> Words:
    first = text.strip().partition("\n")[0]
    if any(part in text for part in _FULL_TEXTS):
        return _FULL
    if any(part in text for part in _BUSY_TEXTS):
        return (
            "办公数据库正被另一进程写入，什么也没有改变；请稍后重试",
            "another process is writing the office database and nothing was changed; try again later",
        )
    return (
        f"办公数据库无法使用（{first}）；请检查数据库和磁盘后重试，已存入的行会算作重复",
        f"the office database is not usable ({first}); check database and disk, then repeat: what was stored "
        f"counts as duplicate",
    )
