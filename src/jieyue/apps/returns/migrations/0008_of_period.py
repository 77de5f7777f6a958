"""The index of a period finds a single return too: see the model."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("returns", "0007_undated")]

    operations = [
        migrations.RemoveIndex(model_name="return", name="returns_ret_form_261f53_idx"),
        migrations.AddIndex(
            model_name="return",
            index=models.Index(
                fields=["form", "period", "subject", "instance"], name="returns_return_of_period"
            ),
        ),
    ]
