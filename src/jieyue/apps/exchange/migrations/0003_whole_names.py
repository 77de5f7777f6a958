"""A name that people answered is kept whole, however long; one that was cut is asked about once more."""

from typing import Any

from django.db import migrations, models

#: Where names were cut before.
_CUT = 250


def forget_cut(apps: Any, schema_editor: Any) -> None:
    """A cut name stands for every name that begins so: the whole ones are not there any more."""
    answers = apps.get_model("exchange", "MatchAnswer").objects.using(schema_editor.connection.alias)
    rows = answers.values_list("pk", "text")
    answers.filter(pk__in=[number for number, text in rows if len(text) >= _CUT]).delete()


class Migration(migrations.Migration):
    dependencies = [("exchange", "0002_kept_reply")]

    operations = [
        migrations.AlterField("matchanswer", "text", models.TextField(verbose_name="text")),
        migrations.RunPython(forget_cut, migrations.RunPython.noop),
    ]
