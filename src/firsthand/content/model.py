"""What a path is made of, as it was read. Every item knows its file, and its line where an author may err."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from firsthand.content.lesson import Lesson as Lesson
from firsthand.content.question import Question as Question
from firsthand.content.servers import KINDS

if TYPE_CHECKING:
    from firsthand.content.glossary import Term
    from firsthand.content.reading_planned import PlannedRead

Subject = Literal["program", "config", "sql", "repo", "tests", "manifests", "answers"]
Proof = Literal["live", "question", "both"]
Ready = Literal["tcp", "http", "alive"]
"""When an instance counts as started: it listens; it answers HTTP; it lives (a program without a port)."""
VariableKind = Literal["port", "folder", "value"]
"""port: a free TCP port. folder: an own empty folder of the run. value: always the given text."""


REPOSITORIES_SCRIPT = "repositories.sh"
"""What makes the Git repositories of a starter: run once in the new workspace, and taken away."""


@dataclass(frozen=True)
class Competency:
    """One thing a learner can do."""

    id: str
    """Such as `NET-11`; never changes its meaning, never re-used."""
    can: str
    tier: Literal[1, 2, 3]
    proof: Proof
    minutes: int
    """How long learning and proving it takes, as we estimate it for who holds what it requires."""
    requires: tuple[str, ...]
    unit: str
    file: Path
    line: int


@dataclass(frozen=True)
class Course:
    """A linked outside course. `seconds` is 0 when the length is not known."""

    id: str
    title: str
    url: str
    seconds: int
    added: str
    """The date on which the link was added, YYYY-MM-DD."""
    playlist: int
    """Its place in the source playlist, from 1; 0 for one of ours."""
    units: tuple[str, ...]
    teaches: tuple[str, ...]
    """The competencies that it teaches; it proves none."""
    file: Path
    line: int


@dataclass(frozen=True)
class PlannedLab:
    """A lab that does not exist yet: shown as such, never recommended. Once the lab is there, this is taken out."""

    id: str
    title: str
    wave: Literal[1, 2, 3]
    """1: with it every live competency of tier 1 is proved. 2: nearly all of tier 2. 3: the rest."""
    proves: tuple[str, ...]
    how: str
    """What is submitted, as letters joined by +: P program, C configuration, S SQL, R repository, T tests,
    D Dockerfile or manifests, A answers."""
    servers: tuple[str, ...]
    stages: tuple[str, ...]
    unit: str
    file: Path
    line: int


@dataclass(frozen=True)
class CheckDeclaration:
    """A check as its source declares it, read without running it."""

    id: str
    rule: str
    """The first line of its docstring."""
    proves: tuple[str, ...]
    hints: tuple[str, ...]
    file: Path
    line: int


@dataclass(frozen=True)
class Stage:
    """A brief and its checks, in file order."""

    id: str
    """The slug of its folder without the number: `01-status-line` is `status-line`."""
    number: int
    title: str
    subject: Subject
    files: tuple[str, ...]
    """What of the workspace it judges, where that is not a program: paths below the workspace."""
    needs: tuple[str, ...]
    """Servers (`mariadb`) or their features (`postgres:replica`) without which it is skipped."""
    fresh: bool
    """Whether the program is started anew for this stage."""
    deadline_s: float
    folder: Path
    checks: tuple[CheckDeclaration, ...]
    line: int
    repository: str = ""
    """The folder of the Git repository that it judges, below the workspace; empty for other subjects."""

    def brief(self) -> str:
        """The Markdown of brief.md."""
        return (self.folder / "brief.md").read_text(encoding="utf-8")

    @property
    def proves(self) -> tuple[str, ...]:
        """The competencies that its checks prove, each once, in order of appearance."""
        return tuple(dict.fromkeys(c for check in self.checks for c in check.proves))


@dataclass(frozen=True)
class Variable:
    """One environment variable of the program's contract."""

    name: str
    kind: VariableKind
    about: str
    value: str = ""


