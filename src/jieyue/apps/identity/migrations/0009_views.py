from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0008_guided")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="views",
            field=models.JSONField(default=list, blank=True, verbose_name="saved views"),
        ),
    ]
