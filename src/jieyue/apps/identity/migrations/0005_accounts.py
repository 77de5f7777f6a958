from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("identity", "0004_mandates")]

    operations = [migrations.AlterModelManagers(name="user", managers=[])]
