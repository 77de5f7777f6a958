"""The write-ahead log of one process: what is acknowledged is on the disk; several callers share one flush.

`<root>/<owner>/` holds segments `00000001.log`, …; the process keeps `<owner>/.lock` as long as it lives. A caller
appends and waits until its bytes are flushed: the first that waits flushes for all that came by then, the others go
with it or with the next flush, so that nobody waits for more than two. A flush that failed says nothing of what is on
the disk, so the log takes nothing more until the process begins anew. Without room an entry is taken back and refused;
the next one is tried again.
"""

import fcntl
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from jieyue.store.disk import LOW
from jieyue.store.errors import FULL_ERRNOS, LakeError, LakeFull, LakeWriteFailed
from jieyue.store.failpoint import failpoint
from jieyue.store.log_record import HEAD_BYTES, LARGEST, Entry, head, pack
from jieyue.store.segments import SegmentFiles

SEGMENT_BYTES: Final = 16 << 20
LOCK: Final = ".lock"


class LogStopped(LakeError):  # noqa: N818
    """A flush failed once: nothing is acknowledged any more until the process begins anew."""

    code = "log.stopped"


@dataclass(frozen=True)
class Place:
    """Where an entry stands: owner and segment as one text, and the byte at which it begins."""

    segment: str
    offset: int


@contextmanager
def folders_lock(root: Path) -> Iterator[None]:
    """Held while a process's folder is made or taken away."""
    descriptor = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@dataclass
class _Segment:
    """The segment that grows. size: where the next record goes; flushed: so much of it is on the disk.

    ended: what a refused entry left could not be taken back, so nothing may follow it here.
    """

    number: int
    path: Path
    descriptor: int
    salt: bytes
    size: int = HEAD_BYTES
    flushed: int = HEAD_BYTES
    ended: bool = False


