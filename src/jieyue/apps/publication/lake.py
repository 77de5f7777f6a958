"""The lake of the home that this process works for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from jieyue.apps.publication.tables import LakeTable
from jieyue.store import DeltaLake, EngineSettings
from jieyue.store.lock import LakeLock

#: Name of the application transaction that every append of a publication carries.
APPLICATION: Final = "publish"
#: The engine in this process; any other name is the address of a cluster.
OWN_ENGINE: Final = "duckdb"
#: Keys of the advisory locks in the office database (words as bytes); any numbers that nothing else uses.
_LOCK_KEY: Final = int.from_bytes(b"jieyue", "big")
_DERIVE_KEY: Final = int.from_bytes(b"derive", "big")

_guard = threading.Lock()
_opened: dict[tuple[str, str], DeltaLake] = {}
_derive_locks: dict[Path, LakeLock] = {}


def open_lake() -> DeltaLake:
    """The lake, opened once a process: its engine and snapshots are shared by all threads."""
    place, engine = str(settings.JIEYUE_HOME.lake), settings.JIEYUE_ENGINE
    with _guard:
        if (place, engine) not in _opened:
            _opened.clear()  # a process works for one home at a time
            limits = EngineSettings(master=None if engine == OWN_ENGINE else engine)
            _opened[place, engine] = DeltaLake(place, settings=limits, outer_lock=office_lock)
        return _opened[place, engine]


def derive_lock() -> LakeLock:
    """The lock of who derives from the lake: one at a time, while others publish and read. Taken before the lake's."""
    folder = open_lake().root / ".derive"
    with _guard:
        if folder not in _derive_locks:
            folder.mkdir(exist_ok=True)
            _derive_locks.clear()
            _derive_locks[folder] = LakeLock(folder, partial(office_lock, _DERIVE_KEY))
        return _derive_locks[folder]


@contextmanager
def office_lock(key: int = _LOCK_KEY) -> Iterator[None]:
    """The lock that several hosts with one database share. SQLite has one host: its file lock is enough."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
    try:
        yield
    finally:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
        except (OperationalError, InterfaceError):
            connection.close()  # the server cut the session off: its locks went with it


def prepare_table(lake: DeltaLake, table: LakeTable) -> None:
    """Make the table if it is not there; add the columns that it lacks, each in a commit of its own."""
    schema = table.schema()
    if table.name not in lake.tables():
        lake.create_table(table.name, schema, table.partition_by)
        return
    there = set(lake.snapshot([table.name]).tables[table.name].schema.names)
    if missing := [field for field in schema if field.name not in there]:
        lake.add_columns(table.name, missing)
