"""What each transaction writes, by table and by the services that it is written for; savepoints are followed."""

import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

LOG = "audit_actionlog"
_WRITE = re.compile(
    r'\s*(INSERT|REPLACE|UPDATE|DELETE)(?:\s+OR\s+\w+)?(?:\s+INTO|\s+FROM)?\s+"?(\w+)', re.IGNORECASE
)
_SAVEPOINT = re.compile(r'\s*(ROLLBACK TO SAVEPOINT|SAVEPOINT)\s+"?(\w+)', re.IGNORECASE)


@dataclass(frozen=True)
class Write:
    """Rows of a table. verb: INSERT, UPDATE, DELETE; calls: numbers of the services at work, outermost first; product:
    the code that writes, empty where a test does it by itself."""

    table: str
    verb: str
    rows: int
    calls: tuple[int, ...]
    product: str


@dataclass
class _Open:
    """The transaction of a thread: what it has written, and how much that was at each savepoint."""

    writes: list[Write] = field(default_factory=list)
    marks: dict[str, int] = field(default_factory=dict)


class Rows:
    """calls: the services at work in this thread; kept: is told of every transaction that was committed."""

    def __init__(self, calls: Callable[[], tuple[int, ...]], kept: Callable[[list[Write]], None]) -> None:
        self._calls, self._kept = calls, kept
        self._own = threading.local()

    @property
    def _open(self) -> _Open:
        if not hasattr(self._own, "open"):
            self._own.open = _Open()
        return self._own.open

    def around(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """Stands around every statement (Django's `execute_wrappers`)."""
        result = execute(sql, params, many, context)
        if found := _SAVEPOINT.match(sql):
            marks = self._open.marks
            if found[1].upper() == "SAVEPOINT":
                marks[found[2]] = len(self._open.writes)
            else:
                del self._open.writes[marks[found[2]] :]
        elif (found := _WRITE.match(sql)) and (rows := _count(sql, context["cursor"].rowcount)):
            self._open.writes.append(Write(found[2], found[1].upper(), rows, self._calls(), _product()))
            if not context["connection"].in_atomic_block:
                self.end(kept=True)
        return result

    def waits(self, call: int) -> bool:
        """A transaction that is still open has rows of this call."""
        return any(call in one.calls for one in self._open.writes)

    def end(self, *, kept: bool) -> None:
        """The transaction of this thread is over."""
        writes = self._open.writes
        self._own.open = _Open()
        if kept and writes:
            self._kept(writes)


def _count(sql: str, said: int) -> int:
    """Rows that were written; of an INSERT that returns its rows the database says none until they are read."""
    if said <= 0 and sql.lstrip().upper().startswith("INSERT INTO") and "RETURNING" in sql:
        return sql.count("), (") + 1
    return max(said, 0)


def _product() -> str:
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.startswith("jieyue."):
            return f"{name}.{frame.f_code.co_name}"
        frame = frame.f_back
    return ""


def watch_connections(rows: Rows) -> None:
    """Every connection from now on, in every thread."""
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.signals import connection_created

    def opened(connection: Any, **_: Any) -> None:
        if rows.around not in connection.execute_wrappers:
            connection.execute_wrappers.append(rows.around)

    def ending(method: str, *, kept: bool) -> None:
        own = getattr(BaseDatabaseWrapper, method)

        def ended(self: Any, *args: Any) -> Any:
            result = own(self, *args)
            rows.end(kept=kept)
            return result

        setattr(BaseDatabaseWrapper, method, ended)

    connection_created.connect(opened, weak=False, dispatch_uid="tests.watch")
    ending("_commit", kept=True)
    ending("_rollback", kept=False)
    ending("close", kept=False)
