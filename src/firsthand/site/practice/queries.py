"""What the pages of practice read."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.http import Http404

from firsthand.content.model import Competency, Unit
from firsthand.content.question import Question
from firsthand.history import Event
from firsthand.learning.learner import Placed
from firsthand.learning.mastery import Status
from firsthand.learning.next import Choice
from firsthand.learning.placement.result import Group
from firsthand.learning.steps import Step
from firsthand.site.learner import Person
from firsthand.study.outlook import Outlook
from firsthand.study.placing import GROUPS, by_unit, compact, group_now, grouped
from firsthand.study.telling import event_words
from firsthand.study.ways import HEADS, Way, gives, title, waits, ways


def question(person: Person, question_id: str) -> Question:
    """The question of this id.

    Raises:
        Http404: there is none.
    """
    every = (each for of_skill in person.outlook.questions.values() for each in of_skill)
    found = next((each for each in every if each.id == question_id), None)
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class GroupOnPage:
    """One of the three groups of a result."""

    id: Group
    title: str
    about: str
    skills: int
    whole: list[Unit]
    """Units that are in it with all their skills."""
    parts: list[tuple[Unit, str]]
    """Others, with the ids of those skills in few words."""


@dataclass(frozen=True)
class UnitOnPage:
    """How many skills of a unit are in each group."""

    unit: Unit
    known: int
    prove: int
    learn: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.known + self.prove + self.learn

    @property
    def words(self) -> str:
        """The numbers in words, without those that are nothing."""
        counts = ((self.known, "known"), (self.prove, "to prove"), (self.learn, "to learn"))
        told = [f"{'all' if number == self.total else number} {what}" for number, what in counts if number]
        return ", ".join(told)

    @property
    def known_and_prove(self) -> int:
        """Where the third part of its bar begins."""
        return self.known + self.prove


def result_groups(here: Outlook, placed: Placed) -> list[GroupOnPage]:
    """The result of a placement in its groups."""
    return [_group(here, group, skills) for group, skills in grouped(here, placed).items()]


def _group(here: Outlook, group: Group, skills: list[str]) -> GroupOnPage:
    title, about = GROUPS[group]
    whole, parts = by_unit(here, skills)
    return GroupOnPage(group, title, about, len(skills), whole, [(unit, compact(own)) for unit, own in parts])


def result_units(here: Outlook, placed: Placed) -> list[UnitOnPage]:
    """The result of a placement unit by unit."""
    return [_unit(here, placed, unit) for unit in here.units.values() if unit.competencies]


def _unit(here: Outlook, placed: Placed, unit: Unit) -> UnitOnPage:
    said = [group_now(here, placed, c.id) for c in unit.competencies]
    return UnitOnPage(unit, said.count("known"), said.count("prove"), said.count("learn"))


def skills_with_groups(here: Outlook, placed: Placed, unit: Unit) -> Iterable[tuple[Competency, Group]]:
    """The skills of a unit, each with its group."""
    return [(c, group_now(here, placed, c.id)) for c in unit.competencies]


@dataclass(frozen=True)
class ChoiceOnPage:
    """A step that can be begun now."""

    head: str
    kind: str
    title: str
    step: Step
    unit: Unit
    gives: str
    waits: str
    lacks: str
    ways: list[Way]
    alone: bool
    """Nothing here teaches it but questions."""


def choice(here: Outlook, head: str, found: Choice) -> ChoiceOnPage:
    """A step as a page shows it: what it is, what it is good for, how to begin."""
    step = found.planned.step
    how = ways(here, step)
    return ChoiceOnPage(
        head,
        HEADS[step.kind],
        title(step),
        step,
        here.units[step.unit],
        gives(step),
        waits(found),
        ", ".join(found.lacks),
        how,
        step.kind == "learn" and not any(way.kind in ("lesson", "part") for way in how),
    )


@dataclass(frozen=True)
class UnitShown:
    """A unit of which something was seen."""

    unit: Unit
    counts: list[tuple[str, int]]
    last: datetime


def units_with_evidence(here: Outlook) -> list[UnitShown]:
    """The units of which something was seen, in order of study."""
    found = []
    for unit in here.units.values():
        of_it = [here.found[c.id] for c in unit.competencies]
        seen = [each.evidence.at for mastery in of_it for each in mastery.seen]
        if seen:
            counts = Counter(mastery.status.value for mastery in of_it if mastery.status is not Status.OPEN)
            told = [(status.value, counts[status.value]) for status in reversed(Status) if counts[status.value]]
            found.append(UnitShown(unit, told, max(seen)))
    return found


def counts_of(here: Outlook, statuses: Iterable[Status]) -> list[tuple[Status, int]]:
    """How many skills have each of these statuses, those that none has left out."""
    counts: Counter[Status] = Counter(mastery.status for mastery in here.found.values())
    return [(status, counts[status]) for status in statuses if counts[status]]


@dataclass(frozen=True)
class Happened:
    """An event in words."""

    at: datetime
    kind: str
    words: str
    address: str


def lately(person: Person, count: int) -> list[Happened]:
    """The last events, the newest first."""
    events = (event for event in reversed(person.events) if event.kind != "rating")  # there are many at once
    return [_happened(event) for event in islice(events, count)]


def _happened(event: Event) -> Happened:
    addresses = {"run": f"/run/{event.text('run')}/", "plan": "/plan/", "placement": "/start/result/"}
    return Happened(event.time, event.kind, event_words(event), addresses.get(event.kind, ""))
