"""The reader's own main, on a disk that refuses its answer (started by `faults.no_room_for_the_reader`)."""

import errno
import sys

from jieyue.apps.exchange import reader_child


class _Full:
    """A standard output on a full disk."""

    def write(self, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


class _Stdout:
    buffer = _Full()


if __name__ == "__main__":
    sys.stdout = _Stdout()  # type: ignore[assignment]
    sys.exit(reader_child.main())
