"""Kept files as others ask for them: one that the tidying put aside is taken back as soon as it is wanted."""

import contextlib
from pathlib import Path

from django.conf import settings

from jieyue.apps.exchange.queries import file_path


def gone_folder() -> Path:
    """Where files lie that no record named, until they are removed for good (services/tidy_files.py)."""
    return Path(settings.JIEYUE_HOME.path) / "files-gone"


def kept_path(sha256: str) -> Path:
    """Where a kept file lies that is to be read."""
    take_back(sha256)
    return file_path(sha256)


def take_back(sha256: str) -> bool:
    """Put a file back that was put aside and is wanted; whether there was one."""
    path, gone = file_path(sha256), gone_folder() / sha256
    if path.exists() or not gone.exists():
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):  # another was faster
        gone.replace(path)
        return True
    return False
