"""Whether an Ed25519 signature is right, by what the machine has: Python's `cryptography`, else the command `openssl`.

The standard library has no such signature. Where neither is there nothing is said to be right: `means` is empty.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from shutil import which

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    _LIBRARY = False
else:
    _LIBRARY = True

#: RFC 8410: what stands before the 32 bytes of a public key in its DER form.
_DER = bytes.fromhex("302a300506032b6570032100")
#: RFC 8032 §7.1, test 2: public key, content, signature. An openssl that does not know them is not asked.
_KNOWN = (
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    b"\x72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
)


def key_name(public: str) -> str:
    """The name of a public key: the SHA-256 of its bytes."""
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()


@lru_cache(maxsize=1)
def means() -> str:
    """What checks signatures here: "cryptography", "openssl", or nothing ("")."""
    if _LIBRARY:
        return "cryptography"
    public, content, signature = _KNOWN
    raw = bytes.fromhex(signature)
    if which("openssl") and _by_openssl(content, raw, public) and not _by_openssl(b"", raw, public):
        return "openssl"
    return ""


def is_signed(content: bytes, signature: str, public: str) -> bool:
    """Whether the signature (base64) was made over the content with the key of this public one (hex).

    Only where there are `means`.
    """
    try:
        raw = base64.b64decode(signature)
    except ValueError:
        return False
    if not _LIBRARY:
        return _by_openssl(content, raw, public)
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(raw, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _by_openssl(content: bytes, signature: bytes, public: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name, written in (("key", _DER + bytes.fromhex(public)), ("sig", signature), ("in", content)):
            (place / name).write_bytes(written)
        asked = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key", "-rawin"]
        done = subprocess.run(  # noqa: S603 (fixed words; the files are made here)
            [*asked, "-sigfile", "sig", "-in", "in"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    return done.returncode == 0
