"""What pages ask of the queue of runs: put one in, follow it, stop it."""

from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone

from firsthand.bench.report import RUN_ID, new_run_id
from firsthand.core.errors import UsageError
from firsthand.core.randomness import new_seed
from firsthand.site.labs.models import LIVE, Run, RunEvent, State
from firsthand.site.learner import Person
from firsthand.site.live import live
from firsthand.study import library, workspace

WAITING_MAX = 20
"""Runs of one learner that wait or go on."""
EVENTS_AT_ONCE_MAX = 500


def enqueue(
    person: Person,
    lab: str,
    folder: Path,
    *,
    stage: str = "",
    all_stages: bool = False,
    seed: int | None = None,
) -> Run:
    """Ask for a run of the workspace `folder`; a workspace that has a live run gets that one instead.

    Raises:
        UsageError: there is no such lab, stage or folder, or too many runs wait.
        WorkspaceError: the workspace's marker is not as it must be.
    """
    found = library.lab(lab)
    place = workspace.given(folder, found.id)
    wanted = Run(
        learner=person.id,
        lab=found.id,
        workspace=str(place.folder),
        language=place.language,
        seed=new_seed() if seed is None else seed,
        stage=library.stage(found, stage).id if stage else "",
        options={"all_stages": all_stages, "counts": seed is None},
    )
    now_live = Run.objects.filter(learner=person.id, state__in=LIVE)
    if now_live.count() >= WAITING_MAX:
        raise UsageError(f"{WAITING_MAX} of your runs wait already.", advice="Try again when some are done.")
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
    except IntegrityError:  # the database keeps it to one live run for each workspace
        there = now_live.filter(workspace=wanted.workspace).first()
        if there is not None:
            return there
        wanted.pk = new_run_id()  # it ended in this moment, or two had one id
        wanted.save(force_insert=True)
    transaction.on_commit(live.wake_worker)
    return wanted


def run_of(person: Person, name: str) -> Run | None:
    """The learner's run that was asked for under this id, or whose evidence is kept under it."""
    if not RUN_ID.fullmatch(name):
        return None
    runs = Run.objects.filter(learner=person.id)
    return runs.filter(pk=name).first() or runs.filter(kept=name).first()


def live_runs(person: Person) -> list[Run]:
    """The learner's runs that wait or go on, in their order."""
    return list(Run.objects.filter(learner=person.id, state__in=LIVE).order_by("queued_at", "id"))


def events_since(run: Run, number: int = 0) -> list[tuple[int, str]]:
    """The next events of a run after this one, each with its number, as JSON; at most `EVENTS_AT_ONCE_MAX`."""
    rows = RunEvent.objects.filter(run=run, number__gt=number).order_by("number")
    return list(rows.values_list("number", "text")[:EVENTS_AT_ONCE_MAX])


def stop(person: Person, run: Run) -> bool:
    """Stop a live run of the learner; whether it was live. Its worker ends the program at its next heartbeat."""
    mine = Run.objects.filter(pk=run.pk, learner=person.id, state__in=LIVE)
    return bool(mine.update(state=State.ABANDONED, ended_at=timezone.now(), reason="You stopped it. Nothing was lost."))
