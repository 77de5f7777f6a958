"""Stage a file: keep its bytes under their SHA-256, and a batch row that says who brought it."""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path, PurePath

from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.queries import file_path
from jieyue.store.failpoint import failpoint


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
    """Keep bytes under their SHA-256. Written beside, fsynced, renamed: the name never stands for half a file."""
    path = file_path(digest)
    if path.exists() and path.stat().st_size == len(content):
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".part-")
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
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
