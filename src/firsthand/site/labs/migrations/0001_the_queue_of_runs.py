"""The queue of runs, and the events of each."""

import django.db.models.deletion
from django.db import migrations, models

import firsthand.bench.report

_STATES = [("queued", "Queued"), ("claimed", "Claimed"), ("finished", "Finished"), ("abandoned", "Abandoned")]
_ONE_LIVE_RUN = models.UniqueConstraint(
    condition=models.Q(("state__in", ["queued", "claimed"])), fields=("learner", "workspace"), name="one_live_run"
)


class Migration(migrations.Migration):
    """The queue of runs, and the events of each."""

    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=firsthand.bench.report.new_run_id,
                        editable=False,
                        max_length=32,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("learner", models.CharField(max_length=64)),
                ("lab", models.CharField(max_length=100)),
                ("workspace", models.TextField()),
                ("language", models.CharField(blank=True, default="", max_length=40)),
                ("seed", models.BigIntegerField()),
                ("stage", models.CharField(blank=True, default="", max_length=100)),
                ("options", models.JSONField(blank=True, default=dict)),
                ("state", models.CharField(choices=_STATES, default="queued", max_length=10)),
                ("owner", models.CharField(blank=True, default="", max_length=100)),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("queued_at", models.DateTimeField(auto_now_add=True)),
                ("claimed_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("kept", models.CharField(blank=True, default="", max_length=32)),
                ("verdict", models.CharField(blank=True, default="", max_length=10)),
                ("reason", models.TextField(blank=True, default="")),
            ],
            options={
                "indexes": [models.Index(fields=["state", "queued_at"], name="runs_waiting")],
                "constraints": [_ONE_LIVE_RUN],
            },
        ),
        migrations.CreateModel(
            name="RunEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("text", models.TextField()),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="events", to="labs.run"
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
                "constraints": [models.UniqueConstraint(fields=("run", "number"), name="each_event_once")],
            },
        ),
    )
