"""Write the proof that one entry stands in the log that a checkpoint signs; `offline/proving.py` checks it."""

from pathlib import Path

from jieyue.apps.audit.chain import document_of, entry_of, path_of, rotations
from jieyue.apps.audit.models import ActionLog, LogCheckpoint, LogLeaf
from jieyue.apps.audit.offline.checking import read_checkpoint
from jieyue.apps.audit.offline.keys import Keys
from jieyue.apps.audit.offline.proving import Proof
from jieyue.apps.audit.services.sequence import sequence
from jieyue.apps.audit.signer import home_signer
from jieyue.domain.errors import DomainError
from jieyue.domain.log_chain import FIELDS, entry_leaf
from jieyue.domain.merkle import verify_inclusion


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
    return Proof(seq, made, path, under, Keys(home_signer().public, rotations()).at(under.size))


def _path(seq: int, size: int) -> list[str]:
    """Empty, which proves nothing, where leaves are gone."""
    try:
        return path_of(seq, size)
    except ValueError:
        return []
