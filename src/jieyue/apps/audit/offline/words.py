"""What is said of a verdict in Chinese and English, and its JSON document: by `jieyue verify-log` and by the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jieyue.apps.audit.offline.proving import Proof
from jieyue.domain.log_chain import Problem, Verdict

Pair = tuple[str, str]
DONE, REFUSED, UNAVAILABLE, BROKEN = 0, 1, 3, 4


def document(verdict: Verdict) -> dict[str, Any]:
    """The JSON document of a verdict."""
    return {
        "size": verdict.size,
        "start": verdict.start,
        "root": verdict.root,
        "head": verdict.head,
        "checkpoints": verdict.checkpoints,
        "unsigned": verdict.unsigned,
        "unchecked": verdict.unchecked,
        "lost": verdict.lost,
        "good": verdict.good,
        "problems": [one.as_dict() for one in verdict.problems],
    }


def proof_document(proof: Proof, problems: Sequence[Problem], unsigned: Sequence[str]) -> dict[str, Any]:
    """The JSON document of a proof that was checked."""
    return {
        "seq": proof.seq,
        "entry": proof.entry,
        "checkpoint": proof.checkpoint.short_code(),
        "good": not problems,
        "unsigned": list(unsigned),
        "problems": [one.as_dict() for one in problems],
    }


def whole(verdict: Verdict) -> Pair:
    """Nothing was found, in what was looked at."""
    if verdict.start > 1:
        return _part(verdict)
    return (
        f"日志完好：{verdict.size} 条，{verdict.checkpoints} 个检查点相符",
        f"the log is whole: {verdict.size} entries, {verdict.checkpoints} checkpoints fit",
    )


def _part(verdict: Verdict) -> Pair:
    before = verdict.start - 1
    fit = f"{verdict.checkpoints} 个检查点相符", f"{verdict.checkpoints} checkpoints fit"
    left = (
        f"第 1–{before} 条不在文件里，内容没有核对",
        f"entries 1–{before} are not in the file: what they say was not looked at",
    )
    if verdict.size < verdict.start:
        return f"文件里没有条目，{fit[0]}；{left[0]}", f"no entry in the file, {fit[1]}; {left[1]}"
    return (
        f"第 {verdict.start}–{verdict.size} 条完好，{fit[0]}；{left[0]}",
        f"entries {verdict.start}–{verdict.size} are whole, {fit[1]}; {left[1]}",
    )


def first(problem: Problem) -> Pair:
    """The earliest of what was found."""
    return f"最早的问题：{told(problem)[0]}", f"first: {told(problem)[1]}"


def told(problem: Problem) -> Pair:
    """One of them, with what proves it."""
    zh, en = problem.words
    return f"{zh}（凭 {problem.anchor}）", f"{en} (proved by {problem.anchor})"


def proved(proof: Proof) -> Pair:
    """The proof holds."""
    verb, at, actor = (str(proof.entry[name]) for name in ("verb", "at", "actor"))
    code = proof.checkpoint.short_code()
    return (
        f"第 {proof.seq} 条（{verb}，{actor}，{at}）在检查点 {code} 的日志里",
        f"entry {proof.seq} ({verb}, {actor}, {at}) stands in the log of checkpoint {code}",
    )


def unsigned(codes: Sequence[str]) -> Pair:
    """A code is compared with the beginning of a root and no more, which whoever goes by it must know."""
    names = ", ".join(codes)
    return (
        f"短码 {names}：只比条数和根的前 80 位，没有签名可核对",
        f"short code {names}: compared by size and the first 80 bits of the root; it has no signature to check",
    )


def lost(entries: Sequence[int]) -> Pair:
    """Whoever goes by the signatures after such an entry must know that the old key did not name the new one."""
    numbers = ", ".join(map(str, entries))
    return (
        f"第 {numbers} 条换钥匙时旧钥匙已报失，新钥匙没有旧钥匙的签名：此后是谁签的，须另凭密钥名（--key）核对",
        f"entry {numbers}: the old key was reported lost and did not sign for the new one; who signed from there on "
        "is to be checked by the name of the key (--key)",
    )


def unchecked(number: int) -> Pair:
    """Nothing on this machine checks Ed25519."""
    return (
        f"{number} 个检查点的签名没有核对：本机没有 Python 的 cryptography 库，也没有会核对 Ed25519 的 openssl "
        "命令（3.0 起）；条目、链和根都核对了。装上其一再运行；签名核对过才能说是谁签的",
        f"the signatures of {number} checkpoints were not checked: this machine has neither Python's cryptography "
        "nor an openssl command (3.0 or later) that checks Ed25519; entries, chain and roots were. Install one of them "
        "and run this again: until then nothing says who signed",
    )
