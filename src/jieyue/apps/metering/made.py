"""Tables that were derived and are not stored yet: a few in memory, what is beyond them in a file that has no name.

A month of a large city is several times the memory of the machine; each step of a derivation takes the tables one after
another, as often as it likes. A stop leaves nothing behind.
"""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

import pyarrow as pa

from jieyue.store.errors import disk_errors

#: Rows that stay in memory: 4,000 points × a month of hours, some 150 MB.
ROWS: Final = 3_000_000
_SQUEEZED: Final = pa.ipc.IpcWriteOptions(compression="lz4")


class Made:
    """Tables in the order in which they were added. folder: where there is room for the file."""

    def __init__(self, folder: Path, tables: Iterable[pa.Table] = ()) -> None:
        self._folder = folder
        self._kept: list[pa.Table] = []
        self._file: IO[bytes] | None = None
        self._places: list[int] = []
        self.rows = 0
        for table in tables:
            self.add(table)

    @property
    def is_small(self) -> bool:
        """Whether all of it is in memory."""
        return self._file is None

    def add(self, table: pa.Table) -> None:
        """One more; in memory as long as there is room."""
        self.rows += table.num_rows
        if self._file is None and self.rows <= ROWS:
            self._kept.append(table)
            return
        with disk_errors("intervals", self._folder):
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 goes with this object
            self._file.seek(0, 2)
            self._places.append(self._file.tell())
            with pa.ipc.new_stream(self._file, table.schema, options=_SQUEEZED) as out:
                out.write_table(table)

    def __iter__(self) -> Iterator[pa.Table]:
        yield from self._kept
        for place in self._places:
            assert self._file is not None
            self._file.seek(place)
            yield pa.ipc.open_stream(self._file).read_all()
