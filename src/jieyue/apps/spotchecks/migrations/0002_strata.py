"""Strata of a sample: by collecting body, or by body and type of institution."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spotchecks", "0001_start")]

    operations = [
        migrations.AddField("spotcheck", "strata", models.CharField(default="body", max_length=10)),
        migrations.AddField("spotitem", "kind", models.CharField(blank=True, max_length=60)),
    ]
