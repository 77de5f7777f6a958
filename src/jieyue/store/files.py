"""The file system under the lake, behind one class: the only place that writes, flushes, lists and removes.

Another store (object storage through fsspec) is another class with these methods; the rest does not change.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stat:
    """What tells one state of a file from another: size [bytes], times [ns], inode."""

    size: int
    modified: int
    changed: int
    inode: int


def _state(path: str) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - of thousands, a Path each costs as much again
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


class LocalFiles:
    """A folder on a local disk with POSIX durability: flush the file, then the folder that names it."""

    def write_new(self, path: Path, data: bytes | memoryview, *, durable: bool = True) -> None:
        """Write a whole file under a temporary name, flush it, give it its name; all or nothing.

        `durable=False` leaves out the flush for files whose loss costs only time.
        """
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            with temporary.open("wb", buffering=0) as file:
                view = memoryview(data)
                while view:
                    view = view[file.write(view) :]
                if durable:
                    os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def sync(self, path: Path) -> None:
        """Flush a file, or a folder's names, to the disk."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_folder(self, path: Path, top: Path) -> None:
        """Create a folder below `top` with its parents; each new name is flushed in its parent."""
        missing = []
        while path != top and not path.is_dir():
            missing.append(path)
            path = path.parent
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            self.sync(folder.parent)

    def read(self, path: Path) -> bytes | None:
        """The file's bytes, None if there is none."""
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def stat(self, path: Path) -> Stat | None:
        """Size, times and inode, None if there is no such file."""
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        return Stat(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)

    def states(self, paths: Iterable[str]) -> tuple[tuple[int, ...] | None, ...]:
        """What `stat` tells of each of many files, as plain numbers."""
        return tuple(map(_state, paths))

    def names(self, folder: Path) -> list[str]:
        """Sorted names in a folder; none if it does not exist."""
        try:
            return sorted(entry.name for entry in folder.iterdir())
        except FileNotFoundError:
            return []

    def edges(self, path: Path, length: int) -> tuple[bytes, bytes]:
        """The first and last bytes of a file."""
        with path.open("rb") as file:
            head = file.read(length)
            file.seek(-min(length, path.stat().st_size), os.SEEK_END)
            return head, file.read(length)

    def sha256(self, path: Path) -> str:
        """SHA-256 of the file, as 64 hexadecimal digits."""
        with path.open("rb", buffering=0) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # one buffer: new ones cost as much again

    def move_aside(self, path: Path, folder: Path) -> Path:
        """Take a damaged file out of the way without losing it; needs no room."""
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / path.name
        number = 0
        while target.exists():
            number += 1
            target = folder / f"{path.name}.{number}"
        path.rename(target)
        self.sync(path.parent)
        return target

    def remove(self, path: Path) -> None:
        """Remove a file if it is there."""
        path.unlink(missing_ok=True)
