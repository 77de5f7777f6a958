from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metering", "0014_last_reading"),
    ]

    operations = [
        migrations.AddField(
            model_name="derivation",
            name="raw_from",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
