"""Bring the office database to this version: each migration with its record in one transaction, or not at all.

Django writes the record of a migration that has deferred statements (indexes, foreign keys) after the commit. A
process that dies between the two leaves tables that the next run would make once more, and fails at. Here the
deferred statements and the record stand inside.
"""

from typing import Any

from django.core.management import call_command
from django.core.management.commands import migrate as command
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration

from jieyue.store.failpoint import failpoint


class WholeExecutor(MigrationExecutor):
    """Migrations that are whole or not begun."""

    def apply_migration(
        self, state: Any, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> Any:
        """Apply and record in one transaction."""
        with self.connection.schema_editor(atomic=True) as editor:
            state = migration.apply(state, editor)
            for statement in editor.deferred_sql:
                editor.execute(statement, None)
            editor.deferred_sql.clear()
            for app, name in migration.replaces or [(migration.app_label, migration.name)]:
                self.recorder.record_applied(app, name)
            failpoint("migrate.in_migration")
        failpoint("migrate.after_migration")
        return state


def migrate() -> None:
    """Apply what waits, then let the apps furnish their tables (content types, permissions). Idempotent.

    Django's command names its executor in its module; there is no other way to give it ours.
    """
    command.MigrationExecutor = WholeExecutor  # type: ignore[attr-defined]
    call_command(command.Command(), interactive=False, verbosity=0)
