"""Who signs checkpoints: an Ed25519 key of the home; another signer takes its place behind the same three names."""

import base64
import contextlib
import os
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from jieyue.apps.audit.offline.signature import key_name

KEY_FILE = "log.key"


class Signer(Protocol):
    """Signs what the log stands for. The names are kept with every signature, so that keys can change."""

    algorithm: str
    key: str

    def sign(self, content: bytes) -> str:
        """The signature, base64."""
        ...


class HomeSigner:
    """Signs with HOME/log.key (32 bytes, hex, readable by the owner only), made on first use."""

    algorithm = "ed25519"

    def __init__(self, home: Path) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(_secret(home / KEY_FILE))
        self.public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        self.key = key_name(self.public)

    def sign(self, content: bytes) -> str:
        """The signature, base64."""
        return base64.b64encode(self._private.sign(content)).decode()


def home_signer() -> HomeSigner:
    """The signer of this home."""
    return HomeSigner(Path(settings.JIEYUE_HOME.path))


def _secret(file: Path) -> bytes:
    if not file.exists():
        with contextlib.suppress(FileExistsError):  # another process was faster; its key is the key
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as opened:
                opened.write(os.urandom(32).hex())
    return bytes.fromhex(file.read_text(encoding="ascii").strip())
