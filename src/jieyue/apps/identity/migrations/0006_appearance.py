from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0005_accounts")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="appearance",
            field=models.CharField(blank=True, max_length=20, verbose_name="appearance"),
        ),
    ]
