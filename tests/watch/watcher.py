"""Judges every transaction and every call of a service; witnesses fail by it, of other tests it tells what they ran."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.watch.excused import BESIDE, MANY, NOTES, SILENT_MODULES, SILENT_SERVICES, TABLES, UPDATED, WHOLE
from tests.watch.rows import LOG, Rows, Write, watch_connections
from tests.watch.services import wrap_services
from tests.watch.witnesses import is_witness, missed

RECORD = "audit.record.record"
CHANGED, REFUSED, NOTHING = "changed", "refused", "nothing"
#: Errors by which a service says no.
REFUSALS = (ValueError, LookupError, PermissionError)


@dataclass
class Call:
    """One call of a service: what was committed of what it wrote, and how it ended.

    own, changed: entries, and rows, but those of what is told beside what is done (`BESIDE`). over: it has come to its
    end.
    """

    service: str
    outer: bool
    entries: int = 0
    own: int = 0
    rows: int = 0
    changed: int = 0
    over: bool = False
    error: type[Exception] | None = None

    @property
    def refused(self) -> str:
        """The name of the error by which it said no."""
        return self.error.__name__ if self.error and issubclass(self.error, REFUSALS) else ""


@dataclass
class Watcher:
    """One a process. wrong: what this test has done that may not be; ran: service → how its calls ended."""

    wrong: list[str] = field(default_factory=list)
    ran: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows = Rows(self._stack, self.kept)
        self._calls: dict[int, Call] = {}
        self._numbers = count(1)
        self._own = threading.local()

    def begin(self) -> None:
        """Another test begins."""
        self.wrong, self.ran = [], {}
        self._calls.clear()

    def _stack(self) -> tuple[int, ...]:
        return getattr(self._own, "stack", ())

    @contextmanager
    def somebody_else(self) -> Iterator[None]:
        """What a test does in the midst of a call, as another person would: no part of that call."""
        before, self._own.stack = self._stack(), ()
        try:
            yield
        finally:
            self._own.stack = before

    def around(self, service: str, function: Callable[..., Any], args: Any, more: Any) -> Any:
        """Stands around every public function of a service."""
        before, number = self._stack(), next(self._numbers)
        call = self._calls[number] = Call(service, outer=not before)
        self._own.stack = (*before, number)
        try:
            return function(*args, **more)
        except Exception as error:
            call.error = type(error)
            raise
        finally:
            self._own.stack = before
            self._ended(number, call)

    def _ran(self, call: Call, how: str) -> None:
        self.ran.setdefault(call.service, set()).add(how)

    def _tell(self, call: Call) -> None:
        """Of a call that is over, once all that it wrote is kept."""
        if not (call.error or call.own or call.changed):
            self._ran(call, NOTHING)
        elif call.outer and call.changed and call.entries and not call.own:
            self.wrong.append(f"{call.service}: {call.changed} rows of its own, and only entries told beside")
        elif call.outer and call.own > 1 and call.service not in MANY:
            self.wrong.append(f"{call.service}: {call.own} entries of one call")

    def _ended(self, number: int, call: Call) -> None:
        call.over = True
        if not call.refused:
            if not self.rows.waits(number):
                self._tell(call)
            return
        self._ran(call, REFUSED)
        if (call.entries or call.rows) and call.outer:
            self.wrong.append(
                f"{call.service}: {call.refused}, with {call.rows} rows and {call.entries} entries kept"
            )

    def kept(self, writes: list[Write]) -> None:
        """A transaction was committed."""
        entries = [one for one in writes if one.table == LOG and one.verb == "INSERT"]
        rows = [one for one in writes if one.table != LOG and one.product and not self._excused(one)]
        for one in (*entries, *rows):
            self._count(one)
        for number in {number for one in entries for number in one.calls} & self._calls.keys():
            if (
                self._calls[number].over and not self._calls[number].refused
            ):  # what it wrote waited for its caller
                self._tell(self._calls[number])
        if rows and not entries:
            tables = ", ".join(sorted({one.table for one in rows}))
            self.wrong.append(f"no entry for rows of {tables}: {self._who(rows[0])}")
        if entries and not any(one.table != LOG for one in writes) and not self._notes(entries[0]):
            self.wrong.append(f"an entry without a change: {self._who(entries[0])}")

    def _count(self, one: Write) -> None:
        beside = ""  # the module whose service tells beside what its callers do; in that module it is the act itself
        for call in reversed(self._known(one)):
            module = call.service.rpartition(".")[0]
            aside = beside not in ("", module)
            if one.table == LOG:
                call.entries += one.rows
                call.own += 0 if aside else one.rows
                if not aside:
                    self._ran(call, CHANGED)
            else:
                call.rows += one.rows
                call.changed += 0 if aside else one.rows
            if call.service in BESIDE and not aside:
                beside = module
            if call.refused:
                self.wrong.append(f"{call.service}: {call.refused}, and rows of {one.table} kept")

    def _known(self, one: Write) -> list[Call]:
        return [self._calls[number] for number in one.calls if number in self._calls]

    def _who(self, one: Write) -> str:
        return f"{' > '.join(call.service for call in self._known(one))} ({one.product})"

    def _excused(self, one: Write) -> bool:
        return (
            one.table in TABLES
            or (one.verb == "UPDATE" and one.table in UPDATED)
            or one.product.startswith(SILENT_MODULES)
            or any(call.service in SILENT_SERVICES for call in self._known(one))
        )

    def _notes(self, one: Write) -> bool:
        services = [call.service for call in self._known(one)]
        return services in ([], [RECORD]) or any(name in NOTES for name in services)


WATCHER = Watcher()


def install() -> None:
    """Before any service is imported, and before the first connection."""
    wrap_services(WATCHER.around)
    watch_connections(WATCHER.rows)


def judge(test: str) -> None:
    """Fails for what the test has done wrong, or did not do though it is named for it.

    Held to it are the witnesses and the whole of `WHOLE`; of any other test the report says what was found.
    """
    wrong = sorted(set(WATCHER.wrong)) + missed(test, WATCHER.ran)
    if report := os.environ.get("WATCH_REPORT"):
        ran = {service: sorted(how) for service, how in WATCHER.ran.items()}
        with Path(report).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"test": test, "wrong": wrong, "ran": ran}, ensure_ascii=False) + "\n")
    assert not (wrong and (is_witness(test) or test.startswith(WHOLE))), "\n".join(wrong)
