"""What the map tells a learner: of each unit how far they are in it, where they are, and what is next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from firsthand.learning.next import Choices
from firsthand.site.path.picture import Ground, Spot, drawn, ground, stands, title_lines
from firsthand.site.path.way_on import WayOn, way_on
from firsthand.study.outlook import Outlook
from firsthand.study.path_map import UnitOnMap, path_map

FULL = 100
"""A ring once around."""


@dataclass(frozen=True)
class UnitCard:
    """A unit as picture and list show it."""

    of: UnitOnMap
    due: int
    """Skills to be reviewed today."""
    courses_done: int
    is_here: bool
    is_next: bool

    @property
    def total(self) -> int:
        """How many skills there are."""
        return len(self.of.unit.competencies)

    @property
    def is_whole(self) -> bool:
        """Whether all is proven."""
        return self.total > 0 and self.of.proven == self.total

    @property
    def proven_arc(self) -> int:
        """The proven part of the ring."""
        return round(FULL * self.of.proven / self.total) if self.total else 0

    @property
    def known_arc(self) -> int:
        """The part of the ring behind it: taught, known, or shown in part."""
        return round(FULL * (self.of.proven + self.of.under_way) / self.total) - self.proven_arc if self.total else 0

    @property
    def in_words(self) -> str:
        """How far it is, for who cannot see the ring."""
        skills = f"{self.total} skill{'' if self.total == 1 else 's'}"
        told = [(self.of.proven, "proven"), (self.of.under_way, "under way"), (self.due, "due for review")]
        facts = ", ".join(f"{count} {words}" for count, words in told if count)
        return f"{skills}: {facts}" if facts else skills

    @property
    def courses_in_words(self) -> str:
        """How many of its courses were watched; empty where it has none."""
        many = len(self.of.courses)
        return f"{self.courses_done} of {many} course{'' if many == 1 else 's'} watched" if many else ""

    @property
    def label(self) -> str:
        """All of it as one sentence after the other."""
        after = " and ".join(one.title for one in self.of.after)
        words = [f"{self.of.number}. {self.of.unit.title}", self.in_words, self.courses_in_words]
        words += [f"Stands on {after}" if after else "Can be begun at any time"]
        words += ["Goes beyond the article"] if self.of.beyond else []
        words += ["You are here"] if self.is_here else []
        words += ["Next for you"] if self.is_next else []
        return ". ".join(filter(None, words)) + "."


@dataclass(frozen=True)
class Placed:
    """A card at its place in a picture, and what lights up with it."""

    card: UnitCard
    spot: Spot
    titles: list[str]
    below: list[Spot]
    """Where the cards are of all that it stands on."""
    lines: Sequence[int]
    is_beside: bool
    """Whether it is studied beside all others."""


@dataclass(frozen=True)
class Picture:
    """One picture of the whole map."""

    name: str
    ground: Ground
    placed: list[Placed]


@dataclass(frozen=True)
class MapPage:
    """The map for one learner."""

    here: Outlook
    cards: list[UnitCard]
    choices: Choices | None
    """None before anything is known of the learner."""

    @cached_property
    def totals(self) -> dict[str, int]:
        """Over all units: skills, and how many of them are proven, under way and due."""
        return {
            "skills": sum(card.total for card in self.cards),
            "proven": sum(card.of.proven for card in self.cards),
            "under_way": sum(card.of.under_way for card in self.cards),
            "due": sum(card.due for card in self.cards),
        }

    @property
    def first_page(self) -> str:
        """Where one begins who knows nothing: the path's own lesson, else its first unit."""
        lessons = [*self.here.path.lessons, *(card.of.unit.overview for card in self.cards[:1])]
        first = next((lesson for lesson in lessons if lesson), None)
        if first is not None:
            return reverse("lesson", args=first.id.split("/"))
        return reverse("unit", args=[self.cards[0].of.unit.id]) if self.cards else reverse("list")

    @property
    def recommended(self) -> WayOn | None:
        """The step that is recommended, with the page on which it is done."""
        chosen = self.choices.recommended if self.choices else None
        return way_on(self.here, chosen) if chosen else None

    @property
    def other(self) -> WayOn | None:
        """Another way on."""
        chosen = self.choices.other if self.choices else None
        return way_on(self.here, chosen) if chosen else None

    def pictures(self) -> list[Picture]:
        """The map from left to right for wide screens, and from the top down for others."""
        return [self._picture("wide", tall=False), self._picture("tall", tall=True)]

    def _picture(self, name: str, *, tall: bool) -> Picture:
        joined, beside = drawn(card.of for card in self.cards)
        plan = ground(stands(joined), tall=tall, beside=len(beside))
        spots = {**plan.spots, **{each.unit.id: spot for each, spot in zip(beside, plan.beside, strict=True)}}
        placed = []
        for card in self.cards:
            unit = card.of.unit
            below, lines = plan.ways.get(unit.id, ((), ()))
            under = [spots[one] for one in below]
            placed.append(Placed(card, spots[unit.id], title_lines(unit.title), under, lines, card.of in beside))
        return Picture(name, plan, placed)


def map_page(here: Outlook) -> MapPage:
    """The map for a learner."""
    found = None if here.is_new else here.choices
    ahead = found.recommended.planned.step.unit if found and found.recommended else ""
    at = last_unit(here)
    due: Counter[str] = Counter()
    if not here.is_new:
        due.update(here.competencies[one].unit for one in here.agenda.today if one in here.competencies)
    done = {name for name, watched in here.learner.courses.items() if watched.state == "done"}
    cards = [
        UnitCard(
            each,
            due[each.unit.id],
            sum(course.id in done for course in each.courses),
            is_here=each.unit.id == at,
            is_next=each.unit.id == ahead,
        )
        for each in path_map(here.path, here.found).units
    ]
    return MapPage(here, cards, found)


def card_of(here: Outlook, unit_id: str) -> UnitCard:
    """One unit of the map."""
    return next(card for card in map_page(here).cards if card.of.unit.id == unit_id)


def last_unit(here: Outlook) -> str:
    """The unit in which the learner did something last; empty before."""
    told = here.learner
    lessons = {lesson.id: unit.id for unit in here.path.units for lesson in unit.lessons}
    labs = {lab.id: unit.id for unit in here.path.units for lab in unit.labs}
    courses = {course.id: course.units[0] for course in here.path.courses if course.units}
    of_skill = {name: skill.unit for name, skill in here.competencies.items()}
    last = [(at, lessons.get(name, "")) for name, at in told.lessons.items()]
    last += [(run.at, labs.get(run.lab, "")) for run in told.runs[-1:]]
    last += [(each.at, courses.get(each.course, "")) for each in told.watched[-1:]]
    last += [(each.at, of_skill.get(each.competency, "")) for each in told.answers if each.purpose == "lesson"]
    return max((each for each in last if each[1]), default=(None, ""), key=lambda each: each[0])[1]
