"""Sessions in the database, read by a prepared query: every request asks for its own."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from jieyue.apps.publication.prepared import Prepared

log = logging.getLogger("jieyue.sessions")

_SESSION = Prepared(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now),
    key=CharField(),
    now=DateTimeField(),
)


class SessionStore(DatabaseSessions):
    """Django's own, but for the reading and for what need not be kept."""

    def _get_session_from_db(self) -> Session | None:
        found = _SESSION.objects(key=self.session_key, now=timezone.now())
        if not found:
            self._session_key = None
            return None
        return found[0]

    def keep(self, values: Mapping[str, Any]) -> None:
        """Write these now if that can be done at once. If not (another process writes, the disk is full or may only be
        read) the log says so and the request goes on; nothing is left to be saved at its end."""
        unsaved = self.modified
        self.update(values)
        try:
            with _without_waiting():
                self.save()
        except (DatabaseError, UpdateError) as error:
            log.warning("a session was not written: %s", error.__context__ or error)
        self.modified = unsaved


@contextmanager
def _without_waiting() -> Iterator[None]:
    """SQLite has one writer: the others wait half a minute, but not here. A row of PostgreSQL is nobody else's."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    raw = connection.connection
    (usual,) = raw.execute("PRAGMA busy_timeout").fetchone()
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA busy_timeout = {int(usual)}")
