"""What is left to do for a goal, as steps: things to learn, courses to watch, labs to pass, questions to answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import inf
from typing import Literal

import msgspec

from firsthand.content.model import Competency, Course, Lab, LearningPath
from firsthand.learning.goals import Goal
from firsthand.learning.graph import Graph
from firsthand.learning.learner import Learner, Watched
from firsthand.learning.mastery import Mastery, Status

LEARNING_SHARE = 0.5
"""Of a competency's minutes, where a lab that is there takes the proving."""
TRY_SHARE = 0.5
"""Of what learning takes, where a placement finds that the learner may well know it."""
MINUTES_MIN = 5
QUESTIONS_MINUTES = 5
COURSE_WORTH = 3
"""A course that was not begun is taken up when it is at most so many times longer than learning the same without it."""

StepKind = Literal["learn", "course", "lab", "questions"]


class Step(msgspec.Struct, frozen=True, gc=False):
    """Something to do for the goal."""

    id: str
    """The kind, a colon and the name; never changes its meaning."""
    kind: StepKind
    name: str
    """The id of the competency, course or lab."""
    title: str
    unit: str
    minutes: int
    requires: tuple[str, ...]
    """Ids of the steps that come before."""
    competencies: tuple[str, ...]
    """What it teaches or proves, of what is wanted."""
    lessons: tuple[str, ...] = ()
    courses: tuple[str, ...] = ()
    """learn: courses that teach it, among other things."""
    questions: bool = False
    """learn: whether there are questions on it."""
    planned: tuple[str, ...] = ()
    """Ids of labs that will prove it when they are there."""

    @property
    def there(self) -> bool:
        """Whether anything exists to do it with: what does not exist is never recommended."""
        return self.kind != "learn" or bool(self.lessons or self.courses or self.questions)


def steps(path: LearningPath, goal: Goal, found: Mapping[str, Mastery], learner: Learner) -> list[Step]:
    """What is left to do for the goal, in order of study, each step with those that come before it."""
    return _Work(path, goal, found, learner).steps()


