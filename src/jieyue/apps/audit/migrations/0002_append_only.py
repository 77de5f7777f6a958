"""The database itself refuses to change the log, whoever asks."""

from django.db import migrations

TABLE = "audit_actionlog"
MESSAGE = "the action log can only be added to"


def _statements(vendor):
    if vendor == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            name = f"{TABLE}_no_{verb.lower()}"
            yield (
                f"CREATE TRIGGER {name} BEFORE {verb} ON {TABLE} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
                f"DROP TRIGGER IF EXISTS {name}",
            )
    elif vendor == "postgresql":
        yield (
            f"CREATE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$",
            f"DROP FUNCTION IF EXISTS {TABLE}_refuse()",
        )
        yield (
            f"CREATE TRIGGER {TABLE}_rows BEFORE UPDATE OR DELETE ON {TABLE} "
            f"FOR EACH ROW EXECUTE FUNCTION {TABLE}_refuse()",
            f"DROP TRIGGER IF EXISTS {TABLE}_rows ON {TABLE}",
        )
        yield (
            f"CREATE TRIGGER {TABLE}_table BEFORE TRUNCATE ON {TABLE} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_refuse()",
            f"DROP TRIGGER IF EXISTS {TABLE}_table ON {TABLE}",
        )


def add(apps, schema_editor):
    for forward, _ in _statements(schema_editor.connection.vendor):
        schema_editor.execute(forward)


def remove(apps, schema_editor):
    for _, backward in reversed(list(_statements(schema_editor.connection.vendor))):
        schema_editor.execute(backward)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
