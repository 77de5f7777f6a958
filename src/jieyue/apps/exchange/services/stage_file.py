"""Stage a file: keep its bytes under their SHA-256, and a batch row that says who brought it."""

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePath

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.kept import take_back
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.queries import file_path
from jieyue.store.failpoint import failpoint

#: How the names of files begin that are being written.
PART = ".part-"


def stage_file(
    content: bytes, name: str, *, kind: str, actor: str, profile: str = "", form: str = "", period: str = ""
) -> Batch:
    """Keep the file (fsynced, named by its digest) and open its batch. Bytes kept before are kept once.

    Raises OSError if the disk is full; then there is neither a file nor a batch.
    """
    digest = hashlib.sha256(content).hexdigest()
    keep_file(content, digest)
    failpoint("exchange.after_file")
    with transaction.atomic():
        batch = Batch.objects.create(
            kind=kind,
            file_name=PurePath(name).name[:255],
            sha256=digest,
            size=len(content),
            profile=profile,
            form=form,
            period=period,
            by=actor,
            at=timezone.now(),
        )
        about = {"kind": kind, "file": batch.file_name, "sha256": digest, "size": batch.size}
        record("exchange.stage", f"batch:{batch.id}", actor=actor, after=about, data=about)
    return batch


def keep_file(content: bytes, digest: str) -> None:
    """Keep bytes under their SHA-256. Written beside, fsynced, renamed: the name never stands for half a file.

    What is kept and then named by no row is put aside by the tidying of files, a day later at the soonest.
    """
    path = file_path(digest)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with folder_lock(path.parent, fcntl.LOCK_SH) as folder:
        take_back(digest)
        if path.exists() and path.stat().st_size == len(content):
            os.utime(path)  # an old file that nothing names is not put aside before a row names it
            os.fsync(folder)
            return
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=PART)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                Path(beside).unlink()
            raise
        os.fsync(folder)


@contextlib.contextmanager
def folder_lock(folder: Path, kind: int) -> Iterator[int]:
    """Hold a folder of files: who keeps a file shares it, who removes one has it alone. Gives its handle."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, kind)
        yield handle
    finally:
        os.close(handle)