@dataclass
class _Work:
    """Everything that the steps follow from."""

    path: LearningPath
    goal: Goal
    found: Mapping[str, Mastery]
    learner: Learner
    all: dict[str, Competency] = field(init=False)
    labs: list[Lab] = field(init=False)
    open: list[str] = field(init=False)
    """Competencies that are to be learned, each after what it stands on."""
    places: dict[str, int] = field(init=False)
    """Their places there."""
    teacher: dict[str, str] = field(init=False)
    """For each of these the id of the step that teaches it."""
    taught_by: dict[str, list[str]] = field(init=False)
    """For each course that is taken up, what it teaches."""
    by_labs: set[str] = field(init=False)
    """Competencies that these labs prove."""
    asked: set[str] = field(init=False)
    """Competencies that have questions."""

    def __post_init__(self) -> None:
        self.all = {c.id: c for unit in self.path.units for c in unit.competencies}
        self.labs = self._chosen_labs()
        self.by_labs = {c for lab in self.labs for c in lab.proves}
        graph = Graph.of(self.path)
        wanted = graph.foundation([*self.goal.targets, *(c for lab in self.labs for c in lab.proves if c in self.all)])
        self.open = [c for c in graph.order if c in wanted and self.found[c].needs_teaching]
        self.teacher = {c: f"learn:{c}" for c in self.open}
        self.taught_by = {}
        self.asked = {question.competency for unit in self.path.units for question in unit.questions}
        self.places = {c: number for number, c in enumerate(self.open)}
        self._take_up_courses()

    def steps(self) -> list[Step]:
        """All steps, in order of study."""
        places = {c: number for number, c in enumerate(self.all)}
        learning = [*self._course_steps(), *self._learn_steps()]
        made = [*learning, *self._lab_steps(), *self._question_steps()]
        # A lab comes after all that it proves, so that of equal ones in the order of study learning is first.
        return sorted(made, key=lambda step: max(places[c] for c in step.competencies))

    def _chosen_labs(self) -> list[Lab]:
        """The labs of the goal, then in order of study those that prove what nothing else proves yet."""
        there = [lab for unit in self.path.units for lab in unit.labs]
        missing = {c for c in self.goal.targets if self._needs_lab(c)}
        passed = {run.lab for run in self.learner.runs if run.whole}
        chosen = [lab for lab in there if lab.id in self.goal.labs - passed]
        for lab in chosen:
            missing.difference_update(lab.proves)
        while True:
            rest = [lab for lab in there if missing.intersection(lab.proves)]
            if not rest:
                return chosen
            best = max(rest, key=lambda lab: (lab.id in self.learner.begun, len(missing.intersection(lab.proves))))
            chosen.append(best)
            missing.difference_update(best.proves)

    def _needs_lab(self, competency: str) -> bool:
        known = self.all.get(competency)
        passed = (Status.PASSED, Status.PROVEN)
        return known is not None and known.proof != "question" and self.found[competency].status not in passed

    def _take_up_courses(self) -> None:
        """Choose courses: those that are watched already, then of the playlist, then others; the most for its length
        first, as long as a course is worth its length for what no other one teaches."""
        now = self.learner.courses
        closed = {course for course, watched in now.items() if watched.state in ("done", "skipped")}
        waiting = []
        for place, course in enumerate(self.path.courses):
            if course.id not in closed:
                rank = 0 if _is_watching(now.get(course.id)) else 1 if course.playlist else 2
                waiting.append((rank, -inf, place, course))
        heapify(waiting)
        while waiting:
            rank, _, place, course = heappop(waiting)
            gives = self._would_give(course)
            worth = sum(map(self._learning, gives)) / _minutes_left(course, now.get(course.id))
            if not gives or (rank and course.seconds and worth * COURSE_WORTH < 1):
                continue
            # What others took up since has left less for this one: is it still the best?
            if waiting and waiting[0][:3] < (rank, -worth, place):
                heappush(waiting, (rank, -worth, place, course))
                continue
            self.taught_by[course.id] = gives
            self.teacher.update(dict.fromkeys(gives, f"course:{course.id}"))

    def _would_give(self, course: Course) -> list[str]:
        """What only this course would teach, of what is to be learned."""
        gives: list[str] = []
        for competency in sorted(set(course.teaches) & self.teacher.keys(), key=self.places.__getitem__):
            alone = self.teacher[competency].startswith("learn:")
            if alone and not self._runs_in_a_circle([*gives, competency]):
                gives.append(competency)
        return gives

    def _runs_in_a_circle(self, gives: list[str]) -> bool:
        """Whether one course cannot teach these: something outside it would have to be learned in its middle."""
        inside = set(gives)
        waiting = [one for c in gives for one in self.all[c].requires if one not in inside]
        seen: set[str] = set()
        while waiting and len(gives) > 1:
            one = waiting.pop()
            if one in inside:
                return True
            if one in self.teacher and one not in seen:
                seen.add(one)
                together = self.taught_by.get(self.teacher[one].partition(":")[2], [one])
                waiting += [below for c in together for below in self.all[c].requires]
        return False

    def _learning(self, competency: str) -> int:
        """The minutes that learning it takes without a course."""
        share = LEARNING_SHARE if competency in self.by_labs else 1.0
        if self.found[competency].by_halves:
            share *= TRY_SHARE
        return max(MINUTES_MIN, round(self.all[competency].minutes * share))

    def _before(self, competencies: list[str] | tuple[str, ...], own: str) -> tuple[str, ...]:
        """The steps that teach what these stand on."""
        needed = {self.teacher[one] for c in competencies for one in self.all[c].requires if one in self.teacher}
        return tuple(sorted(needed - {own}))

    def _course_steps(self) -> Iterator[Step]:
        for course in self.path.courses:
            gives = self.taught_by.get(course.id)
            if gives:
                name, minutes = f"course:{course.id}", sum(map(self._learning, gives))
                left = _minutes_left(course, self.learner.courses.get(course.id)) if course.seconds else minutes
                unit = self.all[gives[0]].unit
                before = self._before(gives, name)
                yield Step(name, "course", course.id, course.title, unit, left, before, tuple(gives))

    def _learn_steps(self) -> Iterator[Step]:
        lessons: dict[str, list[str]] = {}
        for lesson in (lesson for unit in self.path.units for lesson in unit.lessons):
            for competency in lesson.teaches:
                lessons.setdefault(competency, []).append(lesson.id)
        skipped = {course for course, watched in self.learner.courses.items() if watched.state == "skipped"}
        courses: dict[str, list[str]] = {}
        for course in self.path.courses:
            for competency in course.teaches if course.id not in skipped else ():
                courses.setdefault(competency, []).append(course.id)
        planned: dict[str, list[str]] = {}
        for lab in self.path.planned:
            for competency in lab.proves:
                planned.setdefault(competency, []).append(lab.id)
        for c in self.open:
            name = f"learn:{c}"
            if self.teacher[c] != name:
                continue
            yield Step(
                name,
                "learn",
                c,
                self.all[c].can,
                self.all[c].unit,
                self._learning(c),
                self._before((c,), name),
                (c,),
                tuple(lessons.get(c, ())),
                tuple(courses.get(c, ())),
                c in self.asked,
                tuple(planned.get(c, ())),
            )

    def _lab_steps(self) -> Iterator[Step]:
        for lab in self.labs:
            proves = tuple(c for c in lab.proves if c in self.all)
            name = f"lab:{lab.id}"
            taught = {self.teacher[c] for c in proves if c in self.teacher}
            before = tuple(sorted(taught | set(self._before(proves, name))))
            passed = {stage for run in self.learner.runs if run.lab == lab.id for stage in run.stages}
            left = sum(stage.id not in passed for stage in lab.stages) / len(lab.stages)
            minutes = max(MINUTES_MIN, round(lab.minutes * left))
            yield Step(name, "lab", lab.id, lab.title, lab.unit, minutes, before, proves)

    def _question_steps(self) -> Iterator[Step]:
        # What was answered right comes back as a review; until then there is nothing to do about it.
        last = {answered.competency: answered.result for answered in self.learner.answers if answered.is_own}
        for c in (c for c in self.all if last.get(c) != "right"):
            status = self.found[c].status
            only_questions = self.all[c].proof == "question" and status not in (Status.SHOWN, Status.PROVEN)
            if c in self.goal.targets and c in self.asked and (only_questions or status is Status.PASSED):
                name = f"questions:{c}"
                before = (self.teacher[c],) if c in self.teacher else ()
                unit = self.all[c].unit
                yield Step(name, "questions", c, self.all[c].can, unit, QUESTIONS_MINUTES, before, (c,), questions=True)


def _is_watching(watched: Watched | None) -> bool:
    return watched is not None and watched.state == "watching"


def _minutes_left(course: Course, watched: Watched | None) -> int:
    seen = watched.seconds if watched is not None and watched.state == "watching" else 0
    return max(MINUTES_MIN, round((course.seconds - seen) / 60))
