"""Before there is any history: where to begin, as far as this path has such a place."""

from dataclasses import replace
from datetime import UTC, datetime

from firsthand.content.load import load
from firsthand.content.model import LearningPath
from firsthand.content.roots import default_roots
from firsthand.learning.learner import Learner
from firsthand.study.outlook import Outlook, begin_here

PATH = next(path for path in load(default_roots()).paths if path.id == "backend")


def _words(path: LearningPath) -> str:
    return str(begin_here(Outlook(path, Learner.of([], datetime(2026, 1, 5, tzinfo=UTC)))).advice)


def test_who_never_programmed_is_told_of_the_on_ramp_where_there_is_one() -> None:
    assert "Never programmed? Begin with `firsthand lesson lng/a-first-program`." in _words(PATH)
    assert "firsthand place" in _words(PATH)


def test_a_path_without_an_on_ramp_does_not_speak_of_it() -> None:
    units = tuple(
        replace(unit, lessons=tuple(page for page in unit.lessons if not page.on_ramp)) for unit in PATH.units
    )

    assert "Never programmed" not in _words(replace(PATH, units=units))