@dataclass(frozen=True)
class ServerUse:
    """One real server of a lab, and what it holds when a run begins."""

    kind: str
    """Such as `postgres`; see content.servers."""
    if_present: bool = False
    """Whether the lab can do without it: stages that need it are skipped where it is missing."""
    own: bool = False
    """Whether each run needs one that it shares with nobody, such as to restart it."""
    schema: str = ""
    """A file of SQL below the lab's folder."""
    data: str = ""
    """A Python file below the lab's folder whose `statements(rng)` yields the SQL of generated data, or SQL itself."""
    sample: str = ""
    """Like `data`, and used in its place where learners look around by themselves."""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class PeerUse:
    """One scripted counterpart of a lab. The program finds it by the variable `<KIND>_<NAME>`, as host:port."""

    name: str
    kind: str
    about: str

    @property
    def variable(self) -> str:
        """Such as BACKEND_ALPHA."""
        return f"{self.kind}_{self.name}".upper().replace("-", "_")


@dataclass(frozen=True)
class StarterPromise:
    """What happens to whoever submits a starter unchanged."""

    stage: str
    check: str
    says: str
    """Must stand in the failure's message or remark."""


@dataclass(frozen=True)
class Lab:
    """A project proved in stages."""

    id: str
    title: str
    summary: str
    minutes: int
    proves: tuple[str, ...]
    unit: str
    stages: tuple[Stage, ...]
    environment: tuple[Variable, ...]
    ready: Ready
    ready_s: float
    check_s: float
    servers: tuple[ServerUse, ...]
    peers: tuple[PeerUse, ...]
    starter: StarterPromise
    folder: Path
    file: Path
    solutions_folder: Path | None
    """Where solutions/ and bugs/ are: the lab's own folder in a clone, another wheel's elsewhere; None without them."""

    def starters(self) -> tuple[str, ...]:
        """The languages that have a starter, by name."""
        return _folders(self.folder / "starters")

    def solutions(self) -> tuple[str, ...]:
        """The languages that have a solution here, by name."""
        return _folders(self.solutions_folder / "solutions") if self.solutions_folder else ()

    def variables(self) -> tuple[tuple[str, str], ...]:
        """Name and meaning of every variable that a program or configuration finds, its servers' and peers' too."""
        return (
            *((v.name, v.about) for v in self.environment),
            *((KINDS[s.kind].variable, KINDS[s.kind].about) for s in self.servers if KINDS[s.kind].variable),
            *((p.variable, p.about or f"host:port of the back end {p.name}") for p in self.peers),
        )

    def is_about(self, subject: Subject) -> bool:
        """Whether any of its stages asks for this subject."""
        return any(stage.subject == subject for stage in self.stages)

    @property
    def repositories(self) -> tuple[str, ...]:
        """The folders of a workspace that are Git repositories, which its stages judge."""
        return tuple(dict.fromkeys(stage.repository for stage in self.stages if stage.repository))

    @property
    def is_called(self) -> bool:
        """Whether its program is a command, called with words, and no server with a port."""
        return self.is_about("program") and not any(variable.kind == "port" for variable in self.environment)

    @property
    def has_wire(self) -> bool:
        """Whether a run records a conversation that says something of what was written."""
        return self.subject not in ("sql", "repo", "tests") and bool(not self.is_called or self.servers or self.peers)

    @property
    def subject(self) -> Subject:
        """What learners mainly write: a program where any stage asks for one, else what its first stage asks for."""
        return "program" if self.is_about("program") or not self.stages else self.stages[0].subject

    def stage(self, name: str) -> Stage | None:
        """The stage with this id or number."""
        return next((s for s in self.stages if name in (s.id, str(s.number), f"{s.number:02}-{s.id}")), None)

    def digest(self) -> str:
        """sha256 over what decides verdicts: lab.toml, kit.py, given/, and checks.py of each stage."""
        from firsthand.content.digest import lab_digest

        return lab_digest(self.folder)


