"""The action log as a chain, and what proves that nobody has changed it. Standard library of Python 3.9 only:
these rules are packed into the verifier that an auditor runs elsewhere (apps/audit/offline).

Entry n has leaf(n) = SHA-256(0x00 ‖ canonical entry) and head(n) = SHA-256(head(n−1) ‖ leaf(n)), head(0) = 32 zero
bytes. A checkpoint holds the Merkle root (RFC 6962) of the first `size` leaves. The chain in the database shows any
change of a part; a checkpoint kept outside shows a change of the whole.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Union

from jieyue.domain.merkle import Frontier, leaf_hash, verify_consistency

START = bytes(32)
#: Entries of one second are numbered as they are found; a step back of the clock beyond this is told.
CLOCK_TOLERANCE = timedelta(minutes=5)
FIELDS = (
    "id", "at", "actor", "on_behalf", "verb", "object", "before", "after", "request_id", "source", "reason", "data",
)  # fmt: skip
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

Kind = Literal[
    "altered", "deleted", "gap", "chain", "clock", "truncated", "forked", "signature", "key", "other_key"
]  # fmt: skip
_WORDS: Mapping[str, tuple[str, str]] = {
    "altered": ("内容与其散列不符：这一条被改过", "the entry does not fit its hash: it was changed"),
    "deleted": ("只有编号没有内容：这一条被删了", "numbered, but gone: the entry was deleted"),
    "gap": ("编号不连续：此前有条目连同编号被删", "numbers are missing: entries were deleted with them"),
    "chain": (
        "与前一条接不上：有条目被插入、调换或重排",
        "does not follow the one before: inserted or swapped",
    ),
    "clock": (
        "时间早于前面的条目：时钟被拨回或事后补写",
        "earlier than those before: clock set back or backdated",
    ),
    "truncated": (
        "检查点之后的条目不见了：尾部被截或换回旧备份",
        "fewer than the checkpoint: tail cut or old backup",
    ),
    "forked": (
        "与检查点的根不符：这段历史被整体改写",
        "another root than the checkpoint: history was rewritten",
    ),
    "signature": ("检查点的签名不对", "the checkpoint's signature is wrong"),
    "key": (
        "这把钥匙此时不作数：没有换钥匙的条目指名它，或它已被换下",
        "this key does not count here: no entry names it, or it was replaced",
    ),
    "other_key": (
        "签这个检查点的不是所给的钥匙：证明凭它自己检查点的钥匙核对，换过钥匙的由日志相认",
        "not signed by the key given: a proof goes by the key of its own checkpoint, the log tells of changes",
    ),
}


def canonical(entry: Mapping[str, Any]) -> bytes:
    """The bytes of an entry that are hashed: sorted keys, no spaces, UTF-8 (RFC 8785 for texts and integers).

    >>> canonical({"b": 1, "a": "节"}).decode()
    '{"a":"节","b":1}'
    """
    return _encode(entry).encode()


def entry_leaf(entry: Mapping[str, Any]) -> bytes:
    """The leaf hash of an entry."""
    return leaf_hash(canonical(entry))


def link(head: bytes, leaf: bytes) -> bytes:
    """The head after one more leaf."""
    return hashlib.sha256(head + leaf).digest()


@dataclass(frozen=True)
class Numbered:
    """One entry with its number, leaf and head as they are stored; `entry` is None where the row is gone.

    content: the entry's canonical bytes as the reader believes them to be; where they do not fit the leaf, they are
    made anew from the entry, so that a reader's mistake accuses nobody.
    """

    seq: int
    leaf: str
    head: str
    entry: Mapping[str, Any] | None
    content: bytes = b""


@dataclass(frozen=True)
class Checkpoint:
    """The root of the first `size` entries at an instant. signature: base64, of `signed_bytes`; may be empty."""

    origin: str
    size: int
    root: str
    at: str
    algorithm: str = ""
    key: str = ""
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """What the signature is made over."""
        return f"{self.origin}\n{self.size}\n{self.root}\n{self.at}\n".encode()

    def fits(self, root: str) -> bool:
        """Whether this is the root that was signed."""
        return self.root == root

    def short_code(self) -> str:
        """What is printed on a paper: size and the first 80 bits of the root.

        >>> Checkpoint("x", 17, "ab" * 32, "").short_code()
        '17-abababab-abababab-abab'
        """
        return str(ShortCode(self.size, self.root[:20]))


_DIGEST = re.compile("[0-9a-f]{64}")
_CODE = re.compile(r"([1-9][0-9]{0,17})-([0-9a-f]{8})-([0-9a-f]{8})-([0-9a-f]{4})")


@dataclass(frozen=True)
class ShortCode:
    """A checkpoint as a paper prints it: size and the first 20 hex digits of the root. Nothing of it is signed."""

    size: int
    digits: str

    @staticmethod
    def read(text: str) -> ShortCode | None:
        """The code that somebody typed from a paper; None if it has not the form of one.

        >>> ShortCode.read(" 17-ABABABAB-abababab-abab")
        ShortCode(size=17, digits='abababababababababab')
        >>> ShortCode.read("17-abab") is None
        True
        """
        found = _CODE.fullmatch("".join(text.split()).lower())
        return ShortCode(int(found[1]), "".join(found.groups()[1:])) if found else None

    def __str__(self) -> str:
        root = self.digits
        return f"{self.size}-{root[:8]}-{root[8:16]}-{root[16:]}"

    def short_code(self) -> str:
        """As a checkpoint says it."""
        return str(self)

    def fits(self, root: str) -> bool:
        """Whether the root begins with the digits."""
        return root.startswith(self.digits)


#: What a log is held against.
Anchor = Union[Checkpoint, ShortCode]


@dataclass(frozen=True)
class Problem:
    """What is wrong at which entry; `anchor` says what proves it: the chain, or a named checkpoint."""

    kind: Kind
    seq: int
    anchor: str
    detail: str = ""

    @property
    def words(self) -> tuple[str, str]:
        """In Chinese and English."""
        zh, en = _WORDS[self.kind]
        return f"第 {self.seq} 条：{zh}", f"entry {self.seq}: {en}"

    def as_dict(self) -> dict[str, Any]:
        """The JSON object."""
        zh, en = self.words
        return {
            "kind": self.kind, "seq": self.seq, "anchor": self.anchor, "detail": self.detail,
            "message_zh": zh, "message_en": en,
        }  # fmt: skip


@dataclass
class Verdict:
    """What was checked and what was found, the first problem first.

    start: the first entry that was looked at; of what stands before it only the hashes were taken as they are said.
    unproved: checkpoints of before a part of the log, which it holds no proof for. unsigned: anchors that are no more
    than a short code, so that no signature was looked at. unchecked: those whose signature nothing here can check.
    lost: the entries by which a key was reported lost, so that the next one has no signature of it.
    """

    size: int = 0
    start: int = 1
    root: str = ""
    head: str = ""
    problems: list[Problem] = field(default_factory=list)
    checkpoints: int = 0
    unproved: list[str] = field(default_factory=list)
    unsigned: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Nothing was changed as far as the chain and the given checkpoints can tell."""
        return not self.problems

    @property
    def first(self) -> Problem | None:
        """The problem at the lowest number."""
        return min(self.problems, key=lambda one: one.seq, default=None)


