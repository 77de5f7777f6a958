"""An exported log as the verifier reads it: JSON lines, a head, the entries, the checkpoints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jieyue.apps.audit.offline import brought
from jieyue.apps.audit.offline.keys import Rotation, rotations
from jieyue.domain.log_chain import AT_THE_START, Beginning, Checkpoint, Numbered

KIND = "jieyue-log"


@dataclass(frozen=True)
class Exported:
    """An exported log: the public key of its signatures, what stands before it, its entries and checkpoints.

    proofs: size of an older checkpoint → the proof that what stands before begins with its tree. keys: the
    changes of keys before a part.
    """

    public: str
    before: Beginning
    rows: Iterator[Numbered]
    kept: list[Checkpoint]
    proofs: Mapping[int, Sequence[bytes]] = field(default_factory=dict)
    keys: Sequence[Rotation] = ()


def read_export(file: Path) -> Exported:
    """An exported log. Raises OSError or ValueError if it is none, also while its entries are read."""
    with file.open("rb") as opened:
        head = brought.mapping(json.loads(opened.readline() or b"null"), "1")
        if head.get("kind") != KIND:
            raise brought.SpoiltError("kind", f" {KIND}", KIND)
        kept = [
            brought.checkpoint(json.loads(line)["checkpoint"], f"{number}: checkpoint")
            for number, line in enumerate(opened, 2)
            if line.startswith(b'{"checkpoint"')
        ]
    before = brought.beginning(head["before"]) if "before" in head else AT_THE_START
    proofs = brought.consistency(head.get("consistency", {}))
    public = brought.digest(head.get("public_key"), "public_key")
    return Exported(public, before, _entries(file), kept, proofs, rotations(head.get("keys", [])))


def _entries(file: Path) -> Iterator[Numbered]:
    with file.open("rb") as opened:
        for number, line in enumerate(opened, 1):
            if line.startswith(b'{"entry"'):
                row = json.loads(line)
                yield Numbered(
                    brought.count(row.get("seq"), f"{number}: seq"),
                    brought.digest(row.get("leaf"), f"{number}: leaf"),
                    brought.digest(row.get("head"), f"{number}: head"),
                    None if row["entry"] is None else brought.entry(row["entry"], f"{number}: entry"),
                )
