"""Put files aside that an act has kept and then failed: staged and never finished with, or named by no row at all.

What is put aside is taken back when it is wanted (exchange/kept.py), and removed only after another 30 days.
"""

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from jieyue.apps.audit.services.record import record
from jieyue.apps.exchange.kept import gone_folder, take_back
from jieyue.apps.exchange.models import Batch
from jieyue.apps.exchange.services.stage_file import PART, folder_lock
from jieyue.domain.errors import DomainError

log = logging.getLogger(__name__)

#: A file that was brought and never finished with is forgotten after so long.
STAGED_FOR: Final = timedelta(days=30)
#: What no row names is put aside after so long: until then an act may still be about to name it.
UNNAMED_FOR: Final = timedelta(days=1)
#: What was put aside is removed after so long.
ASIDE_FOR: Final = timedelta(days=30)
#: Tables whose SHA-256 is of a file that is not kept: readings go into the lake.
_KEEP_NO_FILE: Final = ("metering.ReadingBatch",)
#: So many files share an entry of the log, which lists them.
_AN_ENTRY: Final = 100
_DIGEST = 64


class StrangeFilesError(DomainError):
    """The database names none of the home's files."""

    def __init__(self, files: int) -> None:
        folder = Path(settings.JIEYUE_HOME.path, "files")
        super().__init__(
            "strange_files",
            zh=f"{folder} 里一天以前的 {files} 个文件，数据库一个也没有记录：数据目录与数据库不是一套，什么也没有清理。"
            "请核对 JIEYUE_DATABASE 和 home.toml 的 database；如确是一套，请把这些文件移到别处",
            en=f"the database names none of the {files} files of a day ago in {folder}: home and database do not "
            "belong together, and nothing was tidied. Check JIEYUE_DATABASE and `database` in home.toml; if they "
            "do belong together, move these files elsewhere",
            data={"files": str(files)},
        )


@dataclass(frozen=True)
class TidiedFiles:
    """batches: forgotten; aside: files put aside; back: taken back; removed: taken off the disk."""

    batches: int = 0
    aside: int = 0
    back: int = 0
    removed: int = 0


def tidy_files(*, actor: str) -> TidiedFiles:
    """Forget batches that were staged and left, each with a log entry; put aside what no row names then.

    Raises StrangeFilesError before anything is done; OSError once the rest is done, if some file could not be.
    """
    run = _Run(actor)
    old, parts = run.old_files()
    gone = run.listed(gone_folder()) if gone_folder().is_dir() else []
    if old and _named().isdisjoint(path.name for path in old + gone):
        raise StrangeFilesError(len(old))
    left = Batch.objects.filter(state=Batch.State.STAGED, at__lt=timezone.now() - STAGED_FOR)
    batches = sum(_forget(batch.pk, actor) for batch in left.order_by("id"))
    named = _named()
    back = run.each(
        "taken_back", lambda path: take_back(path.name), [path for path in gone if path.name in named]
    )
    removed = run.each("removed", _remove, [path for path in gone if path.name not in named])
    removed += run.each("removed", _remove_part, parts)
    aside = run.each("put_aside", _put_aside, [path for path in old if path.name not in named])
    if run.faults:
        raise run.faults[0]
    return TidiedFiles(batches, aside, back, removed)


class _Run:
    """One night: what the disk refuses is told at its end and does not keep the rest from being done."""

    def __init__(self, actor: str) -> None:
        self.actor = actor
        self.faults: list[OSError] = []

    def old_files(self) -> tuple[list[Path], list[Path]]:
        """Files of more than a day ago that are ours by their names: finished ones, and parts."""
        folders = sorted(Path(settings.JIEYUE_HOME.path, "files").glob("??"))
        found = [path for folder in folders for path in self.listed(folder)]
        old = [path for path in found if _is_older(path, UNNAMED_FOR)]
        whole = [path for path in old if len(path.name) == _DIGEST and path.name.startswith(path.parent.name)]
        return whole, [path for path in old if path.name.startswith(PART)]

    def listed(self, folder: Path) -> list[Path]:
        try:
            return sorted(folder.iterdir())
        except NotADirectoryError:
            return []
        except OSError as fault:
            self._note(fault)
            return []

    def each(self, said: str, act: Callable[[Path], bool], paths: Sequence[Path]) -> int:
        """Do it file by file; each hundred has its entry, also what was done before the run came to a sudden end."""
        count = 0
        for start in range(0, len(paths), _AN_ENTRY):
            done: list[str] = []
            try:
                for path in paths[start : start + _AN_ENTRY]:
                    try:
                        if act(path):
                            done.append(path.name)
                    except OSError as fault:
                        self._note(fault)
            finally:
                self._enter(said, done)
            count += len(done)
        return count

    def _enter(self, said: str, names: list[str]) -> None:
        if names:
            with transaction.atomic():
                about = {said: len(names), "names": names}
                record("exchange.tidy_files", "files:kept", actor=self.actor, data=about)

    def _note(self, fault: OSError) -> None:
        log.warning("a kept file could not be tidied: %s", fault)
        self.faults.append(fault)


def _forget(number: int, actor: str) -> bool:
    with transaction.atomic():
        row = Batch.objects.select_for_update().filter(pk=number, state=Batch.State.STAGED).first()
        if row is None:  # finished with just now
            return False
        about = {"kind": row.kind, "file": row.file_name, "sha256": row.sha256, "size": row.size}
        row.delete()
        record("exchange.forget", f"batch:{number}", actor=actor, before=about, data=about)
    return True


def _is_older(path: Path, than: timedelta) -> bool:
    try:
        return path.stat().st_mtime < time.time() - than.total_seconds()
    except OSError:  # gone meanwhile, or not to be seen: it stays
        return False


def _put_aside(path: Path) -> bool:
    """Unless it was kept anew meanwhile, or a row names it. From now on its time tells when it was put aside."""
    gone_folder().mkdir(mode=0o700, exist_ok=True)
    with folder_lock(path.parent, fcntl.LOCK_EX):
        if not _is_older(path, UNNAMED_FOR) or _is_named(path.name):
            return False
        os.utime(path)
        path.replace(gone_folder() / path.name)
    return True


def _remove_part(path: Path) -> bool:
    with folder_lock(path.parent, fcntl.LOCK_EX):
        if not _is_older(path, UNNAMED_FOR):
            return False
        path.unlink()
    return True


def _remove(path: Path) -> bool:
    """What was put aside long ago. Who keeps the same bytes meanwhile takes it back or writes it anew."""
    if len(path.name) != _DIGEST or not _is_older(path, ASIDE_FOR) or _is_named(path.name):
        return False
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
        return True
    return False


def _tables() -> list[type[Model]]:
    """Those whose rows name kept files, by `sha256`."""
    every = [one for one in apps.get_models() if any(field.name == "sha256" for field in one._meta.fields)]
    return [one for one in every if one._meta.label not in _KEEP_NO_FILE]


def _named() -> set[str]:
    rows: list[Any] = [table._default_manager.values_list("sha256", flat=True) for table in _tables()]
    return set().union(*(names.iterator() for names in rows))


def _is_named(digest: str) -> bool:
    return any(table._default_manager.filter(sha256=digest).exists() for table in _tables())
