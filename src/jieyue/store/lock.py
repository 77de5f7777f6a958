"""One lock for all changes of a lake: publish, fold and compact never run side by side.

At desk size it is `flock` on `<lake>/.lock`. On PostgreSQL the office injects an advisory lock as `outer`, taken
before the file lock, so that processes on several hosts with one database exclude one another too.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Final

from jieyue.store.errors import LakeBusy

OuterLock = Callable[[], AbstractContextManager[object]]
_POLL_SECONDS: Final = 0.02


class LakeLock:
    """Re-entrant in its thread, exclusive among threads and processes."""

    def __init__(self, folder: Path, outer: OuterLock | None = None) -> None:
        self._path = folder / ".lock"
        self._outer = outer or nullcontext
        self._threads = threading.RLock()
        self._depth = 0
        self._descriptor: int | None = None
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """A forked child holds no lock; closing its copy leaves the parent's lock as it is."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._threads, self._depth, self._descriptor = threading.RLock(), 0, None

    @contextmanager
    def hold(self, timeout: float | None = None) -> Iterator[None]:
        """Hold the lock; wait at most `timeout` seconds (None: as long as it takes), else LakeBusy."""
        deadline = None if timeout is None else time.monotonic() + timeout
        if not self._threads.acquire(timeout=-1 if timeout is None else timeout):
            raise self._busy()
        try:
            if self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            with self._outer(), self._file_lock(deadline):
                self._depth = 1
                try:
                    yield
                finally:
                    self._depth = 0
        finally:
            self._threads.release()

    @property
    def held(self) -> bool:
        """Whether this process holds the lock now."""
        return self._depth > 0

    @contextmanager
    def _file_lock(self, deadline: float | None) -> Iterator[None]:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        try:
            self._wait(descriptor, deadline)
            self._descriptor = descriptor
            yield
        finally:
            self._descriptor = None
            os.close(descriptor)

    def _wait(self, descriptor: int, deadline: float | None) -> None:
        if deadline is None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            return
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise self._busy() from None
                time.sleep(_POLL_SECONDS)
            else:
                return

    def _busy(self) -> LakeBusy:
        return LakeBusy(
            f"数据湖正被另一进程写入（{self._path}），请稍后重试",
            f"another process is writing the lake ({self._path}); try again later",
            file=self._path,
        )
