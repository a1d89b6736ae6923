"""Where the learner stands and what lies ahead: the path, the history, and all that follows from both, for commands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from firsthand.content.findings import nearest
from firsthand.content.model import Competency, LearningPath, Question, Unit
from firsthand.core.errors import UsageError
from firsthand.learning.graph import Graph
from firsthand.learning.learner import Learner
from firsthand.learning.mastery import Mastery, mastery
from firsthand.learning.plan import Plan, plan

if TYPE_CHECKING:
    from firsthand.content.lesson import Lesson
    from firsthand.learning.next import Choices
    from firsthand.learning.on_ramp import OnRamp
    from firsthand.learning.review import Agenda, Memory


@dataclass
class Outlook:
    """A learner on a path. Everything is made from the two when it is first asked for."""

    path: LearningPath
    learner: Learner

    @property
    def today(self) -> date:
        """The learner's own day."""
        return self.learner.now.date()

    @property
    def is_new(self) -> bool:
        """Whether nothing was told that a plan could follow from."""
        told = self.learner
        return not (told.placements or told.wish or told.answers or told.watched or told.lessons or told.runs)

    @cached_property
    def competencies(self) -> dict[str, Competency]:
        """All competencies of the path by id, in order of study."""
        return {c.id: c for unit in self.path.units for c in unit.competencies}

    @cached_property
    def units(self) -> dict[str, Unit]:
        """All units of the path by id, in order of study."""
        return {unit.id: unit for unit in self.path.units}

    @cached_property
    def graph(self) -> Graph:
        """What stands on what."""
        return Graph.of(self.path)

    @cached_property
    def questions(self) -> dict[str, list[Question]]:
        """The questions of each competency that has any."""
        found: dict[str, list[Question]] = {}
        for question in (question for unit in self.path.units for question in unit.questions):
            found.setdefault(question.competency, []).append(question)
        return found

    @cached_property
    def found(self) -> dict[str, Mastery]:
        """The mastery of every competency."""
        return mastery(self.path, self.learner)

    @cached_property
    def plan(self) -> Plan:
        """What is left to do for the learner's goal."""
        return plan(self.path, self.learner, self.found)

    @cached_property
    def memories(self) -> "dict[str, Memory]":
        """How well each competency is remembered that was learned."""
        from firsthand.learning.review import memories

        return memories(self.path, self.learner, self.graph.foundation(self.plan.goal.targets))

    @cached_property
    def agenda(self) -> "Agenda":
        """What to review on which day."""
        from firsthand.learning.review import agenda

        return agenda(self.memories.values(), self.questions.keys(), self.plan.hours, self.learner)

    @property
    def first_page_of_ramp(self) -> "Lesson | None":
        """What the on-ramp begins with, where the path has one."""
        return next((page for unit in self.path.units for page in unit.lessons if page.on_ramp), None)

    @cached_property
    def on_ramp(self) -> "OnRamp | None":
        """What somebody who never programmed reads first; None for all others."""
        from firsthand.learning.on_ramp import on_ramp

        return on_ramp(self.path, self.learner, self.found)

    @cached_property
    def choices(self) -> "Choices":
        """What to do next."""
        from firsthand.learning.next import choices

        return choices(self.plan, self.agenda)

    def question_for(self, competency: str) -> Question:
        """The question to ask about a competency now: one that was not asked yet, else the one asked longest ago."""
        asked = [answered.question for answered in self.learner.answers]
        last = {question: number for number, question in enumerate(asked)}
        return min(self.questions[competency], key=lambda question: last.get(question.id, -1))

    def named(self, words: Iterable[str]) -> list[str]:
        """The competencies that are named, one by one or by units, each once.

        Raises:
            UsageError: there is none of that name; the words name one that is like it.
        """
        found: dict[str, None] = {}
        for word in words:
            if word.upper() in self.competencies:
                found[word.upper()] = None
            elif word.lower() in self.units:
                found.update(dict.fromkeys(c.id for c in self.units[word.lower()].competencies))
            else:
                close = nearest(word.upper(), list(self.competencies)) or nearest(word.lower(), list(self.units))
                meant = f"Did you mean {close}? " if close else ""
                raise UsageError(
                    f'There is no skill or unit "{word}".',
                    advice=f"{meant}`firsthand status` lists the units, `firsthand status UNIT` its skills.",
                )
        return list(found)


def outlook() -> Outlook:
    """The outlook of this user, now."""
    from firsthand.study.library import path
    from firsthand.study.memory import recall

    # What a learner plans is a matter of their own days, not of UTC's.
    return Outlook(path(), Learner.of(recall().events, datetime.now(UTC).astimezone()))


def begin_here(here: Outlook) -> UsageError:
    """What to do before there is any history."""
    ramp = here.first_page_of_ramp
    return UsageError(
        "Nothing is known about you yet.",
        advice="Begin with `firsthand place`: a few questions find out what you know already. New to all this? Then it "
        "takes three minutes.\nOr say what you want to reach, and begin at the beginning: "
        "`firsthand plan --goal first-job`."
        + (f"\nNever programmed? Begin with `firsthand lesson {ramp.id}`." if ramp else ""),
    )


def day_words(day: date, today: date) -> str:
    """A day as people name it: with its year when that is another one."""
    if day == today:
        return "today"
    return f"{day:%a} {day.day} {day:%b}" + (f" {day.year}" if day.year != today.year else "")


def range_words(early: date, late: date, today: date) -> str:
    """Two days between which something ends."""
    if early == late:
        return day_words(early, today)
    return f"{day_words(early, today)} to {day_words(late, today)}"


def minutes_words(minutes: float) -> str:
    """A length of time as one plans it: about so many hours where minutes no longer matter."""
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    hours, rest = divmod(whole, 60)
    return f"{hours} h {rest} min" if rest and hours < 10 else f"{round(whole / 60)} h"


def mark(done: float, width: int = 12) -> str:
    """A bar for a share from 0 to 1."""
    full = round(done * width)
    return "█" * full + "░" * (width - full)


def clock_words(seconds: int) -> str:
    """A place in a video: h:mm:ss."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
