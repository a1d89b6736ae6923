"""The queue of runs: a row is asked for by a page, claimed by a worker, and ends as finished or abandoned."""

from django.db import models
from django.db.models import Q

from firsthand.bench.report import new_run_id


class State(models.TextChoices):
    """Where a run stands: `queued -> claimed -> finished | abandoned`; a claim that was not kept up goes back."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    FINISHED = "finished"
    ABANDONED = "abandoned"


LIVE = (State.QUEUED, State.CLAIMED)


class Run(models.Model):
    """One run that somebody asked for. Queue and truth at once: whoever changes it compares its state first."""

    id = models.CharField(primary_key=True, max_length=32, default=new_run_id, editable=False)
    """Sorts by time; the first attempt's evidence is kept under this name too."""
    learner = models.CharField(max_length=64)
    lab = models.CharField(max_length=100)
    workspace = models.TextField()
    """The learner's folder, absolute."""
    language = models.CharField(max_length=40, blank=True, default="")
    seed = models.BigIntegerField()
    stage = models.CharField(max_length=100, blank=True, default="")
    """The only stage to judge; all when empty."""
    options = models.JSONField(default=dict, blank=True)
    """`all_stages`: go on after the first that fails. `counts`: whether it may count as evidence."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    owner = models.CharField(max_length=100, blank=True, default="")
    """The worker that holds the claim."""
    until = models.DateTimeField(null=True, blank=True)
    """When the claim ends, unless it is renewed."""
    attempt = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(auto_now_add=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    kept = models.CharField(max_length=32, blank=True, default="")
    """Under which name the evidence of the last attempt is kept, in the folder of runs."""
    verdict = models.CharField(max_length=10, blank=True, default="")
    reason = models.TextField(blank=True, default="")

    class Meta:
        """What the database itself keeps true."""

        indexes = (models.Index(fields=["state", "queued_at"], name="runs_waiting"),)
        constraints = (
            models.UniqueConstraint(
                fields=["learner", "workspace"], condition=Q(state__in=["queued", "claimed"]), name="one_live_run"
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} of {self.lab}, {self.state}"

    @property
    def live(self) -> bool:
        """Whether it waits or goes on now."""
        return self.state in LIVE


class RunEvent(models.Model):
    """One event of a run as it happened, so that pages can follow it and take it up again where they were."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    number = models.PositiveIntegerField()
    """From 1; a second attempt goes on counting and begins with another `RunStarted`."""
    text = models.TextField()
    """The event as JSON (docs/reference/events.md)."""

    class Meta:
        """What the database itself keeps true."""

        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["run", "number"], name="each_event_once"),)

    def __str__(self) -> str:
        return f"{self.number} of {self.run_id}"
