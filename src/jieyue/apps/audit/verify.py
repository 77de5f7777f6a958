"""Verify the log of this home, or an exported one: chain, kept checkpoints, and checkpoints brought from outside."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from jieyue.apps.audit import chain
from jieyue.apps.audit.services.sequence import sequence
from jieyue.apps.audit.signer import home_signer, is_signed, key_name
from jieyue.domain.errors import DomainError
from jieyue.domain.log_chain import AT_THE_START, Beginning, Checkpoint, Numbered, Problem, Verdict, verify


class AnchorError(DomainError):
    """A checkpoint or log file that cannot be read as one."""


def verify_home(anchors: Sequence[Path] = ()) -> Verdict:
    """Number what waits, then walk the whole log of this home."""
    sequence(everything=True)
    kept = chain.checkpoints()
    return _verify(chain.numbered(), kept, anchors, home_signer().public)


def verify_file(file: Path, anchors: Sequence[Path] = ()) -> Verdict:
    """Walk an exported log; needs neither its home nor a database.

    Raises AnchorError if it is none, or if it is a part that cannot be held against a checkpoint of before it.
    """
    try:
        found = chain.read_export(file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _no_file(file, "导出的日志", "an exported log", error) from error
    verdict = _verify(found.rows, found.kept, anchors, found.public, found.before, found.proofs)
    if verdict.good and verdict.unproved:
        raise _no_proof(file, verdict.unproved[0], found.before.size + 1)
    return verdict


def read_checkpoint(file: Path) -> Checkpoint:
    """A checkpoint as `jieyue log checkpoint` wrote it. Raises AnchorError."""
    try:
        made = Checkpoint(**json.loads(file.read_text(encoding="utf-8")))
        bytes.fromhex(made.root)
        return made
    except (OSError, ValueError, TypeError) as error:
        raise _no_file(file, "检查点", "a checkpoint", error) from error


def _verify(
    rows: Iterable[Numbered],
    kept: list[Checkpoint],
    anchors: Sequence[Path],
    public: str,
    before: Beginning = AT_THE_START,
    proofs: Mapping[int, Sequence[bytes]] | None = None,
) -> Verdict:
    named = [(f"checkpoint {one.size}", one) for one in kept]
    named += [(str(file), read_checkpoint(file)) for file in anchors]
    verdict = verify(rows, named, before, proofs)
    for name, one in named:
        if one.key != key_name(public) or not is_signed(one.signed_bytes(), one.signature, public):
            verdict.problems.append(Problem("signature", one.size, name))
    return verdict


def _no_file(file: Path, zh: str, en: str, error: Exception) -> AnchorError:
    return AnchorError("file", zh=f"{file} 不是{zh}：{error}", en=f"{file} is not {en}: {error}")


def _no_proof(file: Path, name: str, first: int) -> AnchorError:
    return AnchorError(
        "no_consistency",
        zh=f"{file} 从第 {first} 条起，检查点 {name} 比它早，文件里没有两者相接的证明，没有核对；请用 jieyue log "
        f"export --since {first} --checkpoint {name} 重新导出",
        en=f"{file} begins with entry {first} and holds no proof that what stands before fits the older checkpoint "
        f"{name}; export it again with jieyue log export --since {first} --checkpoint {name}",
    )