LISTED = 100


@dataclass(frozen=True)
class Beginning:
    """What stands before the first entry of a part of the log: so many entries, their head, their tree's peaks.

    A checkpoint of the part proves it: its root is over all entries, those before the part too.
    """

    size: int = 0
    head: str = START.hex()
    peaks: tuple[str, ...] = ()


AT_THE_START = Beginning()


def verify(
    rows: Iterable[Numbered],
    checkpoints: Sequence[tuple[str, Anchor]] = (),
    beginning: Beginning = AT_THE_START,
    proofs: Mapping[int, Sequence[bytes]] | None = None,
) -> Verdict:
    """Walk the log once. checkpoints: (name of the anchor, checkpoint). At most 100 problems are listed.

    beginning: of a log that does not start with its first entry. proofs: for checkpoints of before it, by their size,
    that what stands before begins with their tree (RFC 6962 §2.1.2).
    """
    tree = Frontier(beginning.size, map(bytes.fromhex, beginning.peaks))
    head, latest = bytes.fromhex(beginning.head), ""
    kept = [(name, one) for name, one in checkpoints if one.size >= beginning.size]
    verdict = Verdict(size=beginning.size, start=beginning.size + 1, checkpoints=len(kept))
    verdict.unsigned = [name for name, one in checkpoints if isinstance(one, ShortCode)]
    for name, one in checkpoints:
        if one.size < beginning.size:
            _older(verdict, name, one, beginning.size, tree.root(), proofs or {})
    due: dict[int, list[tuple[str, Anchor]]] = {}
    for name, checkpoint in kept:
        due.setdefault(checkpoint.size, []).append((name, checkpoint))
    for name, checkpoint in due.pop(beginning.size, ()) if beginning.size else ():
        if not checkpoint.fits(tree.root().hex()):
            _tell(verdict, "forked", beginning.size, name, checkpoint.short_code())
    for row in rows:
        if row.seq != verdict.size + 1:
            _tell(verdict, "gap", row.seq, "chain", f"{verdict.size + 1}–{row.seq - 1}")
        verdict.size = row.seq
        leaf = _digest(row.leaf)
        if row.entry is None:
            _tell(verdict, "deleted", row.seq, "chain")
        else:
            at = str(row.entry["at"])
            if leaf_hash(row.content) != leaf and _leaf_of(row.entry) != leaf:
                _tell(verdict, "altered", row.seq, "chain", _named(row.entry))
                at = latest  # whatever it says now accuses none of those after it
            if at < latest and _back(at, latest):
                _tell(verdict, "clock", row.seq, "chain", f"{at} < {latest}")
            latest = max(latest, at)
        head = link(head, leaf)
        if head.hex() != row.head:
            _tell(verdict, "chain", row.seq, "chain")
            head = _digest(row.head)
        tree.append(leaf)
        for name, checkpoint in due.pop(row.seq, ()):
            if not checkpoint.fits(tree.root().hex()):
                _tell(verdict, "forked", row.seq, name, checkpoint.short_code())
    for size, waiting in sorted(due.items()):
        for name, checkpoint in waiting:
            if size:
                _tell(verdict, "truncated", verdict.size + 1, name, checkpoint.short_code())
    verdict.root, verdict.head = tree.root().hex(), head.hex()
    return verdict


