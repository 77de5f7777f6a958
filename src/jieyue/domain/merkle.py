"""Merkle tree hash of RFC 6962 §2.1: one value that stands for a list of digests, and proofs about it.

leaf = SHA-256(0x00 ‖ data), node = SHA-256(0x01 ‖ left ‖ right). The RFC splits n leaves at the largest power of two
below n; pairing from the left with an odd one carried up gives the same tree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf.

    >>> leaf_hash(b"").hex()
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
    """
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def merkle_root(leaves: Sequence[bytes]) -> str:
    """Root over the leaves' data in their order, hex.

    >>> merkle_root([])
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    >>> merkle_root([b""])
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
    """
    return root_of([leaf_hash(leaf) for leaf in leaves]).hex()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Root over leaf hashes."""
    if not hashes:
        return EMPTY
    level = list(hashes)
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def complete_subtrees(size: int) -> int:
    """How many complete subtrees a tree of `size` leaves has: one for each 1 in its binary form.

    >>> complete_subtrees(12)
    2
    """
    return bin(size).count("1")


class Frontier:
    """A tree that grows by one leaf at a time and remembers only its O(log n) complete subtrees.

    >>> tree = Frontier()
    >>> for data in (b"a", b"b", b"c"):
    ...     tree.append(leaf_hash(data))
    >>> tree.root().hex() == merkle_root([b"a", b"b", b"c"])
    True
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Go on from `size` leaves whose complete subtrees, the largest first, have the roots `peaks`."""
        self.size = size
        self.peaks = list(peaks)
        due = complete_subtrees(size)
        if len(self.peaks) != due:
            raise ValueError(f"{size} leaves have {due} complete subtrees, not {len(self.peaks)}")
        if any(len(peak) != len(EMPTY) for peak in self.peaks):
            raise ValueError(f"the root of a subtree has {len(EMPTY)} bytes")

    def append(self, leaf: bytes) -> None:
        """Add a leaf by its hash."""
        self.size += 1
        rest = self.size
        while not rest & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            rest >>= 1
        self.peaks.append(leaf)

    def root(self) -> bytes:
        """Root over all leaves so far."""
        if not self.peaks:
            return EMPTY
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def _split(size: int) -> int:
    """The largest power of two below `size` (size > 1)."""
    return 1 << (size - 1).bit_length() - 1


#: Leaves from the first number to before the second.
Span = tuple[int, int]


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The parts of a tree of `size` leaves whose roots are the audit path of leaf `index`, from the leaf upward.

    >>> inclusion_spans(2, 7)
    [(3, 4), (0, 2), (4, 7)]
    """
    low, high = 0, size
    found: list[Span] = []
    while high - low > 1:
        at = low + _split(high - low)
        found.append((at, high) if index < at else (low, at))
        low, high = (low, at) if index < at else (at, high)
    return found[::-1]


def consistency_spans(old: int, size: int) -> list[Span]:
    """The parts whose roots prove that a tree of `size` leaves begins with that of its first `old` ones.

    >>> consistency_spans(3, 7)
    [(2, 3), (3, 4), (0, 2), (4, 7)]
    """
    if not 0 < old <= size:
        raise ValueError(f"the old size must be 1 to {size}, not {old}")
    low, high = 0, size
    found: list[Span] = []
    while high != old:
        at = low + _split(high - low)
        found.append((at, high) if old <= at else (low, at))
        low, high = (low, at) if old <= at else (at, high)
    return [*([(low, high)] if low else []), *found[::-1]]


def roots_of(leaves: Iterable[bytes], spans: Sequence[Span]) -> list[bytes]:
    """The root of each span, in their order, from one walk over all leaves; no leaf is kept. Spans do not overlap.

    >>> leaves = [leaf_hash(bytes([n])) for n in range(7)]
    >>> roots_of(iter(leaves), [(4, 7), (0, 2)]) == [root_of(leaves[4:7]), root_of(leaves[:2])]
    True
    """
    trees = {span: Frontier() for span in spans}
    waiting = sorted(spans)
    at = 0
    for number, leaf in enumerate(leaves):
        while at < len(waiting) and number >= waiting[at][1]:
            at += 1
        if at == len(waiting):
            break
        if number >= waiting[at][0]:
            trees[waiting[at]].append(leaf)
    return [trees[span].root() for span in spans]


def inclusion_proof(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree over `hashes` (RFC 6962 §2.1.1), from the leaf upward."""
    return roots_of(hashes, inclusion_spans(index, len(hashes)))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf stands at `index` of the tree of `size` leaves that has this root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def inclusion_path(before: Frontier, leaves: Iterable[bytes], index: int, size: int) -> list[bytes]:
    """`inclusion_proof` from the leaves that follow an earlier state of the tree, which is at most as large as `index`.

    What stands left of the leaf are the complete subtrees of the first `index` leaves, so that older leaves need not
    be read. Raises ValueError if leaves are missing.

    >>> leaves = [leaf_hash(bytes([n])) for n in range(7)]
    >>> early = Frontier(4, [root_of(leaves[:4])])
    >>> inclusion_path(early, leaves[4:], 5, 7) == inclusion_proof(leaves, 5)
    True
    """
    spans = inclusion_spans(index, size)
    tree, rest = Frontier(before.size, before.peaks), iter(leaves)
    for leaf in islice(rest, index - tree.size):
        tree.append(leaf)
    if tree.size != index:
        raise ValueError(f"{index - tree.size} leaves are missing before leaf {index}")
    left = [span for span in spans if span[1] <= index]
    found = dict(zip(sorted(left), tree.peaks))
    next(rest, None)
    right = [(low - index - 1, high - index - 1) for low, high in spans if low > index]
    beside = iter(roots_of(rest, right))
    return [found[span] if span in found else next(beside) for span in spans]


def consistency_proof(hashes: Sequence[bytes], old: int) -> list[bytes]:
    """The proof that the tree over `hashes` begins with its first `old` leaves (RFC 6962 §2.1.2)."""
    return roots_of(hashes, consistency_spans(old, len(hashes)))


def verify_consistency(old: int, size: int, before: bytes, after: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a tree of `size` leaves and root `after` begins with the one of `old` leaves and root `before`.

    RFC 9162 §2.1.4.2.
    """
    if old == size:
        return before == after and not proof
    if not 0 < old < size or not proof:
        return False
    path = [before, *proof] if old & (old - 1) == 0 else list(proof)
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, step)
        place, last = place >> 1, last >> 1
    return last == 0 and first == before and second == after
