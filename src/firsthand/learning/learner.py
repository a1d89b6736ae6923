"""What the history tells of a learner, sorted by what it is about. Whatever the clocks showed, nothing is after now."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, cast, get_args

from firsthand.history import EVENT_VERSION, Event
from firsthand.learning.placement.result import Group, Kind, Outcome, Rating

Purpose = Literal["placement", "review", "lesson"]
CourseState = Literal["not-started", "watching", "done", "skipped"]
Grade = Literal["again", "hard", "good", "easy"]


@dataclass(frozen=True)
class Answered:
    """One question that was answered."""

    at: datetime
    question: str
    competency: str
    result: Outcome
    purpose: Purpose
    kind: Kind
    placement: str
    grader: str

    @property
    def is_own(self) -> bool:
        """Whether it was given to learn or review, and not for a placement."""
        return self.purpose != "placement"


@dataclass(frozen=True)
class Watched:
    """How far a course was watched at some time."""

    at: datetime
    course: str
    state: CourseState
    seconds: int


@dataclass(frozen=True)
class LabRun:
    """One run that counts."""

    at: datetime
    run: str
    lab: str
    whole: bool
    stages: tuple[str, ...]
    competencies: tuple[str, ...]
    grader: str


@dataclass(frozen=True)
class HelpRead:
    """A hint, or a solution when `check` is empty."""

    at: datetime
    lab: str
    check: str


@dataclass(frozen=True)
class Reviewed:
    """One review of a competency."""

    at: datetime
    competency: str
    grade: Grade


@dataclass(frozen=True)
class Corrected:
    """The learner's own word for a competency."""

    at: datetime
    group: Group


@dataclass(frozen=True)
class Wish:
    """What the learner plans for: a goal, hours on each weekday from Monday on, and dates as YYYY-MM-DD or empty."""

    goal: str
    hours: tuple[float, ...]
    start: str
    deadline: str


@dataclass
class Placed:
    """One placement, ended or not."""

    id: str
    seed: int
    began: datetime
    ended: datetime | None = None
    ratings: dict[str, Rating] = field(default_factory=dict)
    answers: list[Answered] = field(default_factory=list)
    probabilities: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Learner:
    """All that was told of one learner, each list in the order in which it happened."""

    now: datetime
    events: int = 0
    """How many events there are; it only grows."""
    placements: dict[str, Placed] = field(default_factory=dict)
    answers: list[Answered] = field(default_factory=list)
    watched: list[Watched] = field(default_factory=list)
    lessons: dict[str, datetime] = field(default_factory=dict)
    """When a lesson was first read."""
    runs: list[LabRun] = field(default_factory=list)
    help: list[HelpRead] = field(default_factory=list)
    corrected: dict[str, Corrected] = field(default_factory=dict)
    reviews: list[Reviewed] = field(default_factory=list)
    begun: set[str] = field(default_factory=set)
    """Labs that have a workspace or a run."""
    wish: Wish | None = None

    @classmethod
    def of(cls, events: Iterable[Event], now: datetime) -> "Learner":
        """Read events in their order; kinds and versions that are not known are passed over."""
        learner = cls(now)
        for event in events:
            learner.events += 1
            reader = _READERS.get(event.kind)
            if reader is not None and event.version <= EVENT_VERSION:
                reader(learner, event, min(event.time, now))
        return learner

    @property
    def placed(self) -> Placed | None:
        """The last placement that was ended."""
        ended = [each for each in self.placements.values() if each.ended is not None]
        return ended[-1] if ended else None

    @property
    def open_placement(self) -> Placed | None:
        """The placement that was begun last, when it has not ended."""
        last = next(reversed(self.placements.values()), None)
        return last if last is not None and last.ended is None else None

    def own_word(self, competency: str) -> Corrected | None:
        """What the learner said of a competency since the last placement."""
        said, placed = self.corrected.get(competency), self.placed
        later = said is not None and (placed is None or placed.ended is None or placed.ended <= said.at)
        return said if later else None

    @property
    def courses(self) -> dict[str, Watched]:
        """How far each course was watched, as told last."""
        return {each.course: each for each in self.watched}


def _placement(learner: Learner, event: Event, at: datetime) -> None:
    name = event.text("id")
    if event.text("event") == "began":
        learner.placements.pop(name, None)
        learner.placements[name] = Placed(name, int(event.number("seed")), at)
    elif event.text("event") == "ended" and name in learner.placements:
        learner.placements[name].ended = at
        learner.placements[name].probabilities = event.numbers("result")


def _rating(learner: Learner, event: Event, _at: datetime) -> None:
    placed = learner.placements.get(event.text("placement"))
    if placed is not None and event.text("rating") in get_args(Rating):
        placed.ratings[event.text("unit")] = cast("Rating", event.text("rating"))


def _answer(learner: Learner, event: Event, at: datetime) -> None:
    if event.text("result") not in get_args(Outcome) or event.text("purpose") not in get_args(Purpose):
        return
    answered = Answered(
        at,
        event.text("question"),
        event.text("competency"),
        cast("Outcome", event.text("result")),
        cast("Purpose", event.text("purpose")),
        "short" if event.text("kind") == "short" else "choice",
        event.text("placement"),
        event.text("grader"),
    )
    learner.answers.append(answered)
    placed = learner.placements.get(answered.placement)
    if placed is not None and answered.purpose == "placement":
        placed.answers.append(answered)


def _course(learner: Learner, event: Event, at: datetime) -> None:
    if event.text("state") in get_args(CourseState):
        state = cast("CourseState", event.text("state"))
        learner.watched.append(Watched(at, event.text("course"), state, max(0, int(event.number("seconds")))))


def _lesson(learner: Learner, event: Event, at: datetime) -> None:
    if event.text("state") == "read":
        learner.lessons.setdefault(event.text("lesson"), at)


def _run(learner: Learner, event: Event, at: datetime) -> None:
    if event.data.get("counts") is False:
        return
    learner.begun.add(event.text("lab"))
    stages, competencies = tuple(event.texts("stages_passed")), tuple(event.texts("competencies"))
    whole = event.data.get("whole") is True
    run = LabRun(at, event.text("run"), event.text("lab"), whole, stages, competencies, event.text("grader"))
    learner.runs.append(run)


def _began(learner: Learner, event: Event, _at: datetime) -> None:
    learner.begun.add(event.text("lab"))


def _help(learner: Learner, event: Event, at: datetime) -> None:
    learner.help.append(HelpRead(at, event.text("lab"), event.text("check")))


def _corrected(learner: Learner, event: Event, at: datetime) -> None:
    if event.text("group") in get_args(Group):
        learner.corrected[event.text("competency")] = Corrected(at, cast("Group", event.text("group")))


def _review(learner: Learner, event: Event, at: datetime) -> None:
    if event.text("grade") in get_args(Grade):
        learner.reviews.append(Reviewed(at, event.text("competency"), cast("Grade", event.text("grade"))))


def _plan(learner: Learner, event: Event, _at: datetime) -> None:
    hours = event.numbers("hours")
    of_days = tuple(min(24.0, max(0.0, float(hours.get(day, 0)))) for day in WEEKDAYS)
    learner.wish = Wish(event.text("goal"), of_days, event.text("start"), event.text("deadline"))


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_READERS: dict[str, Callable[[Learner, Event, datetime], None]] = {
    "placement": _placement,
    "rating": _rating,
    "answer": _answer,
    "course": _course,
    "lesson": _lesson,
    "run": _run,
    "began": _began,
    "hint": _help,
    "solution": _help,
    "corrected": _corrected,
    "review": _review,
    "plan": _plan,
}
