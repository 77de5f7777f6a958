"""Remove files that an act has kept and then failed: staged and never finished with, or named by no row at all."""

import fcntl
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.services.stage_file import PART, folder_lock

#: A file that was brought and never finished with is forgotten after so long.
STAGED_FOR: Final = timedelta(days=30)
#: What no row names is removed after so long: until then an act may still be about to name it.
UNNAMED_FOR: Final = timedelta(days=1)
_DIGEST = 64


@dataclass(frozen=True)
class TidiedFiles:
    """batches: forgotten; files: taken off the disk."""

    batches: int = 0
    files: int = 0


def tidy_files(*, actor: str) -> TidiedFiles:
    """Forget batches that were staged and left, each with a log entry; then remove what no row names."""
    batches = 0
    for batch in Batch.objects.filter(state=Batch.State.STAGED, at__lt=timezone.now() - STAGED_FOR).order_by(
        "id"
    ):
        batches += _forget(batch.pk, actor)
    files = sum(_remove(path) for path in _old_files())
    if files:
        with transaction.atomic():
            record("exchange.tidy_files", "files:kept", actor=actor, data={"files": files})
    return TidiedFiles(batches, files)


def _forget(number: int, actor: str) -> bool:
    with transaction.atomic():
        row = Batch.objects.select_for_update().filter(pk=number, state=Batch.State.STAGED).first()
        if row is None:  # finished with just now
            return False
        about = {"kind": row.kind, "file": row.file_name, "sha256": row.sha256, "size": row.size}
        row.delete()
        record("exchange.forget", f"batch:{number}", actor=actor, before=about, data=about)
    return True


def _old_files() -> list[Path]:
    """Files of more than a day ago that are ours by their names, finished or not."""
    old = time.time() - UNNAMED_FOR.total_seconds()
    folders = [one for one in Path(settings.JIEYUE_HOME.path, "files").glob("??") if one.is_dir()]
    found = [path for folder in folders for path in folder.iterdir() if _is_ours(path)]
    return [path for path in found if _changed(path) < old]


def _is_ours(path: Path) -> bool:
    return path.name.startswith(PART) or (
        len(path.name) == _DIGEST and path.name.startswith(path.parent.name)
    )


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _remove(path: Path) -> bool:
    """Unless it was kept anew meanwhile, or a row names it."""
    with folder_lock(path.parent, fcntl.LOCK_EX):
        if _changed(path) >= time.time() - UNNAMED_FOR.total_seconds():
            return False
        if not path.name.startswith(PART) and _is_named(path.name):
            return False
        path.unlink()
    return True


def _is_named(digest: str) -> bool:
    """Whether a row of any table says that it has this file; one of a digest of something else keeps it too."""
    tables = [one for one in apps.get_models() if any(field.name == "sha256" for field in one._meta.fields)]
    return any(table._default_manager.filter(sha256=digest).exists() for table in tables)
