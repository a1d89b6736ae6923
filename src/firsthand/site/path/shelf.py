"""What pages need that follows from the content alone: made when it is first asked for, once per process."""

from functools import cached_property
from typing import TYPE_CHECKING

from django.http import Http404

from firsthand.content.glossary import Term
from firsthand.content.model import Lab, LearningPath, Lesson, PlannedLab, Unit
from firsthand.site.path.folding import alphabetic
from firsthand.site.rendering.markdown import Page, anchor_of, page

if TYPE_CHECKING:
    from firsthand.site.path.searching import Index


class Shelf:
    """A path, and what was made of it."""

    def __init__(self, path: LearningPath) -> None:
        self.path = path
        self._pages: dict[str, Page] = {}

    @cached_property
    def units(self) -> dict[str, Unit]:
        """All units by id, in order of study."""
        return {unit.id: unit for unit in self.path.units}

    @cached_property
    def lessons(self) -> dict[str, Lesson]:
        """All lessons by id, in order of study."""
        own = (*self.path.lessons, *(lesson for unit in self.path.units for lesson in unit.lessons))
        return {lesson.id: lesson for lesson in own}

    @cached_property
    def labs(self) -> dict[str, Lab]:
        """All labs by id, in order of study."""
        return {lab.id: lab for unit in self.path.units for lab in unit.labs}

    @cached_property
    def terms(self) -> dict[str, Term]:
        """The glossary by anchor, in the order of the alphabet; signs before a name do not count."""
        found: dict[str, Term] = {}
        for term in sorted(self.path.glossary, key=lambda each: alphabetic(each.name)):
            anchor = base = anchor_of(term.name)
            number = 1
            while anchor in found:
                number += 1
                anchor = f"{base}-{number}"
            found[anchor] = term
        return found

    @cached_property
    def index(self) -> "Index":
        """What the search finds."""
        from firsthand.site.path.searching import index_of

        return index_of(self)

    def unit(self, unit_id: str) -> Unit:
        """The unit of this id.

        Raises:
            Http404: there is none.
        """
        if unit_id not in self.units:
            raise Http404
        return self.units[unit_id]

    def lesson(self, lesson_id: str) -> Lesson:
        """The lesson of this id.

        Raises:
            Http404: there is none.
        """
        if lesson_id not in self.lessons:
            raise Http404
        return self.lessons[lesson_id]

    def page(self, lesson: Lesson) -> Page:
        """The text of a lesson as a page."""
        if lesson.id not in self._pages:
            skills = {skill.id: unit.id for unit in self.path.units for skill in unit.competencies}
            text = lesson.text()
            self._pages[lesson.id] = page(text, terms=self.terms, labs=frozenset(self.labs), skills=skills)
        return self._pages[lesson.id]

    def beside(self, lesson: Lesson) -> tuple[Lesson | None, Lesson | None]:
        """The lessons before and after this one."""
        order = list(self.lessons.values())
        at = order.index(lesson)
        return order[at - 1] if at else None, order[at + 1] if at + 1 < len(order) else None

    def leads_to(self, lesson: Lesson) -> tuple[list[Lab], list[PlannedLab]]:
        """The labs that prove what a lesson teaches, there and planned; those of its unit where it opens that."""
        taught = set(lesson.teaches)
        there = [lab for lab in self.labs.values() if taught.intersection(lab.proves)]
        planned = [lab for lab in self.path.planned if taught.intersection(lab.proves)]
        if lesson.opens and lesson.unit:
            there = list(self.units[lesson.unit].labs)
            planned = [lab for lab in self.path.planned if lab.unit == lesson.unit]
        return there, planned


_last: Shelf | None = None


def shelf(path: LearningPath) -> Shelf:
    """The shelf of this path; of the last one asked for it is kept."""
    global _last  # noqa: PLW0603  # content is read once per process, and so is what follows from it
    if _last is None or _last.path is not path:
        _last = Shelf(path)
    return _last
