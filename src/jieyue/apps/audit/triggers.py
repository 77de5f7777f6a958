"""Triggers by which the database itself refuses to change or remove rows of a table, whoever asks."""

from collections.abc import Iterator
from typing import Any

MESSAGE = "the action log can only be added to"


def add(schema_editor: Any, table: str) -> None:
    """Guard a table of the log."""
    for forward, _ in _statements(schema_editor.connection.vendor, table):
        schema_editor.execute(forward)


def remove(schema_editor: Any, table: str) -> None:
    """Take the guard away: only for a migration that is undone."""
    for _, backward in reversed(list(_statements(schema_editor.connection.vendor, table))):
        schema_editor.execute(backward)


def _statements(vendor: str, table: str) -> Iterator[tuple[str, str]]:
    if vendor == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_no_{verb.lower()}"
            body = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            yield f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {body}", f"DROP TRIGGER IF EXISTS {name}"
    elif vendor == "postgresql":
        function = f"{table}_refuse"
        yield (
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$",
            f"DROP FUNCTION IF EXISTS {function}()",
        )
        for name, when, each in (
            ("rows", "UPDATE OR DELETE", "ROW"),
            ("table", "TRUNCATE", "STATEMENT"),
        ):
            yield (
                f"CREATE TRIGGER {table}_{name} BEFORE {when} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION {function}()",
                f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}",
            )
