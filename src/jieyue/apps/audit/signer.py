"""Who signs checkpoints: an Ed25519 key of the home; another signer takes its place behind the same three names.

HOME/log.key holds 32 bytes as 64 hex digits, readable by the owner only. It is made on first use and never again: once
something is signed, a key that is lost, damaged or another one is told, and nothing is signed in its stead.
HOME/log.pub holds its public key, for everybody: where log.key is gone the log is still verified, exported and carried
on under another key by it. Only a file of the name that the log itself goes by is believed.
"""

import base64
import contextlib
import logging
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from jieyue.apps.audit.chain import rotations
from jieyue.apps.audit.models import LogCheckpoint
from jieyue.apps.audit.offline.signature import key_name
from jieyue.domain.errors import DomainError

_log = logging.getLogger(__name__)
KEY_FILE: Final = "log.key"
PUBLIC_FILE: Final = "log.pub"
_WHOLE: Final = re.compile(r"[0-9a-fA-F]{64}")
_WAITING: Final = re.compile(r"log\.key\.[0-9a-f]{16}")
_SCRATCH: Final = re.compile(r"\.log\.key(\.[0-9a-f]{16})?\.([0-9a-f]{16}\.new|[0-9]+)")
_WRITING: Final = 60.0  # seconds; writing a key takes milliseconds
_BACK: Final = (
    "请从备份放回原来的 log.key（64 位十六进制数，仅属主可读）；日志照常记，放回后接着签。没有备份的：jieyue log "
    "rotate-key --lost log.pub（或旧公钥）",
    "put the log.key of the backup back (64 hex digits, readable by the owner only); entries are logged meanwhile "
    "and are signed once it is back. Without a backup: jieyue log rotate-key --lost log.pub (or the old public key)",
)


class LogKeyError(DomainError):
    """The key that signs the log is not what it must be: nothing is signed, and no other key is made in its stead."""

    def __init__(self, name: str, zh: str, en: str) -> None:
        super().__init__(
            "log_key",
            zh=f"主目录（JIEYUE_HOME）里的 {name} {zh}；{_BACK[0]}",
            en=f"{name} in the home (JIEYUE_HOME) {en}; {_BACK[1]}",
        )


class LostKeyError(LogKeyError):
    """There is no file of the key, and something was signed with it."""


class Signer(Protocol):
    """Signs what the log stands for. The names are kept with every signature, so that keys can change."""

    algorithm: str
    key: str

    def sign(self, content: bytes) -> str:
        """The signature, base64."""
        ...


class HomeSigner:
    """Signs with a key of the home. Raises LogKeyError if the file holds none."""

    algorithm = "ed25519"

    def __init__(self, file: Path, since: int = 0) -> None:
        self.since = since  # the entry that names it; 0: no entry does
        self._private = Ed25519PrivateKey.from_private_bytes(_secret(file))
        self.public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        self.key = key_name(self.public)

    def sign(self, content: bytes) -> str:
        """The signature, base64."""
        return base64.b64encode(self._private.sign(content)).decode()


def home_signer() -> HomeSigner:
    """The signer of this home. Raises LogKeyError, also if the key is not the one in force."""
    signer, in_force = _found()
    if in_force and signer.key != in_force:
        raise LogKeyError(
            KEY_FILE,
            f"不是签检查点的那把钥匙（它是 {signer.key[:16]}…，作数的是 {in_force[:16]}…）",
            f"is not the key that signed the checkpoints (it is {signer.key[:16]}…, in force is {in_force[:16]}…)",
        )
    _keep_public(signer.public)
    return signer


def home_public() -> str:
    """The public key that this home has; another than the checkpoints name is a finding. Raises LogKeyError.

    Where log.key is gone it is the one kept of it; one that is there but damaged is told.
    """
    return _or_kept(lambda: _found()[0].public)


def public_in_force() -> str:
    """The public key of the one in force. Raises LogKeyError, also if log.key is another; if it is gone, as above."""
    return _or_kept(lambda: home_signer().public)


def _or_kept(public: Callable[[], str]) -> str:
    try:
        return public()
    except LostKeyError:
        if kept := kept_public():
            return kept
        raise


def kept_public() -> str:
    """The public key of the one in force without log.key: as the log names it, else as log.pub keeps it; else empty."""
    in_force = key_in_force()[0]
    known = [turns[-1].new] if (turns := rotations()) else []
    with contextlib.suppress(OSError):
        known.append(home_file(PUBLIC_FILE).read_bytes().decode("ascii", "replace").strip().lower())
    return next((one for one in known if _WHOLE.fullmatch(one) and key_name(one) == in_force), "")


def public_of(name: str) -> str:
    """The public key of this name, empty if the home does not know it."""
    known = [public for turn in rotations() for public in (turn.old, turn.new)] + [kept_public()]
    with contextlib.suppress(LogKeyError):
        known.append(home_signer().public)
    return next((one for one in known if one and key_name(one) == name), "")


def key_is_gone() -> bool:
    """There is no log.key, and something was signed with one."""
    return not os.path.lexists(home_file(KEY_FILE)) and bool(key_in_force()[0])


