"""Tables that a release goes without."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0001_start")]

    operations = [
        migrations.AddField(
            model_name="datarelease",
            name="left_out",
            field=models.JSONField(default=list),
        ),
    ]
