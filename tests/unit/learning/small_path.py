"""A learning path made by hand, and a learner's events on it, for tests of what follows from both."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from firsthand.content.model import (
    CheckDeclaration,
    Competency,
    Course,
    Lab,
    LearningPath,
    Lesson,
    PlannedLab,
    Stage,
    Unit,
)
from firsthand.content.question import Question
from firsthand.history import Event
from firsthand.history.event import timestamp
from firsthand.learning.learner import Learner
from firsthand.learning.mastery import Mastery, mastery

HERE = Path("made/by/hand")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday."""


class Story:
    """What a learner did, told event by event; `day` is a number of days from NOW, mostly before it."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def tell(self, event: str, day: float = -1, version: int = 1, /, **data: Any) -> "Story":
        """Something happened."""
        at = timestamp(NOW + timedelta(days=day))
        self.events.append(Event(f"e{len(self.events)}", at, event, version, data))
        return self

    def placed(self, probabilities: dict[str, float], day: float = -10) -> "Story":
        """A placement ended so."""
        self.tell("placement", day, id=f"p{day}", event="began", seed=1, result=None)
        return self.tell("placement", day, id=f"p{day}", event="ended", seed=1, result=probabilities)

    def answered(self, question: str, result: str = "right", day: float = -1, **more: Any) -> "Story":
        """A question was answered."""
        told = {"purpose": "lesson", "kind": "choice", "grader": "0.1.0", **more}
        return self.tell("answer", day, question=question, competency=question.split(".")[0], result=result, **told)

    def ran(self, lab: str, *stages: str, whole: bool = False, day: float = -1, **more: Any) -> "Story":
        """A lab was checked, and these stages passed."""
        return self.tell("run", day, lab=lab, stages_passed=list(stages), whole=whole, grader="abc123", **more)

    def learner(self, now: datetime = NOW) -> Learner:
        """The learner of this story."""
        return Learner.of(self.events, now)

    def mastery(self, path: LearningPath, now: datetime = NOW) -> dict[str, Mastery]:
        """How far everything is mastered."""
        return mastery(path, self.learner(now))


def competency(name: str, *requires: str, minutes: int = 60, tier: int = 1, proof: str = "live") -> Competency:
    """A competency of the unit that its id names."""
    unit = name.rpartition("-")[0].lower()
    return Competency(name, f"do {name}", tier, proof, minutes, requires, unit, HERE, 1)  # type: ignore[arg-type]


def lesson(name: str, *teaches: str) -> Lesson:
    """A lesson of ten minutes."""
    return Lesson(name, f"About {name}", 10, teaches, name.partition("/")[0], HERE)


def course(name: str, *teaches: str, minutes: int = 60, playlist: int = 0) -> Course:
    """A course."""
    return Course(
        name, name.title(), f"https://example.org/{name}", minutes * 60, "2026-11-22", playlist, (), teaches, HERE, 1
    )


def lab(name: str, *proves: str, minutes: int = 100) -> Lab:
    """A lab with one stage, of one check, for each competency that it proves."""
    stages = []
    for number, proved in enumerate(proves, 1):
        check = CheckDeclaration(f"check_{number}", "a rule", (proved,), (), HERE, 1)
        stages.append(_made(Stage, id=f"stage-{number}", number=number, title=f"Stage {number}", checks=(check,)))
    unit = proves[0].rpartition("-")[0].lower()
    title = name.title()
    return _made(Lab, id=name, title=title, minutes=minutes, proves=proves, unit=unit, stages=tuple(stages))


def _made(kind: type[Any], **given: Any) -> Any:
    """An item of content; of what learning does not look at, nothing."""
    return kind(**{each.name: given.get(each.name, ()) for each in fields(kind)})


def planned(name: str, *proves: str) -> PlannedLab:
    """A lab that is not there yet."""
    return PlannedLab(name, name.title(), 1, proves, "P", (), ("one",), proves[0].rpartition("-")[0].lower(), HERE, 1)


def path(
    *competencies: Competency,
    labs: tuple[Lab, ...] = (),
    courses: tuple[Course, ...] = (),
    lessons: tuple[Lesson, ...] = (),
    planned_labs: tuple[PlannedLab, ...] = (),
    asked: tuple[str, ...] = (),
) -> LearningPath:
    """A path of these; its units are those that the competencies name. `asked`: competencies with one question."""
    units = []
    for name in dict.fromkeys(c.unit for c in competencies):
        own = tuple(c for c in competencies if c.unit == name)
        unit = Unit(
            name,
            name.upper(),
            f"Unit {name}",
            "why",
            "",
            (),
            own,
            tuple(x for x in lessons if x.unit == name),
            tuple(x for x in labs if x.unit == name),
            HERE,
            HERE,
        )
        questions = tuple(
            Question(f"{c.id}.1", c.id, "token", 0.5, "What?", "So.", name, HERE, 1, answers=("yes",))
            for c in own
            if c.id in asked
        )
        unit.__dict__["questions"] = questions
        units.append(unit)
    made = LearningPath("own", "Own", tuple(units), courses, HERE, HERE)
    made.__dict__["planned"] = planned_labs
    return made


def day(number: int) -> date:
    """The day so many days after NOW."""
    return NOW.date() + timedelta(number)
