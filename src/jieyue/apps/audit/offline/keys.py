"""Which key signs the log when: the entries of the log itself name each new one, signed by the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from jieyue.apps.audit.offline import brought
from jieyue.apps.audit.offline.signature import is_signed, key_name, means
from jieyue.domain.log_chain import Numbered, Problem

#: The verb of the entry, whose data are `Rotation.data`.
ROTATE = "audit.rotate_key"


@dataclass(frozen=True)
class Rotation:
    """From the entry of this number on the new key signs. Public keys, hex; signature: the old key's, base64.

    Without a signature the old key was reported lost. `new` is empty where the entry does not say what it must.
    """

    seq: int
    old: str = ""
    new: str = ""
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """What the old key signs."""
        return f"jieyue-log-key\n{self.old}\n{self.new}\n{self.seq}\n".encode()

    def data(self) -> dict[str, object]:
        """As it stands in the log's entry and in the head of a part."""
        return {"entry": self.seq, "old": self.old, "new": self.new, "signature": self.signature}


def rotation(said: object, place: str) -> Rotation:
    """A rotation that somebody brought. Raises SpoiltError."""
    values = brought.mapping(said, place)
    signature = values.get("signature")
    if not isinstance(signature, str):
        raise brought.SpoiltError(f"{place}.signature", "文字", "a text")
    return Rotation(
        brought.count(values.get("entry"), f"{place}.entry"),
        brought.digest(values.get("old"), f"{place}.old"),
        brought.digest(values.get("new"), f"{place}.new"),
        signature,
    )


def rotations(said: object) -> list[Rotation]:
    """Those of before a part, from its head. Raises SpoiltError."""
    return [rotation(one, f"keys[{at}]") for at, one in enumerate(brought.listing(said, "keys"))]


def watched(rows: Iterable[Numbered], found: list[Rotation]) -> Iterator[Numbered]:
    """The same rows; what they say of keys is put into `found` on the way."""
    for row in rows:
        if row.entry is not None and row.entry["verb"] == ROTATE:
            try:
                said = rotation(row.entry["data"], "data")
            except brought.SpoiltError:
                said = Rotation(row.seq)
            found.append(said if said.seq == row.seq else Rotation(row.seq))
        yield row


class Keys:
    """The keys of a log. public: the last one, as the log's home or file says; named: what the entries say of keys."""

    def __init__(self, public: str, named: Sequence[Rotation]) -> None:
        self._public = public
        self._turns = sorted((one for one in named if one.new), key=lambda one: one.seq)
        self.problems = [Problem("key", one.seq, "chain") for one in named if not one.new]
        #: Entries by which a key was reported lost: nobody vouches for the one after it.
        self.lost: list[int] = []
        self._vouched, next_one, unbroken = {public}, public, True
        for one in reversed(self._turns):
            signed = one.signature and (not means() or is_signed(one.signed_bytes(), one.signature, one.old))
            if one.new != next_one or (one.signature and not signed):
                self.problems.append(Problem("key", one.seq, "chain", key_name(one.new)[:16]))
            if not one.signature:
                self.lost.append(one.seq)
            unbroken = unbroken and bool(signed) and one.new == next_one
            if unbroken:
                self._vouched.add(one.old)
            next_one = one.old

    def at(self, size: int) -> str:
        """The public key by which a checkpoint of this size must be signed."""
        before = [one for one in self._turns if one.seq <= size]
        if before:
            return before[-1].new
        return self._turns[0].old if self._turns else self._public

    def is_known(self, key: str) -> bool:
        """Whether the log's key is this one (public, or its name), or follows from it step by step, each one signed."""
        return not key or key in self._vouched or key in map(key_name, self._vouched)
