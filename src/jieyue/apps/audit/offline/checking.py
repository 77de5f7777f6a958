"""The verdict on a log: chain, checkpoints kept with it, checkpoints brought from outside, and who signed them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Union

from jieyue.apps.audit.offline import brought
from jieyue.apps.audit.offline.brought import AnchorError
from jieyue.apps.audit.offline.exported import read_export
from jieyue.apps.audit.offline.keys import Keys, Rotation, watched
from jieyue.apps.audit.offline.signature import is_signed, key_name, means
from jieyue.domain.log_chain import (
    AT_THE_START,
    Anchor,
    Beginning,
    Checkpoint,
    Numbered,
    Problem,
    ShortCode,
    Verdict,
    verify,
)

#: What somebody brings to hold a log against: the name of a file, or the code of a paper.
Brought = Union[Path, ShortCode]


def verify_file(file: Path, anchors: Sequence[Brought] = (), key: str = "") -> Verdict:
    """Walk an exported log; needs neither its home nor a database. key: the public key kept elsewhere, or its name.

    Raises AnchorError if it is none, or if it is a part that cannot be held against a checkpoint of before it.
    """
    with brought.reading(file, "导出的日志", "an exported log"):
        found = read_export(file)
        verdict = check(
            found.rows, found.kept, anchors, found.public, found.before, found.proofs, found.keys, key=key
        )
    if verdict.good and verdict.unproved:
        raise _no_proof(file, verdict.unproved[0], found.before.size + 1)
    return verdict


def anchor_of(text: str) -> Brought:
    """What was given as a checkpoint: the short code that a paper prints, else the name of a file."""
    return ShortCode.read(text) or Path(text)


def read_checkpoint(file: Path) -> Checkpoint:
    """A checkpoint as `jieyue log checkpoint` wrote it. Raises AnchorError."""
    with brought.reading(
        file, "检查点文件，也不是短码（如 31582-9f3a0c11-5be2d704-77aa）", "a checkpoint, nor a short code like "
        "31582-9f3a0c11-5be2d704-77aa",
    ):  # fmt: skip
        return brought.checkpoint(json.loads(file.read_text(encoding="utf-8")))


def check(
    rows: Iterable[Numbered],
    kept: Sequence[Checkpoint],
    anchors: Sequence[Brought],
    public: str,
    before: Beginning = AT_THE_START,
    proofs: Mapping[int, Sequence[bytes]] | None = None,
    earlier: Sequence[Rotation] = (),
    *,
    key: str = "",
) -> Verdict:
    """The verdict on the entries. public: the key that the log itself names; key: one kept elsewhere, or its name.

    A checkpoint must be signed by the key in force at its size: earlier are the changes of keys before the entries.

    Where the machine has no means to check a signature, `unchecked` names the checkpoints whose signature was not.
    """
    named: list[tuple[str, Anchor]] = [(f"checkpoint {one.size}", one) for one in kept]
    named += [(str(one), one if isinstance(one, ShortCode) else read_checkpoint(one)) for one in anchors]
    turns = list(earlier)
    verdict = verify(watched(rows, turns), named, before, proofs)
    keys = Keys(public, turns)
    verdict.problems += keys.problems
    verdict.lost = sorted(keys.lost)
    known = keys.is_known(key)
    for name, one in named:
        if isinstance(one, ShortCode):
            continue
        in_force = keys.at(one.size)
        if not known or one.key != key_name(in_force):
            verdict.problems.append(Problem("key", one.size, name, one.key[:16]))
        elif not means():
            verdict.unchecked.append(name)
        elif not is_signed(one.signed_bytes(), one.signature, in_force):
            verdict.problems.append(Problem("signature", one.size, name))
    if key and verdict.good and all(isinstance(one, ShortCode) for _, one in named):
        raise _nothing_signed()
    return verdict


def _nothing_signed() -> AnchorError:
    return AnchorError(
        "nothing_signed",
        zh="给了 --key，但没有一个带签名的检查点，钥匙核对不了什么；请给出检查点文件（--checkpoint），"
        "或重新导出带检查点的日志",
        en="--key was given, but there is no signed checkpoint for it to vouch for; bring the file of one "
        "(--checkpoint), or export the log again with its checkpoints",
    )


def _no_proof(file: Path, name: str, first: int) -> AnchorError:
    code = ShortCode.read(name)
    if code is not None:
        since = code.size + 1
        return AnchorError(
            "no_consistency",
            zh=f"{file} 从第 {first} 条起，短码 {name} 比它早，短码没有整个的根，没有核对；请用 jieyue log export "
            f"--since {since} 重新导出",
            en=f"{file} begins with entry {first}; the older code {name} holds no whole root, nothing was checked; "
            f"export it again with jieyue log export --since {since}",
        )
    return AnchorError(
        "no_consistency",
        zh=f"{file} 从第 {first} 条起，检查点 {name} 比它早，文件里没有两者相接的证明，没有核对；请用 jieyue log "
        f"export --since {first} --checkpoint {name} 重新导出",
        en=f"{file} begins with entry {first} and holds no proof that what stands before fits the older checkpoint "
        f"{name}; export it again with jieyue log export --since {first} --checkpoint {name}",
    )
