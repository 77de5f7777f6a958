from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metering", "0002_batch_state"),
    ]

    operations = [
        migrations.AddField(
            model_name="pointversion",
            name="no_value",
            field=models.CharField(
                blank=True, default="", max_length=200, verbose_name="readings that mean no value"
            ),
            preserve_default=False,
        ),
    ]
