"""The write-ahead logs of all processes as who empties them sees them: segments, their records, what may go.

A folder whose lock is free belongs to a process that has ended; its last segment grows no more. A segment is only
removed by who has stored its records durably elsewhere. One with damaged bytes is kept in `<root>/.aside/`.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from jieyue.store.log_record import HEAD_BYTES, Found, find, read_head
from jieyue.store.segments import SegmentFiles
from jieyue.store.write_log import LOCK, folders_lock

ASIDE = ".aside"
READING = ".reading"


@dataclass(frozen=True)
class Segment:
    """A segment of the log. name: `owner/00000001.log`; whole: nothing is written to it any more."""

    name: str
    path: Path
    found: Found
    whole: bool


class LogReader:
    """Reads and empties the logs under one folder; the caller lets one reader at a time do so."""

    def __init__(self, root: Path, files: SegmentFiles | None = None) -> None:
        self._root, self._files = root, files or SegmentFiles()

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody else empties the logs; as long as it is held nobody else does."""
        if not self._root.is_dir():
            yield False
            return
        descriptor = os.open(self._root / READING, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield _is_locked_now(descriptor)
        finally:
            os.close(descriptor)

    def segments(self) -> Iterator[Segment]:
        """All segments, one at a time, those of a process in their order."""
        for owner in self.owners():
            ended = not self._lives(owner)  # asked first: what it wrote until then is read
            names = self._names(owner)
            if not names:
                if ended:
                    self._drop_folder(self._root / owner)
                continue
            for name, following in zip(names, [*names[1:], ""], strict=True):
                yield self._read(owner, name, following, ended=ended)

    def owners(self) -> list[str]:
        """Folders of processes."""
        return [name for name in self._files.names(self._root) if not name.startswith(".")]

    def size(self) -> int:
        """Bytes of all segments."""
        paths = (self._root / owner / name for owner in self.owners() for name in self._names(owner))
        return sum(path.stat().st_size for path in paths if path.exists())

    def drop(self, segment: Segment) -> None:
        """Take a segment away whose records are stored; its folder too, if it was the last of an ended process."""
        if segment.found.damages:
            self._keep_aside(segment)
        else:
            self._files.remove(segment.path)
        self._drop_folder(segment.path.parent)

    def aside(self) -> list[Path]:
        """Segments with damaged bytes."""
        folder = self._root / ASIDE
        return [folder / name for name in self._files.names(folder)]

    def _read(self, owner: str, name: str, following: str, *, ended: bool) -> Segment:
        folder = self._root / owner
        said = read_head(self._files.read(folder / following, HEAD_BYTES)) if following else None
        data = self._files.read(folder / name)
        found = find(data, said[1] if said else None)
        return Segment(f"{owner}/{name}", folder / name, found, ended or said is not None)

    def _names(self, owner: str) -> list[str]:
        return [name for name in self._files.names(self._root / owner) if name.endswith(".log")]

    def _lives(self, owner: str) -> bool:
        """Whether the folder's lock is held."""
        try:
            descriptor = os.open(self._root / owner / LOCK, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return not _is_locked_now(descriptor)
        finally:
            os.close(descriptor)

    def _keep_aside(self, segment: Segment) -> None:
        folder = self._root / ASIDE
        folder.mkdir(exist_ok=True)
        segment.path.rename(folder / segment.name.replace("/", "-"))
        self._files.sync_folder(folder)
        self._files.sync_folder(segment.path.parent)

    def _drop_folder(self, folder: Path) -> None:
        with folders_lock(self._root):
            if self._names(folder.name) or self._lives(folder.name):
                return
            self._files.remove(folder / LOCK)
            with suppress(OSError):
                folder.rmdir()


def _is_locked_now(descriptor: int) -> bool:
    """Take the lock of an open file if nobody holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
