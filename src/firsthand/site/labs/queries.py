"""What the pages of labs read: labs with where the learner stands, their workspaces, their runs."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from django.http import Http404

from firsthand.bench.report import RUN_ID, Evidence
from firsthand.content.model import Lab, Stage, Unit
from firsthand.core.verdicts import Verdict
from firsthand.history import Event
from firsthand.site.labs.kept import folder_there
from firsthand.site.learner import Person
from firsthand.study.kept import runs_folder
from firsthand.study.memory import Past, Standing

WORKSPACES_SHOWN_MAX = 12
RUNS_OF_LAB_SHOWN = 8
RUNS_PAGE = 50

StageState = Literal["passed", "failed", "ahead"]


@dataclass(frozen=True)
class Place:
    """A workspace that the history knows, whose folder is still there."""

    folder: Path
    language: str
    stages: frozenset[str]
    """Passed there at some time."""
    last: "Ran | None"


@dataclass(frozen=True)
class Ran:
    """A run as the history, or else its folder, tells of it."""

    id: str
    event: Event | None
    kept: bool
    """Whether its evidence is still there."""

    @property
    def verdict(self) -> Verdict | None:
        """Its verdict, if it is one that we know."""
        told = self.event.text("verdict") if self.event else ""
        return Verdict(told) if told in set(Verdict) else None

    @cached_property
    def at(self) -> str:
        """When it began, by its name."""
        return f"{self.id[:4]}-{self.id[4:6]}-{self.id[6:8]}T{self.id[9:11]}:{self.id[11:13]}:{self.id[13:15]}+00:00"


@dataclass(frozen=True)
class Shelf:
    """A unit's labs, with where the learner stands."""

    unit: Unit
    labs: tuple[tuple[Lab, Standing], ...]


@dataclass(frozen=True)
class Runs:
    """A page of the learner's runs, newest first."""

    runs: list[Ran]
    page: int
    pages: int
    total: int
    labs: dict[str, str] = field(default_factory=dict)
    """Titles by id."""


def labs(person: Person) -> tuple[Lab, ...]:
    """All labs in order of study."""
    return tuple(lab for unit in person.outlook.path.units for lab in unit.labs)


def lab(person: Person, lab_id: str) -> Lab:
    """The lab of this id.

    Raises:
        Http404: there is none.
    """
    found = next((lab for lab in labs(person) if lab.id == lab_id), None)
    if found is None:
        raise Http404
    return found


def stage(of: Lab, name: str) -> Stage:
    """The stage with this id or number.

    Raises:
        Http404: there is none.
    """
    found = of.stage(name)
    if found is None:
        raise Http404
    return found


def shelves(person: Person) -> list[Shelf]:
    """All units that have labs."""
    past = Past(person.events)
    return [
        Shelf(unit, tuple((lab, past.standing(lab.id)) for lab in unit.labs))
        for unit in person.outlook.path.units
        if unit.labs
    ]


def places(person: Person, of: Lab) -> list[Place]:
    """The learner's workspaces of a lab that are still there, the one used last first."""
    past = Past(person.events)
    used: dict[str, str] = {}
    for event in past.events:
        if event.kind in ("began", "run") and event.text("lab") == of.id and event.text("folder"):
            language = event.text("language") or used.get(event.text("folder"), "")
            used.pop(event.text("folder"), None)
            used[event.text("folder")] = language
    found = []
    for folder, language in reversed(used.items()):
        path = folder_there(folder)
        if path is not None:
            last = past.last_run(path)
            stages = past.standing(of.id, path).stages
            found.append(Place(path, language, stages, _ran(last) if last else None))
        if len(found) >= WORKSPACES_SHOWN_MAX:
            break
    return found


def runs(person: Person, number: int = 1, *, lab_id: str = "", folder: str = "") -> Runs:
    """A page of the runs that the history tells of, and of those that are kept without it."""
    told: dict[str, Event | None] = {e.text("run"): e for e in person.events if e.kind == "run" and e.text("run")}
    there = _kept_names()
    for name in there:
        told.setdefault(name, None)
    wanted = [
        name
        for name, event in told.items()
        if (not lab_id or (event and event.text("lab") == lab_id))
        and (not folder or (event and event.text("folder") == folder))
    ]
    wanted.sort(reverse=True)
    pages = max((len(wanted) + RUNS_PAGE - 1) // RUNS_PAGE, 1)
    number = min(max(number, 1), pages)
    shown = wanted[(number - 1) * RUNS_PAGE : number * RUNS_PAGE]
    titles = {lab.id: lab.title for lab in labs(person)}
    return Runs([Ran(name, told[name], name in there) for name in shown], number, pages, len(wanted), titles)


def last_runs(person: Person, of: Lab) -> list[Ran]:
    """The last runs of a lab, newest first."""
    found = (e for e in reversed(person.events) if e.kind == "run" and e.text("lab") == of.id and e.text("run"))
    return [_ran(event) for _, event in zip(range(RUNS_OF_LAB_SHOWN), found, strict=False)]


def event_of(person: Person, run_id: str) -> Event | None:
    """What the history tells of a run."""
    return Past(person.events).run(run_id)


def stages(person: Person, of: Lab) -> list[tuple[Stage, StageState]]:
    """Each stage of a lab, and whether it was passed, is where the last run failed, or lies ahead."""
    passed = Past(person.events).standing(of.id).stages
    last = next((e for e in reversed(person.events) if e.kind == "run" and e.text("lab") == of.id), None)
    failed = last.text("failed_check") if last else ""
    return [(stage, _state(stage, passed, failed)) for stage in of.stages]


def _state(stage: Stage, passed: frozenset[str], failed_check: str) -> StageState:
    if failed_check in {check.id for check in stage.checks}:
        return "failed"
    return "passed" if stage.id in passed else "ahead"


def _ran(event: Event) -> Ran:
    name = event.text("run")
    return Ran(name, event, bool(RUN_ID.fullmatch(name)) and Evidence(runs_folder() / name).report.is_file())


def _kept_names() -> set[str]:
    from firsthand.bench.report import runs as kept_runs

    return {evidence.folder.name for evidence in kept_runs(runs_folder())}
