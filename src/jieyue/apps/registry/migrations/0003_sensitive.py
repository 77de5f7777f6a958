from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0002_rooms_and_heating'),
    ]

    operations = [
        migrations.AddField(
            model_name='institutionversion',
            name='sensitive',
            field=models.CharField(blank=True, default='', max_length=3, verbose_name='sensitive'),
        ),
    ]
