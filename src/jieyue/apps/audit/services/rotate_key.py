"""Sign the log with a new key from now on: an entry of the log names it, signed by the old one."""

import os
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction

from jieyue.apps.audit.offline.keys import ROTATE, Rotation
from jieyue.apps.audit.offline.signature import key_name
from jieyue.apps.audit.services.checkpoint import checkpoint
from jieyue.apps.audit.services.record import record
from jieyue.apps.audit.services.sequence import last_number, lock, number_next, sequence
from jieyue.apps.audit.signer import (
    KEY_FILE,
    PUBLIC_FILE,
    HomeSigner,
    LogKeyError,
    home_file,
    home_signer,
    kept_public,
    key_in_force,
    left_over,
    new_signer,
    waiting_file,
)
from jieyue.domain.errors import DomainError
from jieyue.domain.log_chain import Checkpoint
from jieyue.store.failpoint import failpoint


class NotRotatedError(DomainError):
    """The old key stays in force."""


@dataclass(frozen=True)
class Rotated:
    """The entry, the names of the keys, the old key's last checkpoint (none if it was lost) and the new one's first."""

    entry: int
    old: str
    new: str
    before: Checkpoint | None
    after: Checkpoint | None


def rotate_key(*, actor: str, reason: str = "", lost: str = "") -> Rotated:
    """Make a key and put it in force. lost: the public key of the old one, where nobody has it any more; or log.pub,
    the file of the home that keeps it.

    The commit of the entry is the line: killed before it the old key is in force, after it the new one, which
    `home_signer` then puts in its place. Raises LogKeyError, NotRotatedError.
    """
    if lost == PUBLIC_FILE:
        lost = _kept()
    if lost:
        _is_lost(lost)
    before = None if lost else checkpoint()
    old = None if lost else home_signer()
    public = old.public if old else lost
    new = new_signer()
    failpoint("rotate.after_key")
    with transaction.atomic():
        lock()
        sequence()
        _still(key_name(public), new)
        turn = Rotation(last_number()[0] + 1, public, new.public)
        if old:
            turn = Rotation(turn.seq, turn.old, turn.new, old.sign(turn.signed_bytes()))
        entry = record(
            ROTATE,
            f"key:{new.key[:16]}",
            actor=actor,
            before=key_name(public),
            after=new.key,
            reason=reason,
            data=turn.data(),
        )
        number_next(entry.pk)
        left = left_over(but=new.key)
        failpoint("rotate.in_office")
    failpoint("rotate.after_office")
    for file in left:
        file.unlink(missing_ok=True)
    home_signer()  # puts the new key in its place
    failpoint("rotate.after_move")
    return Rotated(turn.seq, key_name(public), new.key, before, checkpoint())


def _kept() -> str:
    """The public key kept of a log.key that is gone. One that is there is not given up for a word: damaged, it may yet
    be mended, and the new one would be written over it."""
    if os.path.lexists(home_file(KEY_FILE)):
        with suppress(LogKeyError):
            home_signer()
            raise _not_lost()
        raise NotRotatedError(
            "not_gone",
            zh="主目录里还有 log.key，只是坏了或不是那一把；先从备份放回。确实没有备份：把它移到别处留着，再运行",
            en="there is a log.key in the home, but a damaged or another one; put the one of the backup back. If there "
            "is no backup: move the file elsewhere, keep it, and run this again",
        )
    if public := kept_public():
        return public
    name = key_in_force()[0]
    raise NotRotatedError(
        "no_public",
        zh=f"没有 log.pub，或它不是签检查点的那把钥匙的公钥（名字应是 {name}）；请从备份放回，或从导出的"
        "日志、证明里取 public_key，写在 --lost 后面",
        en=f"there is no log.pub, or it is not the public key of the one that signed (its name is {name}); "
        "put it back from the backup, or give the public_key of an exported log or of a proof after --lost",
    )


def _is_lost(public: str) -> None:
    """The key in force is the one of which this is the public key, and nobody has it any more."""
    in_force = key_in_force()[0]
    if key_name(public) != in_force:
        raise NotRotatedError(
            "other_key",
            zh=f"这不是签检查点的那把钥匙的公钥（它的名字应是 {in_force}）；请从导出的日志或证明里取 public_key",
            en=f"this is not the public key of the one that signed (its name is {in_force}); take the "
            "public_key of an exported log or of a proof",
        )
    with suppress(LogKeyError):
        home_signer()
        raise _not_lost()


def _not_lost() -> NotRotatedError:
    return NotRotatedError(
        "not_lost",
        zh="主目录里的 log.key 就是这把钥匙，没有丢；请去掉 --lost 再运行，由它签认新钥匙",
        en="log.key in the home is this very key; leave --lost out, so that it signs for the new one",
    )


def _still(old: str, new: HomeSigner) -> None:
    """Nobody else has changed the key meanwhile, and the new one lies where it will be looked for."""
    in_force = key_in_force()[0]
    if in_force not in ("", old) or not waiting_file(new.key).exists():
        raise NotRotatedError(
            "rotated_meanwhile",
            zh=f"钥匙刚被别人换成 {in_force}；请核对后再换",
            en=f"somebody has just changed the key to {in_force}; look at it before changing it again",
        )
