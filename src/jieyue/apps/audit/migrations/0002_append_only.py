"""The database itself refuses to change the log, whoever asks."""

from django.db import migrations

from jieyue.apps.audit import triggers

TABLE = "audit_actionlog"


def add(apps, schema_editor):
    triggers.add(schema_editor, TABLE)


def remove(apps, schema_editor):
    triggers.remove(schema_editor, TABLE)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
