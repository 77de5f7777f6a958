"""RFC 6962: published vectors, and every size against a tree built as the RFC writes it down."""

import hashlib

import pytest

from jieyue.domain.merkle import (
    Frontier,
    consistency_proof,
    inclusion_path,
    inclusion_proof,
    leaf_hash,
    merkle_root,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The test vectors of the certificate-transparency reference implementation.
INPUTS = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def naive(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 §2.1 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    at = 1
    while at * 2 < len(leaves):
        at *= 2
    return hashlib.sha256(b"\x01" + naive(leaves[:at]) + naive(leaves[at:])).digest()


def test_published_vectors() -> None:
    assert [merkle_root(INPUTS[:size]) for size in range(1, 9)] == list(ROOTS)


def test_every_size_to_a_thousand_against_the_definition() -> None:
    data = [str(number).encode() for number in range(1000)]
    tree = Frontier()
    for size in range(1, 1001):
        tree.append(leaf_hash(data[size - 1]))
        if size < 130 or size % 37 == 0:
            assert tree.root() == naive(data[:size]), size
    again = Frontier(tree.size, tree.peaks)
    again.append(leaf_hash(b"x"))
    assert again.root() == naive([*data, b"x"])
    with pytest.raises(ValueError, match="complete subtrees"):
        Frontier(3, [b"x"])


def test_inclusion_of_every_leaf_and_of_no_other() -> None:
    hashes = [leaf_hash(str(number).encode()) for number in range(70)]
    for size in range(1, 71):
        root = root_of(hashes[:size])
        for index in range(size):
            proof = inclusion_proof(hashes[:size], index)
            early = Frontier()
            for leaf in hashes[: index * 2 // 3]:
                early.append(leaf)
            assert inclusion_path(early, hashes[early.size : size], index, size) == proof
            assert verify_inclusion(hashes[index], index, size, proof, root)
            assert not verify_inclusion(leaf_hash(b"other"), index, size, proof, root)
            assert not verify_inclusion(hashes[index], index + size, size, proof, root)
            if proof:
                assert not verify_inclusion(hashes[index], index, size, proof[:-1], root)


def test_consistency_of_every_pair_and_of_no_other() -> None:
    hashes = [leaf_hash(str(number).encode()) for number in range(60)]
    roots = [root_of(hashes[:size]) for size in range(61)]
    for size in range(1, 61):
        for old in range(1, size + 1):
            proof = consistency_proof(hashes[:size], old)
            assert verify_consistency(old, size, roots[old], roots[size], proof), (old, size)
            if old < size:
                assert not verify_consistency(old, size, roots[old - 1], roots[size], proof)
                assert not verify_consistency(old, size, roots[old], leaf_hash(b"x"), proof)
    with pytest.raises(ValueError, match="old size"):
        consistency_proof(hashes, 61)
