"""A cursor of PostgreSQL whose statements are planned once for a connection: imported where psycopg is there only."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import ServerBindingCursor

_AT_ONCE: Final = 0
#: Where a connection of Django has the cursor that is kept.
_KEPT: Final = "jieyue_planned"
_Params = Sequence[Any] | Mapping[str, Any]


class _Planned(ServerBindingCursor, psycopg.Cursor[Any]):
    """Prepares whatever it executes; what other cursors of the connection execute is neither prepared nor counted."""

    def execute(self, query: Any, params: _Params | None = None, **options: Any) -> Any:
        """As psycopg's, prepared."""
        raw = self.connection
        others, raw.prepare_threshold = raw.prepare_threshold, _AT_ONCE
        try:
            return super().execute(query, params, **options)
        finally:
            raw.prepare_threshold = others

    def _convert_query(self, query: Any, params: _Params | None = None) -> Any:
        """As psycopg's; kept for Django's list of queries, which psycopg forgets where a plan is there."""
        self._query = super()._convert_query(query, params)
        return self._query


def rows_of(connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement, by a cursor that is kept as long as the connection: making one is a quarter of what a
    short question costs. Where Django lists what it asks, one is made that lists.
    """
    if connection.queries_logged:
        with _made(connection) as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    kept = getattr(connection, _KEPT, None)
    if kept is None or kept.connection is not connection.connection:
        kept = _made(connection)
        setattr(connection, _KEPT, kept)
    kept.execute(sql, params)
    return list(kept.fetchall())


def _made(connection: BaseDatabaseWrapper) -> Any:
    """Django's own cursor of this connection over a `_Planned`."""
    connection.ensure_connection()
    raw: Any = connection.connection
    ordinary, raw.cursor_factory = raw.cursor_factory, _Planned
    try:
        return connection.cursor()
    finally:
        raw.cursor_factory = ordinary
