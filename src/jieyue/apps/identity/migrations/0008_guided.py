from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0007_wall_device")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="guided",
            field=models.BooleanField(default=False, verbose_name="has seen the first steps"),
        ),
    ]
