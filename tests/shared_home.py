"""A built home that many tests share for reading, or copy to change: Django turned to it and back."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jieyue.config import boot
from jieyue.config.home import Home


def made_once(target: Path, make: Callable[[Path], None]) -> Path:
    """`target`, made by the first process that asks for it; those that ask meanwhile wait, and nobody changes it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            part = target.with_name(f"{target.name}.part")
            if part.exists():
                shutil.rmtree(part)
            part.mkdir()
            make(part)
            part.rename(target)
    return target


def home_from(seeded: Any, folder: Path, **values: Any) -> Home:
    """A new home with the office and the lake of the seeded one (tests/conftest.py, `Seeded`)."""
    values = {"synthetic": True, **values}
    home = Home.create(folder, **values)
    if "database" not in values:
        shutil.copyfile(seeded.database, home.path / "office.sqlite3")
    bring_lake(seeded, home)
    return home


def bring_lake(seeded: Any, home: Home) -> None:
    """The lake of a seeded home, and the key that has signed its log: without it no log of a copy can be signed."""
    shutil.copytree(seeded.lake, home.lake, dirs_exist_ok=True)
    key = Path(seeded.lake).parent / "log.key"
    if key.exists():
        shutil.copyfile(key, home.path / key.name)


@contextmanager
def office_in_use(blocker: Any) -> Iterator[None]:
    """The office database may be used, and Django goes back to its home in the end."""
    from django.conf import settings
    from django.db import connections

    before = settings.JIEYUE_HOME
    with blocker.unblock():
        yield
        connections.close_all()
        boot.turn_to(before)


@contextmanager
def turned_to(path: Path) -> Iterator[Home]:
    """Django works for the home at `path`, and for the one before again after that."""
    from django.conf import settings
    from django.db import connections

    before = settings.JIEYUE_HOME
    home = Home.open(path)
    boot.turn_to(home)
    try:
        yield home
    finally:
        connections.close_all()
        boot.turn_to(before)


def copy_of(path: Path, to: Path) -> Path:
    """The home copied to another folder."""
    shutil.copytree(path, to)
    return to
