"""Files that only grow, behind one class: the write-ahead log touches the disk here and nowhere else."""

import contextlib
import os
from pathlib import Path

from jieyue.store import disk


class SegmentFiles:
    """A folder on a local disk with POSIX durability; another store is another class with these methods."""

    def make_folder(self, path: Path) -> None:
        """Make a folder and flush its name in its parent."""
        path.mkdir(parents=True, exist_ok=True)
        self.sync_folder(path.parent)

    def create(self, path: Path) -> int:
        """A new empty file to write to; its descriptor."""
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def write(self, descriptor: int, data: bytes) -> None:
        """Append all of it."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def cut(self, descriptor: int, size: int) -> None:
        """Take back what was written beyond `size`."""
        os.ftruncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        """Flush a file to the disk."""
        os.fsync(descriptor)

    def sync_folder(self, path: Path) -> None:
        """Flush a folder's names to the disk."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def close(self, descriptor: int) -> None:
        """Let the file go, flushed or not."""
        with contextlib.suppress(OSError):
            os.close(descriptor)

    def free(self, path: Path) -> float:
        """The share of the disk that is free (`store/disk.py`)."""
        return disk.free_share(path)

    def names(self, folder: Path) -> list[str]:
        """Sorted names in a folder; none if it does not exist."""
        try:
            return sorted(entry.name for entry in folder.iterdir())
        except FileNotFoundError:
            return []

    def read(self, path: Path, length: int = -1) -> bytes:
        """The file's bytes, or the first of them."""
        with path.open("rb") as file:
            return file.read(length)

    def remove(self, path: Path) -> None:
        """Remove a file if it is there."""
        path.unlink(missing_ok=True)
