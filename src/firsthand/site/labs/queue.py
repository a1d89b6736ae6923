"""What workers do with the queue of runs: claim, renew, end. Each step is one UPDATE that compares first."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F, Max, QuerySet
from django.utils import timezone

from firsthand.core.verdicts import Verdict
from firsthand.site.labs.models import LIVE, Run, RunEvent, State

CLAIM = timedelta(seconds=15)
"""For so long a claim holds that its worker does not renew."""
ATTEMPTS_MAX = 3
"""So often a run is begun; when its worker has died each time it is given up, at nobody's cost."""
EVENTS_KEPT = timedelta(hours=1)
"""Events of a run that ended are kept for so long, for pages that still follow it; the report has all they say."""
ENDED_KEPT = timedelta(days=30)

_GIVEN_UP = "The process that performed it died each time. Nothing counts against you: run it again."


def claim(owner: str) -> Run | None:
    """The run that waits longest, claimed; None where none waits, or another worker was quicker."""
    waiting = Run.objects.filter(state=State.QUEUED).order_by("queued_at", "id").values_list("pk", flat=True).first()
    if waiting is None:
        return None
    now = timezone.now()
    claimed = Run.objects.filter(pk=waiting, state=State.QUEUED).update(
        state=State.CLAIMED, owner=owner, until=now + CLAIM, attempt=F("attempt") + 1, claimed_at=now
    )
    return Run.objects.get(pk=waiting) if claimed else None


def begin(run: Run, kept: str) -> bool:
    """Say under which name this attempt's evidence will be kept; whether the claim still holds."""
    run.kept = kept
    return bool(_held(run).update(kept=kept))


def renew(run: Run) -> bool:
    """Keep up the claim; whether it still holds. It does not when the run was stopped, or went to another worker."""
    return bool(_held(run).update(until=timezone.now() + CLAIM))


def publish(run: Run, after: int, texts: Sequence[str]) -> int:
    """Let pages see events, numbered on from `after`; returns the last number."""
    RunEvent.objects.bulk_create(
        RunEvent(run_id=run.pk, number=number, text=text) for number, text in enumerate(texts, after + 1)
    )
    return after + len(texts)


def published(run: Run) -> int:
    """The number of the last event that pages have seen, of an earlier attempt; 0 before the first."""
    return int(RunEvent.objects.filter(run=run).aggregate(last=Max("number"))["last"] or 0)


def finish(run: Run, verdict: Verdict, reason: str, kept: str) -> bool:
    """The run is over; whether the claim still held."""
    ended = {"state": State.FINISHED, "ended_at": timezone.now(), "until": None}
    return bool(_held(run).update(**ended, verdict=str(verdict), reason=reason, kept=kept))


def release(run: Run) -> bool:
    """Give it back as if it had not been begun: the worker ends before the run does."""
    waits = {"state": State.QUEUED, "owner": "", "until": None}
    return bool(_held(run).update(**waits, attempt=F("attempt") - 1))


def requeue(*, everything: bool = False) -> int:
    """Put runs back whose claim has ended, or all that are claimed; returns how many.

    `everything` is for who knows that no other worker lives. What was begun too often is given up instead.
    """
    ended = Run.objects.filter(state=State.CLAIMED)
    if not everything:
        ended = ended.filter(until__lt=timezone.now())
    given_up = {"state": State.ABANDONED, "ended_at": timezone.now(), "until": None}
    ended.filter(attempt__gte=ATTEMPTS_MAX).update(**given_up, verdict=str(Verdict.ERROR), reason=_GIVEN_UP)
    return ended.filter(attempt__lt=ATTEMPTS_MAX).update(state=State.QUEUED, owner="", until=None)


def died(run: Run) -> bool:
    """The process of this attempt died: the run waits again, or is given up. Whether the claim still held."""
    if run.attempt < ATTEMPTS_MAX:
        return bool(_held(run).update(state=State.QUEUED, owner="", until=None))
    given_up = {"state": State.ABANDONED, "ended_at": timezone.now(), "until": None}
    return bool(_held(run).update(**given_up, verdict=str(Verdict.ERROR), reason=_GIVEN_UP))


def tidy() -> None:
    """Forget the events of runs that ended a while ago, and rows that ended long ago; their evidence stays."""
    now = timezone.now()
    RunEvent.objects.filter(run__ended_at__lt=now - EVENTS_KEPT).delete()
    Run.objects.exclude(state__in=LIVE).filter(ended_at__lt=now - ENDED_KEPT).delete()


def _held(run: Run) -> "QuerySet[Run]":
    """The row as long as this very claim holds."""
    return Run.objects.filter(pk=run.pk, state=State.CLAIMED, owner=run.owner, attempt=run.attempt)
