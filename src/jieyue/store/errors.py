"""What can go wrong in the lake. Every error says where, what, and how to mend it, in Chinese and English."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

FULL_ERRNOS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# delta-rs reports operating-system errors as text only.
FULL_TEXTS: Final = tuple(f"(os error {number})" for number in sorted(FULL_ERRNOS))


class LakeError(Exception):
    """Base of all lake errors; `table` and `file` name the place where they are known."""

    code: ClassVar[str] = "lake"

    def __init__(self, zh: str, en: str, *, table: str = "", file: str | Path = "") -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en
        self.table = table
        self.file = str(file)


class LakeCorrupt(LakeError):  # noqa: N818
    """Stored bytes are not what was written: missing, cut or altered. Never answered with a sum."""

    code = "lake.corrupt"


class LakeFull(LakeError):  # noqa: N818
    """No room on the disk. The state before is intact; repeat the call when there is room."""

    code = "lake.full"


class LakeWriteFailed(LakeError):  # noqa: N818
    """The disk refused a write or a flush. Repeating the call with the same transaction is safe."""

    code = "lake.write"


class LakeBusy(LakeError):  # noqa: N818
    """Another process holds the lake lock for longer than the caller would wait."""

    code = "lake.busy"


class LakeSchemaError(LakeError):
    """Rows and table do not fit: unknown table or column, wrong type, null where none may be."""

    code = "lake.schema"


class LakeQueryError(LakeError):
    """A query text is unknown, its parameters do not fit, or the engine refused it."""

    code = "lake.query"


class LakeEngineError(LakeError):
    """The engine cannot be had: its library, Java, or the cluster is missing."""

    code = "lake.engine"


def corrupt_file(table: str, file: str | Path, zh: str, en: str) -> LakeCorrupt:
    """A damaged or missing file, with the way to mend it."""
    return LakeCorrupt(
        f"数据湖表 {table} 的文件 {file} {zh}；请从备份恢复该文件，再运行 jieyue doctor",
        f"file {file} of lake table {table} {en}; restore this file from a backup, then run jieyue doctor",
        table=table,
        file=file,
    )


def disk_full(table: str, file: str | Path) -> LakeFull:
    """No room: says what was being written and that nothing was changed."""
    return LakeFull(
        f"磁盘已满，无法写入数据湖表 {table}（{file}）；已有数据未受影响，腾出空间后重试即可",
        f"the disk is full, cannot write lake table {table} ({file}); stored data are untouched, "
        f"make room and repeat",
        table=table,
        file=file,
    )


@contextmanager
def disk_errors(table: str, file: str | Path) -> Iterator[None]:
    """Turn operating-system and delta-rs write errors into LakeFull or LakeWriteFailed."""
    try:
        yield
    except LakeError:
        raise
    except Exception as error:
        if getattr(error, "errno", None) in FULL_ERRNOS or any(text in str(error) for text in FULL_TEXTS):
            raise disk_full(table, file) from error
        if isinstance(error, OSError):
            raise LakeWriteFailed(
                f"写入数据湖表 {table}（{file}）失败：{error}；请检查磁盘后重试",
                f"writing lake table {table} ({file}) failed: {error}; check the disk and repeat",
                table=table,
                file=file,
            ) from error
        raise