def _keep_public(public: str) -> None:
    """Write log.pub, if it does not say this already. What signs does not fail for want of it."""
    file, said = home_file(PUBLIC_FILE), f"{public}\n".encode()
    scratch = file.with_name(f".{file.name}.{os.urandom(8).hex()}.new")
    try:
        if file.is_file() and file.read_bytes() == said:
            return
        try:
            scratch.write_bytes(said)
            scratch.chmod(0o644)
            scratch.replace(file)
        finally:
            scratch.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("%s 写不了 cannot be written: %s", file, error)


def home_file(name: str) -> Path:
    """Where a file of the key lies."""
    return Path(settings.JIEYUE_HOME.path) / name


def key_in_force() -> tuple[str, int]:
    """The name of the key that signs, and the entry that names it: the log decides, not the file.

    Without such an entry it is the key of the newest checkpoint; empty before the first.
    """
    if turns := rotations():
        return key_name(turns[-1].new), turns[-1].seq
    return LogCheckpoint.objects.order_by("-size").values_list("key", flat=True).first() or "", 0


def waiting_file(key: str) -> Path:
    """Where a new key lies until the entry that names it is in the log: a file of its own for each."""
    return home_file(f"{KEY_FILE}.{key[:16]}")


def _found() -> tuple[HomeSigner, str]:
    """What stands in the home, and the name of the key in force; a change of keys that was cut off is finished."""
    file = home_file(KEY_FILE)
    in_force, since = key_in_force()
    if in_force and waiting_file(in_force).exists() and _name_in(file) != in_force:
        try:
            waiting_file(in_force).replace(file)
        except FileNotFoundError:  # another process was faster
            pass
        except OSError as error:
            raise _unreadable(file, error) from error
        sync_folder(file.parent)
    if not in_force and not os.path.lexists(file):
        with contextlib.suppress(FileExistsError):  # another process was faster; its key is the key
            write_key(file)
    return HomeSigner(file, since), in_force


def _name_in(file: Path) -> str:
    """The name of the key that the file holds, empty if it holds none."""
    try:
        return HomeSigner(file).key
    except LogKeyError:
        return ""


def new_signer() -> HomeSigner:
    """A new key, which lies in its waiting file. Nothing goes by it before an entry names it."""
    secret = os.urandom(32)
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw().hex()
    file = waiting_file(key_name(public))
    write_key(file, secret)
    return HomeSigner(file)


def left_over(*, but: str) -> list[Path]:
    """The files of a change of keys that was cut off. The caller holds the sequencer's lock, and removes them once what
    it changed is committed: a key made after it is in no such list.

    A copy of the operator's is never among them, nor a key that the log names. but: the key just made.
    """
    named = {but, *LogCheckpoint.objects.values_list("key", flat=True).distinct().order_by()}
    named |= {key_name(public) for turn in rotations() for public in (turn.old, turn.new)}
    kept = {waiting_file(one) for one in named}
    folder = Path(settings.JIEYUE_HOME.path)
    waiting = [file for file in folder.glob(f"{KEY_FILE}.*") if _WAITING.fullmatch(file.name)]
    return [*(file for file in waiting if file not in kept), *_scratches(folder)]


def _scratches(folder: Path) -> list[Path]:
    """What a kill left of `write_key`: it holds a key, or is another name of the file that does. A file of this minute
    is of somebody who writes just now."""
    now, found = time.time(), []
    for file in folder.glob(f".{KEY_FILE}*"):
        with contextlib.suppress(FileNotFoundError):
            if _SCRATCH.fullmatch(file.name) and now - file.lstat().st_ctime > _WRITING:
                found.append(file)
    return found


def write_key(file: Path, secret: bytes = b"") -> None:
    """A new key in a new file, whole or not there: a reader never meets the half of it. Raises FileExistsError."""
    scratch = file.with_name(f".{file.name}.{os.urandom(8).hex()}.new")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write((secret or os.urandom(32)).hex())
            opened.flush()
            os.fsync(opened.fileno())
        os.link(scratch, file)
    finally:
        scratch.unlink(missing_ok=True)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """What was named in the folder stays after a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _secret(file: Path) -> bytes:
    try:
        said = file.read_bytes().decode("ascii", "replace").strip()
    except OSError as error:
        raise _unreadable(file, error) from error
    if not said:
        raise LogKeyError(file.name, "是空的", "is empty")
    if not _WHOLE.fullmatch(said):
        raise LogKeyError(
            file.name,
            f"不是 64 位十六进制数（有 {len(said)} 个字符），可能被截断或改过",
            f"is not 64 hex digits ({len(said)} characters): it was cut or changed",
        )
    return bytes.fromhex(said)


def _unreadable(file: Path, error: OSError) -> LogKeyError:
    if isinstance(error, FileNotFoundError):
        return LostKeyError(
            file.name, "没有了，而检查点已经用它签过", "is gone, and checkpoints were signed with it"
        )
    if isinstance(error, IsADirectoryError):
        return LogKeyError(file.name, "是一个目录，不是钥匙文件", "is a directory, not the file of a key")
    why = error.strerror or str(error)
    return LogKeyError(file.name, f"读不了（{why}）", f"cannot be read ({why})")