def _older(
    verdict: Verdict,
    name: str,
    checkpoint: Anchor,
    size: int,
    root: bytes,
    proofs: Mapping[int, Sequence[bytes]],
) -> None:
    """A checkpoint of before the part: its tree must be the beginning of the one that stands before the part.

    A proof is about whole roots: it proves nothing of a short code.
    """
    proof = proofs.get(checkpoint.size)
    if proof is None or isinstance(checkpoint, ShortCode):
        verdict.unproved.append(name)
        return
    verdict.checkpoints += 1
    if not verify_consistency(checkpoint.size, size, bytes.fromhex(checkpoint.root), root, proof):
        _tell(verdict, "forked", checkpoint.size, name, checkpoint.short_code())


def _digest(text: str) -> bytes:
    """A hash as it is stored; what is none is one that nothing has, so that the walk goes on and tells it."""
    return bytes.fromhex(text) if _DIGEST.fullmatch(str(text)) else START


def _leaf_of(entry: Mapping[str, Any]) -> bytes:
    """The leaf hash of an entry; of one that has no canonical bytes, one that nothing has."""
    try:
        return entry_leaf(entry)
    except (TypeError, ValueError):  # not of JSON, or a text of no Unicode: no act has written that
        return b""


def _named(entry: Mapping[str, Any]) -> str:
    return f"{entry['verb']} {entry['object']}".encode(errors="replace").decode()


def _tell(verdict: Verdict, kind: Kind, seq: int, anchor: str, detail: str = "") -> None:
    if len(verdict.problems) < LISTED:
        verdict.problems.append(Problem(kind, seq, anchor, detail))


def _back(at: str, latest: str) -> bool:
    try:
        return datetime.fromisoformat(latest) - datetime.fromisoformat(at) > CLOCK_TOLERANCE
    except (ValueError, TypeError):  # no instant at all, or of no zone: somebody has written it there
        return True