@dataclass(frozen=True)
class Unit:
    """One topic of a path."""

    id: str
    code: str
    """The prefix of its competencies, such as `NET`."""
    title: str
    why: str
    topic: str
    """The topic of the source article that it covers; empty where it goes beyond the article."""
    requires: tuple[str, ...]
    competencies: tuple[Competency, ...]
    lessons: tuple[Lesson, ...]
    labs: tuple[Lab, ...]
    folder: Path
    file: Path

    @property
    def overview(self) -> Lesson | None:
        """The lesson that opens it, if there is one."""
        return next((lesson for lesson in self.lessons if lesson.opens), None)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Its questions in file order, read when they are first asked for.

        Raises:
            ContentError: the first mistake in questions.toml.
        """
        from firsthand.content.findings import stop_at_first
        from firsthand.content.reading_questions import read_questions

        return tuple(found.question for found in read_questions(self.folder, self.id, stop_at_first))


@dataclass(frozen=True)
class LearningPath:
    """An ordered graph of units."""

    id: str
    title: str
    units: tuple[Unit, ...]
    courses: tuple[Course, ...]
    folder: Path
    file: Path
    extensions: tuple[Path, ...] = ()
    """The folders of what other roots add to it."""
    lessons: tuple[Lesson, ...] = ()
    """Its own, which belong to no unit and stand before all."""

    @cached_property
    def planned(self) -> tuple[PlannedLab, ...]:
        """The labs that do not exist yet, in order of study, read when they are first asked for.

        Raises:
            ContentError: the first mistake in planned.toml.
        """
        there = {lab.id for unit in self.units for lab in unit.labs}
        return tuple(read.lab for plan in self._plans for read in plan.labs if read.lab.id not in there)

    @cached_property
    def planned_questions(self) -> tuple[str, ...]:
        """The competencies that only questions prove, and that have none yet; read as `planned` is."""
        return tuple(dict.fromkeys(name for plan in self._plans for name in plan.questions))

    @cached_property
    def glossary(self) -> "tuple[Term, ...]":
        """The terms that it explains, by alphabet, read as `planned` is."""
        from firsthand.content.findings import stop_at_first
        from firsthand.content.glossary import read_glossary

        folders = (self.folder, *self.extensions)
        terms = [read.term for folder in folders for read in read_glossary(folder, stop_at_first)]
        return tuple(sorted(terms, key=lambda each: each.name.casefold()))

    @cached_property
    def _plans(self) -> "tuple[PlannedRead, ...]":
        from firsthand.content.findings import stop_at_first
        from firsthand.content.reading_planned import read_planned

        plans = (read_planned(folder, stop_at_first) for folder in (self.folder, *self.extensions))
        return tuple(plan for plan in plans if plan is not None)


@dataclass(frozen=True)
class Catalogue:
    """All that was read, from all roots; of two things with one id the first root's stands and the linter tells."""

    paths: tuple[LearningPath, ...]
    roots: tuple[Path, ...] = field(default=())

    def units(self) -> tuple[Unit, ...]:
        """All units in order of study."""
        return tuple(unit for path in self.paths for unit in path.units)

    def labs(self) -> tuple[Lab, ...]:
        """All labs in order of study."""
        return tuple(lab for unit in self.units() for lab in unit.labs)

    def lab(self, lab_id: str) -> Lab | None:
        """The lab with this id."""
        return next((lab for lab in self.labs() if lab.id == lab_id), None)

    def lessons(self) -> tuple[Lesson, ...]:
        """All lessons in order of study, those of paths themselves first."""
        own = (lesson for path in self.paths for lesson in path.lessons)
        return (*own, *(lesson for unit in self.units() for lesson in unit.lessons))

    def competencies(self) -> dict[str, Competency]:
        """All competencies by id."""
        return {c.id: c for unit in self.units() for c in unit.competencies}

    def questions(self) -> tuple[Question, ...]:
        """All questions in order of study; reads every unit's questions.toml."""
        return tuple(question for unit in self.units() for question in unit.questions)

    def planned(self) -> tuple[PlannedLab, ...]:
        """All labs that do not exist yet."""
        return tuple(lab for path in self.paths for lab in path.planned)

    def glossary(self) -> "tuple[Term, ...]":
        """The terms of all paths, by alphabet; reads every path's glossary."""
        terms = (term for path in self.paths for term in path.glossary)
        return tuple(sorted(terms, key=lambda each: each.name.casefold()))

    def lesson_for(self, competencies: tuple[str, ...]) -> Lesson | None:
        """The first lesson that teaches one of these, the earlier competency first."""
        return next((lesson for c in competencies for lesson in self.lessons() if c in lesson.teaches), None)


def _folders(parent: Path) -> tuple[str, ...]:
    return tuple(sorted(p.name for p in parent.iterdir() if p.is_dir())) if parent.is_dir() else ()
