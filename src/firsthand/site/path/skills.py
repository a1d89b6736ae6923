"""The skills of a unit with their state, and why it is so: which answer, lesson or run showed it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from firsthand.content.model import Competency, Course, Lab, Lesson, PlannedLab
from firsthand.learning.mastery import Mastery, Seen
from firsthand.study.outlook import Outlook
from firsthand.study.skill_words import MEANS, TIERS


@dataclass(frozen=True)
class Why:
    """One piece of evidence, and how certain the skill is with it and all before."""

    percent: int
    source: str
    words: str
    day: date | None
    address: str
    """A page of ours on it; empty without one."""
    speaks: str
    """for, against, or empty: neither."""


@dataclass(frozen=True)
class Skill:
    """One skill as its unit's page shows it."""

    of: Competency
    mastery: Mastery
    why: list[Why]
    fresh: int | None
    """How likely it is remembered today, in percent; None before it was learned."""
    is_due: bool
    stands_on: list[tuple[Competency, str]]
    """With the state of each."""
    lessons: list[Lesson]
    courses: list[Course]
    labs: list[Lab]
    planned: list[PlannedLab]
    has_questions: bool

    @property
    def status(self) -> str:
        """Such as proven."""
        return self.mastery.status.value

    @property
    def means(self) -> str:
        """What that says."""
        return MEANS[self.status]

    @property
    def tier(self) -> str:
        """What it is for."""
        return TIERS[self.of.tier]

    @property
    def percent(self) -> int:
        """How likely the learner can do it, by all evidence."""
        return round(self.mastery.probability * 100)


def skills(here: Outlook, of: Iterable[Competency]) -> list[Skill]:
    """These skills for a learner."""
    due = set() if here.is_new else set(here.agenda.today)
    return [_skill(here, each, is_due=each.id in due) for each in of]


def _skill(here: Outlook, of: Competency, *, is_due: bool) -> Skill:
    memory = None if here.is_new else here.memories.get(of.id)
    found = here.found[of.id]
    return Skill(
        of,
        found,
        _reasons(here, found),
        round(memory.fresh * 100) if memory else None,
        is_due,
        [(here.competencies[one], here.found[one].status.value) for one in of.requires if one in here.competencies],
        [lesson for unit in here.path.units for lesson in unit.lessons if of.id in lesson.teaches],
        [course for course in here.path.courses if of.id in course.teaches],
        [lab for unit in here.path.units for lab in unit.labs if of.id in lab.proves],
        [lab for lab in here.path.planned if of.id in lab.proves],
        of.id in here.questions,
    )


def _reasons(here: Outlook, found: Mastery) -> list[Why]:
    if not found.seen and found.placed is None:
        return []
    words = "placement" if found.placed else "before anything was seen"
    first = Why(round(found.beginning * 100), words, "", _day(here, found.placed), "", "")
    return [first, *(_why(here, each) for each in found.seen)]


def _why(here: Outlook, each: Seen) -> Why:
    seen = each.evidence
    speaks = "for" if seen.weight > 0 or seen.learned else "against" if seen.weight < 0 else ""
    address = _address(here, each)
    return Why(round(each.probability * 100), seen.source, seen.words, _day(here, seen.at), address, speaks)


def _day(here: Outlook, at: datetime | None) -> date | None:
    return at.astimezone(here.learner.now.tzinfo).date() if at else None


def _address(here: Outlook, each: Seen) -> str:
    """The page of the run, lesson, course or question that was the evidence."""
    kind, _, name = each.evidence.source.partition(" ")
    if kind == "lab":
        run = next((run.run for run in here.learner.runs if run.lab == name and run.at == each.evidence.at), "")
        return f"/run/{run}/" if run else f"/lab/{name}/"
    if kind == "lesson" and name.count("/") == 1:
        return reverse("lesson", args=name.split("/"))
    if kind == "course":
        return f"{reverse('courses')}#{name}"
    if kind == "question" and "/" not in name:
        return f"/question/{name}/"
    return ""
