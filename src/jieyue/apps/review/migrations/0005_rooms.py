"""A finding names the room that it was found of: a form with rooms has several returns a period."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("review", "0004_request")]

    operations = [
        migrations.AddField(
            model_name="reviewfinding",
            name="instance",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
        migrations.RemoveConstraint(model_name="reviewfinding", name="review_finding_key"),
        migrations.AddConstraint(
            model_name="reviewfinding",
            constraint=models.UniqueConstraint(
                fields=["subject", "form", "period", "instance", "rule", "item"], name="review_finding_key"
            ),
        ),
    ]
