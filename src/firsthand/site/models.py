"""The tables that no app owns alone: histories of many learners."""

from django.db import models


class HistoryRow(models.Model):
    """One event of one learner, once and for ever. Rows are added, and never changed or removed."""

    seq = models.BigAutoField(primary_key=True)
    learner = models.CharField(max_length=64)
    event = models.CharField(max_length=64)
    """The event's id, which is one learner's own."""
    at = models.CharField(max_length=32)
    kind = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    data = models.TextField()
    """As JSON."""
    place = models.CharField(max_length=32)
    """Where it stands in time: at `at`, or, when the clock was set back, right after all before it."""

    class Meta:
        """What the database itself keeps true."""

        indexes = (models.Index(fields=["learner", "place", "seq"], name="history_in_order"),)
        constraints = (models.UniqueConstraint(fields=["learner", "event"], name="each_event_once_of_a_learner"),)

    def __str__(self) -> str:
        return f"{self.kind} of {self.learner}, {self.at}"
