"""The table of histories."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of histories."""

    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="HistoryRow",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("learner", models.CharField(max_length=64)),
                ("event", models.CharField(max_length=64)),
                ("at", models.CharField(max_length=32)),
                ("kind", models.CharField(max_length=40)),
                ("version", models.PositiveIntegerField()),
                ("data", models.TextField()),
                ("place", models.CharField(max_length=32)),
            ],
            options={
                "indexes": [models.Index(fields=["learner", "place", "seq"], name="history_in_order")],
                "constraints": [
                    models.UniqueConstraint(fields=("learner", "event"), name="each_event_once_of_a_learner")
                ],
            },
        ),
    )
