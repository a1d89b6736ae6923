"""What the JSON interface reads."""

import msgspec

from firsthand import __version__
from firsthand.bench.report import read_report
from firsthand.content.model import Lab
from firsthand.core.errors import UsageError
from firsthand.history import Event
from firsthand.learning.mastery import Status
from firsthand.learning.next import Choice
from firsthand.site.api.schemas import ChoiceOut, LabOut, NextOut, RunOut, RunWholeOut, StageOut, StatusOut, UnitOut
from firsthand.site.labs.models import LIVE, Run, State
from firsthand.site.learner import Person
from firsthand.study.kept import kept_run
from firsthand.study.memory import Past
from firsthand.study.ways import title


def labs(person: Person) -> list[LabOut]:
    """All labs, in order of study."""
    past = Past(person.events)
    return [_lab(lab, past) for unit in person.outlook.path.units for lab in unit.labs]


def _lab(lab: Lab, past: Past) -> LabOut:
    standing = past.standing(lab.id)
    folders = [e.text("folder") for e in reversed(past.events) if e.text("lab") == lab.id and e.text("folder")]
    return LabOut(
        id=lab.id,
        title=lab.title,
        summary=lab.summary,
        unit=lab.unit,
        minutes=lab.minutes,
        proves=list(lab.proves),
        servers=[use.kind for use in lab.servers],
        begun=standing.began,
        passed=standing.passed,
        workspaces=list(dict.fromkeys(folders)),
        stages=[StageOut(id=s.id, number=s.number, title=s.title, passed=s.id in standing.stages) for s in lab.stages],
    )


def runs(person: Person, limit: int) -> list[RunOut]:
    """The newest runs first: those that wait or go on, then those that the history tells of, made here or elsewhere."""
    live = Run.objects.filter(learner=person.id, state__in=LIVE).order_by("-queued_at", "-id")[:limit]
    found = [of_row(run) for run in live]
    ended = [event for event in reversed(person.events) if event.kind == "run"]
    return [*found, *map(_of_event, ended[: limit - len(found)])]


def run(person: Person, row: Run | None, name: str) -> RunWholeOut | None:
    """One run, with its report where that is kept."""
    told = next(
        (e for e in person.events if e.kind == "run" and e.text("run") in (name, row.kept if row else name)), None
    )
    out = of_row(row) if row is not None else _of_event(told) if told is not None else None
    if out is None:
        return None
    try:
        report = read_report(kept_run(row.kept if row and row.kept else name))
    except UsageError:  # it is not over, or no longer kept
        return RunWholeOut(**out.model_dump(), report=None)
    return RunWholeOut(**out.model_dump(), report=msgspec.to_builtins(report))


def of_row(run: Run) -> RunOut:
    """A run of the queue."""
    return RunOut(
        id=run.kept or run.pk,
        lab=run.lab,
        workspace=run.workspace,
        language=run.language,
        state=run.state,
        verdict=run.verdict,
        reason=run.reason,
        seed=run.seed,
        at=run.ended_at or run.queued_at,
    )


def _of_event(event: Event) -> RunOut:
    return RunOut(
        id=event.text("run"),
        lab=event.text("lab"),
        workspace=event.text("folder"),
        language=event.text("language"),
        state=State.FINISHED,
        verdict=event.text("verdict"),
        reason=event.text("failed_check"),
        seed=int(event.number("seed")),
        at=event.time,
    )


def what_next(person: Person) -> NextOut:
    """The three choices."""
    here = person.outlook
    found = here.choices
    return NextOut(
        recommended=_choice(found.recommended),
        other=_choice(found.other),
        due=list(found.reviews.due),
        review_minutes=found.reviews.minutes,
        next_review=found.reviews.next_day,
    )


def _choice(choice: Choice | None) -> ChoiceOut | None:
    if choice is None:
        return None
    step = choice.planned.step
    return ChoiceOut(
        kind=step.kind,
        title=title(step),
        unit=step.unit,
        minutes=round(step.minutes),
        skills=list(step.competencies),
        unlocks=choice.unlocks,
    )


def status(person: Person) -> StatusOut:
    """Where the learner stands in each unit."""
    here = person.outlook
    units = []
    for unit in here.path.units:
        counts = dict.fromkeys(map(str, Status), 0)
        for competency in unit.competencies:
            counts[str(here.found[competency.id].status)] += 1
        units.append(UnitOut(id=unit.id, title=unit.title, skills=counts))
    return StatusOut(version=__version__, path=here.path.id, new=here.is_new, units=units)