class WriteLog:
    """Appends entries durably. One for a process; its methods may be called from many threads."""

    def __init__(
        self,
        root: Path,
        owner: str | None = None,
        *,
        files: SegmentFiles | None = None,
        segment_bytes: int = SEGMENT_BYTES,
        low: float = LOW,
    ) -> None:
        self.owner = owner or f"{os.getpid()}-{secrets.token_hex(6)}"
        self.folder = root / self.owner
        self._root, self._files = root, files or SegmentFiles()
        self._limit, self._low = segment_bytes, low
        self._turn = threading.Condition()
        self._lock: int | None = None
        self._segment: _Segment | None = None
        self._flushing = self._closed = False
        self._fault: OSError | None = None

    def append(self, entry: Entry) -> Place:
        """Put an entry on the disk; when this returns it is there, also after a loss of power.

        Raises LakeFull (no room; nothing was taken), LakeWriteFailed (nothing was taken), LogStopped (unknown).
        """
        body = entry.encode()
        if len(body) > LARGEST:
            raise LakeWriteFailed(
                "一次送来的数据过大，请分批发送",
                "the packet is too large; send it in parts",
                file=self.folder,
            )
        with self._turn:
            self._check()
            segment, offset = self._write(body)
            failpoint("log.before_flush")
            self._wait(segment, segment.size)
        failpoint("log.after_flush")
        return Place(f"{self.owner}/{segment.path.name}", offset)

    @property
    def stopped(self) -> bool:
        """Whether a flush has failed: nothing is taken any more."""
        return self._fault is not None

    def close(self) -> None:
        """Flush, and let the folder go to whoever empties it."""
        with self._turn:
            segment = self._segment
            if segment is not None and self._fault is None:
                self._wait(segment, segment.size)
            self._closed, self._segment = True, None
            for descriptor in (segment.descriptor if segment else None, self._lock):
                if descriptor is not None:
                    self._files.close(descriptor)

    # The condition is held in what follows; `_wait` lets it go while the disk works.

    def _check(self) -> None:
        if self._fault is not None:
            raise self._stopped()
        if self._closed:
            raise LakeWriteFailed("写前日志已关闭", "the write-ahead log is closed", file=self.folder)
        if self._lock is None:
            self._take_folder()
        if self._files.free(self._root) < self._low:
            raise _full(self.folder)

    def _take_folder(self) -> None:
        with _refused(self.folder):
            self._files.make_folder(self._root)
            with folders_lock(self._root):
                self._files.make_folder(self.folder)
                lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(lock, fcntl.LOCK_EX)
        self._lock = lock

    def _write(self, body: bytes) -> tuple[_Segment, int]:
        segment = self._open_segment()
        offset = segment.size
        record = pack(segment.salt, offset, segment.flushed, body)
        try:
            with _refused(segment.path):
                self._files.write(segment.descriptor, record)
        except LakeError:
            self._take_back(segment)
            raise
        segment.size += len(record)
        return segment, offset

    def _take_back(self, segment: _Segment) -> None:
        try:
            self._files.cut(segment.descriptor, segment.size)
        except OSError:
            segment.ended = True

    def _open_segment(self) -> _Segment:
        """The segment that has room; a full one is flushed whole before the next one begins."""
        while True:
            full = self._segment
            if full is not None and full.size < self._limit and not full.ended:
                return full
            if full is not None and full.flushed < full.size:
                self._wait(full, full.size)
                continue  # others may have come meanwhile
            self._segment = self._begin(full)
            if full is not None:
                self._files.close(full.descriptor)

    def _begin(self, before: _Segment | None) -> _Segment:
        number = before.number + 1 if before else 1
        path, salt = self.folder / f"{number:08d}.log", secrets.token_bytes(8)
        descriptor: int | None = None
        try:
            with _refused(path):
                descriptor = self._files.create(path)
                self._files.write(descriptor, head(salt, before.size if before else 0))
        except LakeError:
            if descriptor is not None:
                self._files.close(descriptor)
            self._files.remove(path)
            raise
        try:
            self._files.sync(descriptor)
            self._files.sync_folder(self.folder)
        except OSError as error:
            self._files.close(descriptor)
            self._stop(error)
        failpoint("log.after_segment")
        return _Segment(number, path, descriptor, salt)

    def _wait(self, segment: _Segment, size: int) -> None:
        """Until the segment is flushed so far; the first to wait flushes for all who have written."""
        while segment.flushed < size:
            if self._fault is not None:
                raise self._stopped()
            if self._flushing:
                self._turn.wait()
            else:
                self._flush(segment)

    def _flush(self, segment: _Segment) -> None:
        size, fault = segment.size, None
        self._flushing = True
        self._turn.release()
        try:
            self._files.sync(segment.descriptor)
        except OSError as error:
            fault = error
        finally:
            self._turn.acquire()
            self._flushing = False
            self._turn.notify_all()
        if fault is not None:
            self._stop(fault)
        segment.flushed = size

    def _stop(self, fault: OSError) -> NoReturn:
        self._fault = fault
        raise self._stopped() from fault

    def _stopped(self) -> LogStopped:
        return LogStopped(
            f"写前日志 {self.folder} 落盘失败（{self._fault}），已停止接收；请检查磁盘，然后重启服务",
            f"flushing the write-ahead log {self.folder} failed ({self._fault}), nothing more is taken; "
            f"check the disk, then restart the service",
            file=self.folder,
        )


def _full(path: Path) -> LakeFull:
    return LakeFull(
        f"磁盘空间不足，写前日志（{path}）未接收这批数据；腾出空间后重发即可",
        f"the disk is short of room, the write-ahead log ({path}) did not take this packet; make room and send again",
        file=path,
    )


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """An operating system's error before anything was acknowledged: nothing was taken."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL_ERRNOS:
            raise _full(path) from error
        raise LakeWriteFailed(
            f"写前日志（{path}）写入失败：{error}；请检查磁盘后重发",
            f"writing the write-ahead log ({path}) failed: {error}; check the disk and send again",
            file=path,
        ) from error
