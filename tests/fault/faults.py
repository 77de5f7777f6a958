"""What goes wrong in a child, the parent left alone: no room on the disk, a lock that is waited for, a cut line."""

import resource
import signal
from multiprocessing.connection import Connection
from typing import Any

from tests.crash import context


def no_file_larger_than(size: int) -> None:
    """As on a full disk, a byte beyond `size` of any file is refused (EFBIG); what is smaller still fits."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def no_more_pages() -> None:
    """The office database may not grow: SQLite says that the disk is full."""
    from django.db.backends.signals import connection_created

    connection_created.connect(_freeze, weak=False)


def _freeze(connection: Any, **_: Any) -> None:
    with connection.cursor() as cursor:
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")


def no_room_in_the_lake() -> None:
    """The office takes the change, the lake's disk refuses its rows."""
    from jieyue.store import DeltaLake

    append = DeltaLake.append

    def refused(*arguments: Any, **named: Any) -> bool:
        no_file_larger_than(100)
        return append(*arguments, **named)

    DeltaLake.append = refused  # type: ignore[method-assign]


def no_room_for_the_reader() -> None:
    """The folder of temporary files is full for the child that reads the file."""
    from jieyue.apps.exchange import sandbox

    sandbox.parse.__kwdefaults__["module"] = "tests.fault.reader_without_room"


def pipe() -> tuple[Connection, Connection]:
    """(the parent's end, the child's end)."""
    return context.Pipe(duplex=False)


def tell_before_the_lock(line: Connection) -> None:
    """Say once when the process is about to take the lock of the lake."""
    from jieyue.store.lock import LakeLock

    hold = LakeLock.hold

    def told(self: LakeLock, *arguments: Any, **named: Any) -> Any:
        LakeLock.hold = hold  # type: ignore[method-assign]
        line.send("at the lock")
        line.close()
        return hold(self, *arguments, **named)

    LakeLock.hold = told  # type: ignore[method-assign]


def cut_off(place: str) -> None:
    """The server ends this process's connection when the work reaches the failpoint `place`."""
    from jieyue.apps.publication.services import publish
    from jieyue.apps.returns.services import publish_returns

    def there(name: str) -> None:
        if name == place:
            import psycopg
            from django.conf import settings
            from django.db import connection

            with psycopg.connect(settings.JIEYUE_HOME.database, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])

    publish.failpoint = there  # type: ignore[attr-defined]
    publish_returns.failpoint = there  # type: ignore[attr-defined]
