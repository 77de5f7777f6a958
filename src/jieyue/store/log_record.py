"""Bytes of the write-ahead log: a segment's head, and records that say how far the log was on the disk before them.

Segment: `JYLOG1` + two zero bytes, salt (8), length of the segment before (8), CRC (4), all little-endian.
Record: `RC01`, length of the body (4), bytes of this segment that were flushed when it was written (8), CRC (4), body.
The CRC covers salt, place and body, so that bytes a client sends can never pass for a record, nor one for another.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_HEAD: Final = struct.Struct("<8s8sQI")
_RECORD: Final = struct.Struct("<4sIQI")
_ABOUT: Final = struct.Struct("<I")
_SIGN: Final = b"JYLOG1\0\0"
_MARK: Final = b"RC01"
HEAD_BYTES: Final = _HEAD.size
#: A larger body is refused; a length above it is no length.
LARGEST: Final = 1 << 26


@dataclass(frozen=True)
class Entry:
    """What a client sent. client, key: who, under which key of its own; digest: SHA-256 of the request.

    about: plain values that belong to it; payload: its rows as bytes.
    """

    client: str
    key: str
    digest: str
    about: Mapping[str, Any] = field(default_factory=dict)
    payload: bytes = b""

    def encode(self) -> bytes:
        """The body of its record."""
        said = {"client": self.client, "key": self.key, "digest": self.digest, "about": dict(self.about)}
        head = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        return _ABOUT.pack(len(head)) + head + self.payload

    @classmethod
    def decode(cls, body: bytes) -> "Entry":
        """The other way."""
        (length,) = _ABOUT.unpack_from(body)
        end = _ABOUT.size + length
        said = json.loads(body[_ABOUT.size : end])
        return cls(said["client"], said["key"], said["digest"], said["about"], body[end:])


@dataclass(frozen=True)
class Record:
    """A whole record: where it begins and ends in its segment, and its body."""

    offset: int
    end: int
    body: bytes

    @property
    def entry(self) -> Entry:
        """What the client sent."""
        return Entry.decode(self.body)


@dataclass(frozen=True)
class Damage:
    """Bytes of a segment that were on the disk once and are no record now, from one place to another."""

    offset: int
    until: int


@dataclass(frozen=True)
class Found:
    """What a segment holds. end: where its whole records end; torn: whether bytes follow that were acknowledged to
    nobody."""

    records: tuple[Record, ...]
    end: int
    torn: bool = False
    damages: tuple[Damage, ...] = ()


def head(salt: bytes, previous: int) -> bytes:
    """The first bytes of a segment. previous: how long the segment before it is."""
    bare = _HEAD.pack(_SIGN, salt, previous, 0)
    return _HEAD.pack(_SIGN, salt, previous, zlib.crc32(bare))


def read_head(data: bytes) -> tuple[bytes, int] | None:
    """(salt, length of the segment before); None if it is no head."""
    if len(data) < HEAD_BYTES:
        return None
    sign, salt, previous, _crc = _HEAD.unpack_from(data)
    if sign != _SIGN or data[:HEAD_BYTES] != head(salt, previous):
        return None
    return salt, previous


def pack(salt: bytes, offset: int, flushed: int, body: bytes) -> bytes:
    """A record for the place `offset`."""
    return _RECORD.pack(_MARK, len(body), flushed, _crc(salt, offset, flushed, body)) + body


def _crc(salt: bytes, offset: int, flushed: int, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(salt + struct.pack("<QQQ", offset, flushed, len(body))))


def find(data: bytes, length: int | None = None) -> Found:
    """The records of a segment. length: how long it is known to be; None: the last one, whose end may be torn.

    What cannot be read is a torn end only if no whole record behind it says that it was on the disk before.
    """
    limit = len(data) if length is None else length
    said = read_head(data)
    if said is None:
        lost = length is not None or len(data) > HEAD_BYTES
        return Found((), 0, not lost, (Damage(0, limit),) if lost else ())
    records: list[Record] = []
    damages: list[Damage] = []
    at = HEAD_BYTES
    while at < limit:
        one = _at(data, said[0], at)
        if one is not None and one[0].end <= limit:
            records.append(one[0])
            at = one[0].end
            continue
        then = _next(data, said[0], at, limit)
        if then is None and length is None:
            break
        until = limit if then is None else then
        damages.append(Damage(at, until))
        at = until
    return Found(tuple(records), records[-1].end if records else HEAD_BYTES, at < limit, tuple(damages))


def _at(data: bytes, salt: bytes, offset: int) -> tuple[Record, int] | None:
    """The record at a place and what it says was flushed before it."""
    if offset + _RECORD.size > len(data):
        return None
    mark, length, flushed, crc = _RECORD.unpack_from(data, offset)
    end = offset + _RECORD.size + length
    if mark != _MARK or length > LARGEST or end > len(data):
        return None
    body = data[offset + _RECORD.size : end]
    return (Record(offset, end, body), flushed) if crc == _crc(salt, offset, flushed, body) else None


def _next(data: bytes, salt: bytes, torn: int, limit: int) -> int | None:
    """Where records go on behind a torn place that one of them says was flushed; None if none does."""
    first: int | None = None
    at = data.find(_MARK, torn + 1, limit)
    while at >= 0:
        found = _at(data, salt, at)
        if found is not None:
            first = at if first is None else first
            if found[1] > torn:
                return first
        at = data.find(_MARK, at + 1 if found is None else found[0].end, limit)
    return None
