from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metering", "0007_metered"),
    ]

    operations = [
        migrations.AddField(
            model_name="pointversion",
            name="formula",
            field=models.TextField(blank=True, default="", verbose_name="formula"),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="pointversion",
            index=models.Index(
                condition=models.Q(("kind", "virtual")), fields=["point"], name="metering_virtual"
            ),
        ),
    ]
