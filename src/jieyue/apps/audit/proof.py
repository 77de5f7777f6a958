"""That one entry stands in the log that a checkpoint signs: a small file, checked without the log (RFC 6962)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jieyue.apps.audit import brought
from jieyue.apps.audit.chain import document_of, entry_of, path_of
from jieyue.apps.audit.models import ActionLog, LogCheckpoint, LogLeaf
from jieyue.apps.audit.services.sequence import sequence
from jieyue.apps.audit.signer import home_signer, is_signed, key_name
from jieyue.apps.audit.verify import read_checkpoint
from jieyue.domain.errors import DomainError
from jieyue.domain.log_chain import FIELDS, Checkpoint, Problem, ShortCode, entry_leaf
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


class NoProofError(DomainError):
    """There is no such entry, or no checkpoint covers it yet."""


def newest_entry(verb: str, obj: str) -> int:
    """The number of the newest entry of the verb about an object. Raises NoProofError."""
    sequence()
    rows = ActionLog.objects.filter(object=obj, verb=verb)
    entry = rows.order_by("-id").values_list("id", flat=True).first()
    found = LogLeaf.objects.filter(entry=entry or 0).values_list("seq", flat=True).first()
    if found is None:
        raise NoProofError(
            "no_entry",
            zh="日志里没有这样的条目；请核对机构、报表和期间",
            en="the log has no such entry; check what was asked",
        )
    return found


def prove(seq: int, anchor: Path | None = None) -> Proof:
    """The proof of an entry under a checkpoint kept elsewhere, or under the first one that covers it.

    Leaves are read between the checkpoints around the entry, not from the beginning. Raises NoProofError, also where
    the log no longer fits the checkpoint: no proof leaves that does not hold.
    """
    kept = LogCheckpoint.objects.filter(size__gte=seq).order_by("size").first()
    under = read_checkpoint(anchor) if anchor else document_of(kept) if kept else None
    entry = LogLeaf.objects.filter(seq=seq).values_list("entry", flat=True).first()
    row = ActionLog.objects.filter(pk=entry or 0).values_list(*FIELDS).first()
    if row is None:
        raise NoProofError("no_entry", zh=f"日志里没有第 {seq} 条", en=f"the log has no entry {seq}")
    if under is None or under.size < seq:
        raise NoProofError(
            "no_checkpoint",
            zh=f"还没有签到第 {seq} 条的检查点；后台每小时签一个，或先 jieyue log checkpoint",
            en=f"no checkpoint covers entry {seq}; the worker signs one each hour, or: jieyue log checkpoint",
        )
    made, path = entry_of(row), _path(seq, under.size)
    steps, root = [bytes.fromhex(step) for step in path], bytes.fromhex(under.root)
    if not verify_inclusion(entry_leaf(made), seq - 1, under.size, steps, root):
        raise NoProofError(
            "log_changed",
            zh=f"日志与检查点 {under.short_code()} 不符，写不出证明；请运行 jieyue verify-log",
            en=f"the log does not fit the checkpoint {under.short_code()}: no proof; run jieyue verify-log",
        )
    return Proof(seq, made, path, under, home_signer().public)


def _path(seq: int, size: int) -> list[str]:
    """Empty, which proves nothing, where leaves are gone."""
    try:
        return path_of(seq, size)
    except ValueError:
        return []


def check_proof(file: Path, anchors: Sequence[Path | ShortCode] = ()) -> tuple[Proof, list[Problem]]:
    """The proof in a file, and what is wrong with it; needs no home and no log. Raises AnchorError.

    anchors: checkpoints kept elsewhere, or codes from a paper, one of which must be the proof's own. Without one only
    the key that stands in the file says that the root is the log's.
    """
    proof = _read(file)
    under, problems = proof.checkpoint, []
    steps = [bytes.fromhex(step) for step in proof.path]
    root = bytes.fromhex(under.root)
    if not verify_inclusion(entry_leaf(proof.entry), proof.seq - 1, under.size, steps, root):
        problems.append(Problem("altered", proof.seq, under.short_code()))
    signed = under.key == key_name(proof.public_key)
    if not signed or not is_signed(under.signed_bytes(), under.signature, proof.public_key):
        problems.append(Problem("signature", under.size, str(file)))
    fits = [_is_under(under, one) for one in anchors]  # each is read: a spoilt one is told
    if fits and not any(fits):
        problems.append(Problem("forked", under.size, ", ".join(map(str, anchors)), under.short_code()))
    return proof, problems


def _is_under(under: Checkpoint, anchor: Path | ShortCode) -> bool:
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
