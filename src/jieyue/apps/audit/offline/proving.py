"""That one entry stands in the log that a checkpoint signs: a small file, checked without the log (RFC 6962)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jieyue.apps.audit.offline import brought
from jieyue.apps.audit.offline.checking import Brought, read_checkpoint
from jieyue.apps.audit.offline.signature import is_signed, key_name, means
from jieyue.domain.log_chain import Checkpoint, Problem, ShortCode, entry_leaf
from jieyue.domain.merkle import verify_inclusion

KIND = "jieyue-log-proof"


@dataclass(frozen=True)
class Proof:
    """The entry with its number, the hashes that lead from its leaf to the root, and the checkpoint with that root."""

    seq: int
    entry: Mapping[str, Any]
    path: Sequence[str]
    checkpoint: Checkpoint
    public_key: str
    kind: str = KIND
    version: int = 1

    def as_dict(self) -> dict[str, Any]:
        """The JSON document."""
        return asdict(self)

    def content(self) -> bytes:
        """The file."""
        return (json.dumps(self.as_dict(), ensure_ascii=False, indent=1) + "\n").encode()


def check_proof(file: Path, anchors: Sequence[Brought] = (), key: str = "") -> tuple[Proof, list[Problem]]:
    """The proof in a file, and what is wrong with it; needs no home and no log. Raises AnchorError.

    anchors: checkpoints kept elsewhere, or codes from a paper, one of which must be the proof's own. key: the public
    key kept elsewhere, or its name. Without either only the key in the file says that the root is the log's; and
    where the machine has no `means`, nobody looked at the signature.
    """
    proof = _read(file)
    under, problems = proof.checkpoint, []
    steps = [bytes.fromhex(step) for step in proof.path]
    root, public = bytes.fromhex(under.root), proof.public_key
    if not verify_inclusion(entry_leaf(proof.entry), proof.seq - 1, under.size, steps, root):
        problems.append(Problem("altered", proof.seq, under.short_code()))
    if key and key not in (public, under.key):
        problems.append(Problem("other_key", under.size, str(file), under.key[:16]))
    named = under.key == key_name(public)
    if not named or (means() and not is_signed(under.signed_bytes(), under.signature, public)):
        problems.append(Problem("signature", under.size, str(file)))
    fits = [_is_under(under, one) for one in anchors]  # each is read: a spoilt one is told
    if fits and not any(fits):
        problems.append(Problem("forked", under.size, ", ".join(map(str, anchors)), under.short_code()))
    return proof, problems


def _is_under(under: Checkpoint, anchor: Brought) -> bool:
    if isinstance(anchor, ShortCode):
        return anchor.size == under.size and anchor.fits(under.root)
    kept = read_checkpoint(anchor)
    return (kept.size, kept.root, kept.key) == (under.size, under.root, under.key)


def _read(file: Path) -> Proof:
    with brought.reading(file, "条目的证明", "a proof of an entry"):
        said = brought.mapping(json.loads(file.read_text(encoding="utf-8")), "1")
        if said.get("kind") != KIND:
            raise brought.SpoiltError("kind", f" {KIND}", KIND)
        return Proof(
            brought.count(said.get("seq"), "seq"),
            brought.entry(said.get("entry")),
            brought.digests(said.get("path"), "path"),
            brought.checkpoint(said.get("checkpoint")),
            brought.digest(said.get("public_key"), "public_key"),
        )
