"""A disk under the write-ahead log that forgets: what is not flushed may be lost, cut or come in another order."""

import os
import random
from dataclasses import dataclass, field
from pathlib import Path

from jieyue.store.log_reader import LogReader
from jieyue.store.log_record import Entry
from jieyue.store.segments import SegmentFiles

SECTOR = 512


class PowerCut(BaseException):
    """The power goes."""


@dataclass
class _File:
    """durable: what is surely on the disk; written: all of it, as programs see it; named: its name is flushed."""

    durable: bytes = b""
    written: bytearray = field(default_factory=bytearray)
    named: bool = False


class ForgetfulFiles(SegmentFiles):
    """Holds segments in memory; the power goes at the `cut_at`-th call that touches the disk."""

    def __init__(self, cut_at: int | None = None) -> None:
        self.files: dict[Path, _File] = {}
        self.calls, self._cut_at = 0, cut_at
        self._open: dict[int, Path] = {}

    def _step(self) -> None:
        self.calls += 1
        if self._cut_at is not None and self.calls >= self._cut_at:
            raise PowerCut

    def make_folder(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)

    def free(self, path: Path) -> float:
        return 1.0

    def create(self, path: Path) -> int:
        self._step()
        self.files[path] = _File()
        number = 1_000_000 + len(self._open)
        self._open[number] = path
        return number

    def write(self, descriptor: int, data: bytes) -> None:
        file = self.files[self._open[descriptor]]
        if self._cut_at is not None and self.calls + 1 >= self._cut_at:
            file.written += data[: len(data) // 2]
        self._step()
        file.written += data

    def cut(self, descriptor: int, size: int) -> None:
        self._step()
        del self.files[self._open[descriptor]].written[size:]

    def sync(self, descriptor: int) -> None:
        self._step()
        file = self.files[self._open[descriptor]]
        file.durable = bytes(file.written)

    def sync_folder(self, path: Path) -> None:
        self._step()
        for name, file in self.files.items():
            file.named |= name.parent == path

    def close(self, descriptor: int) -> None:
        if descriptor not in self._open:
            os.close(descriptor)

    def remove(self, path: Path) -> None:
        self.files.pop(path, None)

    def after_the_cut(self, root: Path, rng: random.Random) -> LogReader:
        """Put what is left of it into a folder, and the product's own reader over it."""
        for path, file in self.files.items():
            if not file.named and rng.random() < 0.5:
                continue
            target = root / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_left_of(file, rng))
        return LogReader(root)


def _left_of(file: _File, rng: random.Random) -> bytes:
    """Flushed bytes whole; of the others each sector is there, lost (zeros) or torn, whatever came after it."""
    left = bytearray(file.durable)
    at = len(left)
    kept_to = at
    while at < len(file.written):
        end = min(at + SECTOR - at % SECTOR, len(file.written))
        part = bytes(file.written[at:end])
        fate = rng.random()
        kept = part if fate < 0.5 else part[: rng.randrange(len(part))] if fate < 0.75 else b""
        left += kept + bytes(len(part) - len(kept))
        kept_to = at + len(kept) if kept else kept_to
        at = end
    return bytes(left[: kept_to if rng.random() < 0.7 else len(left)])


def entry(number: int, size: int = 300) -> Entry:
    """An entry with a payload of its own, which holds the mark of records too."""
    return Entry(
        "token:1", f"k{number}", f"d{number}", {"n": number}, (b"RC01" + bytes([number % 256])) * (size // 5)
    )


def numbers(reader: LogReader) -> list[int]:
    """Which entries are there, in their order."""
    return [record.entry.about["n"] for segment in reader.segments() for record in segment.found.records]


def damages(reader: LogReader) -> list[tuple[str, int]]:
    """Segments and places that are named as damaged."""
    return [(segment.name, hurt.offset) for segment in reader.segments() for hurt in segment.found.damages]
