"""Just enough of the compound file format to look into an .xls before any parser does.

Read: the directory (macro storages, an encrypted package) and one stream (BIFF records of a workbook).
Source: [MS-CFB] 2.2 header, 2.3 sectors, 2.6 directory; [MS-XLS] 2.4.117 FilePass, 2.4.24 BoolErr,
2.4.127 Formula, 2.4.77 Date1904, 2.4.21 BOF. Every chain is bounded by the number of sectors, so that a
loop in a hostile file ends.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFFFFFA  # the first of the special sector numbers
_ENTRY = 128
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip


class BrokenFileError(Exception):
    """The compound file is cut short or its chains do not hold together."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One directory entry: name, kind (1 storage, 2 stream, 5 root), first sector, size in bytes."""

    name: str
    kind: int
    start: int
    size: int


class CompoundFile:
    """A compound file held in memory. Raises `BrokenFileError` for anything that does not fit."""

    def __init__(self, content: bytes) -> None:
        if len(content) < 512 or not content.startswith(MAGIC):
            raise BrokenFileError("no header")
        self._content = content
        shift = struct.unpack_from("<H", content, 30)[0]
        if shift not in (9, 12):
            raise BrokenFileError("sector size")
        self._sector = 1 << shift
        self._count = len(content) // self._sector
        self._fat = self._read_fat()
        first = struct.unpack_from("<I", content, 48)[0]
        self.entries = tuple(self._read_entries(self._chain(first)))

    def _at(self, sector: int) -> bytes:
        start = (sector + 1) * self._sector
        block = self._content[start : start + self._sector]
        if len(block) < self._sector:
            raise BrokenFileError("sector beyond the end")
        return block

    def _read_fat(self) -> list[int]:
        header = struct.unpack_from("<109I", self._content, 76)
        sectors = [number for number in header if number < _END]
        follow, rounds = struct.unpack_from("<I", self._content, 68)[0], 0
        while follow < _END:
            block = struct.unpack(f"<{self._sector // 4}I", self._at(follow))
            sectors += [number for number in block[:-1] if number < _END]
            follow, rounds = block[-1], rounds + 1
            if rounds > self._count:
                raise BrokenFileError("loop in the sector table")
        table: list[int] = []
        for number in sectors:
            table += struct.unpack(f"<{self._sector // 4}I", self._at(number))
        return table

    def _chain(self, start: int) -> bytes:
        parts: list[bytes] = []
        while start < _END:
            if len(parts) > self._count or start >= len(self._fat):
                raise BrokenFileError("chain does not end")
            parts.append(self._at(start))
            start = self._fat[start]
        return b"".join(parts)

    def _read_entries(self, raw: bytes) -> Iterator[Entry]:
        for offset in range(0, len(raw) - _ENTRY + 1, _ENTRY):
            length = struct.unpack_from("<H", raw, offset + 64)[0]
            kind = raw[offset + 66]
            if kind:
                name = raw[offset : offset + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
                start, size = struct.unpack_from("<IQ", raw, offset + 116)
                yield Entry(name, kind, start, size & 0xFFFFFFFF if self._sector == 512 else size)

    def stream(self, *names: str) -> bytes:
        """The first stream of one of the names, or empty bytes."""
        wanted = {name.casefold() for name in names}
        root = next((entry for entry in self.entries if entry.kind == 5), None)
        for entry in self.entries:
            if entry.kind == 2 and entry.name.casefold() in wanted:
                if entry.size >= 4096:
                    content = self._chain(entry.start)
                    if len(content) < entry.size:
                        raise BrokenFileError("stream cut short")
                    return content[: entry.size]
                return self._small(entry, root)
        return b""

    def _small(self, entry: Entry, root: Entry | None) -> bytes:
        """A stream under 4096 bytes lives in 64-byte pieces of the root entry's stream."""
        first = struct.unpack_from("<I", self._content, 60)[0]
        raw = self._chain(first)
        table = struct.unpack(f"<{len(raw) // 4}I", raw)
        pool = self._chain(root.start) if root else b""
        parts: list[bytes] = []
        number = entry.start
        while number < _END:
            if number >= len(table) or len(parts) > len(table):
                raise BrokenFileError("chain does not end")
            parts.append(pool[number * 64 : number * 64 + 64])
            number = table[number]
        return b"".join(parts)[: entry.size]


def records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """BIFF records of a workbook stream: (offset, record type, content)."""
    position, end = 0, len(stream)
    while position + 4 <= end:
        kind, length = struct.unpack_from("<HH", stream, position)
        yield position, kind, stream[position + 4 : position + 4 + length]
        position += 4 + length


@dataclass(frozen=True, slots=True)
class BiffFacts:
    """What the parser does not tell: encryption, the date system, cells that hold an error value."""

    encrypted: bool
    date_1904: bool
    errors: tuple[tuple[int, int, int, str], ...]  # sheet index, row and column from 0, text


def biff_facts(stream: bytes) -> BiffFacts:
    """Look through the records of a BIFF8 workbook stream."""
    encrypted = date_1904 = False
    errors: list[tuple[int, int, int, str]] = []
    sheet_of_offset: dict[int, int] = {}
    sheet = -1
    for offset, kind, body in records(stream):
        if kind == 0x002F:
            encrypted = True
            break  # what follows is ciphertext
        if kind == 0x0085 and len(body) >= 6:  # BOUNDSHEET
            sheet_of_offset.setdefault(struct.unpack_from("<I", body)[0], len(sheet_of_offset))
        elif kind == 0x0809:  # BOF
            sheet = sheet_of_offset.get(offset, sheet)
        elif kind == 0x0022 and len(body) >= 2:
            date_1904 = body[0] == 1
        elif kind == 0x0205 and len(body) >= 8 and body[7] == 1:
            row, column = struct.unpack_from("<HH", body)
            errors.append((sheet, row, column, _ERRORS.get(body[6], "#?")))
        elif kind == 0x0006 and len(body) >= 14 and body[6] == 2 and body[12:14] == b"\xff\xff":
            row, column = struct.unpack_from("<HH", body)
            errors.append((sheet, row, column, _ERRORS.get(body[8], "#?")))
    return BiffFacts(encrypted, date_1904, tuple(errors))
