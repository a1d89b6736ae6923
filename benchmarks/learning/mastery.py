"""How often `proven` is false, by simulated learners who study, answer questions and pass labs. Decides nothing.

    .venv/bin/python -P benchmarks/learning/mastery.py

Learners are simulated. Each has a true state of one competency, which study may change; 3 % of those who do not hold it
pass its lab all the same. What the product sees of them goes through its own events and evidence.
"""

import argparse
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from firsthand.content.model import Competency, Course, Lab, LearningPath, Lesson, Unit
from firsthand.history import Event
from firsthand.history.event import timestamp
from firsthand.learning.learner import Learner
from firsthand.learning.mastery import Status, mastery

BAR = 0.01
PASSES_WITHOUT_HOLDING = 0.03
PASSES_HOLDING = 0.92
SLIP, GUESS, UNSURE = 0.10, 0.25, 0.60
START = datetime(2026, 1, 5, tzinfo=UTC)
HERE = Path("simulated")


@dataclass(frozen=True)
class World:
    """How learners differ from one table row to the next."""

    name: str
    holds_before: float = 0.35
    """The share that holds the competency before any study."""
    learns: float = 0.6
    """How often a lesson or course teaches whoever does not hold it: better than the product believes."""
    placed: float = 0.8
    """The share that took the placement, which is right in 92 of 100."""
    studies: float = 0.8
    questions: int = 2
    """How many questions are answered before the lab, at most."""
    hints: float = 0.3


WORLDS = (
    World("as we expect"),
    World("nobody is placed", placed=0.0),
    World("no questions exist", questions=0),
    World("study teaches half as well", learns=0.3),
    World("few hold it", holds_before=0.1, learns=0.45),
    World("nobody studies, all try the lab", studies=0.0),
    World("a lab and nothing else", placed=0.0, studies=0.0, questions=0, hints=0.0),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How often `proven` is false, by simulated learners.")
    parser.add_argument("--learners", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    print(f"{options.learners} simulated learners a row, seed {options.seed}; 3 % of non-holders pass the lab\n")
    print("| learners | proven of those who passed | false among proven | of non-holders proven | bar |")
    print("|---|---|---|---|---|")
    for world in WORLDS:
        print(row(world, options.learners, options.seed))


def row(world: World, learners: int, seed: int) -> str:
    """One line of the table."""
    path = _path()
    count: Counter[str] = Counter()
    for number in range(learners):
        chance = Random(f"{seed} {world.name} {number}")
        holds, learner = _simulated(world, chance)
        status = mastery(path, learner)["SIM-01"].status
        count["holds" if holds else "lacks"] += 1
        count["passed"] += status in (Status.PASSED, Status.PROVEN)
        if status is Status.PROVEN:
            count["proven"] += 1
            count["false"] += not holds
    false = count["false"] / max(count["proven"], 1)
    of_lacking = count["false"] / max(count["lacks"], 1)
    share = count["proven"] / max(count["passed"], 1)
    verdict = "holds" if false <= BAR else "missed"
    return f"| {world.name} | {share:.1%} | {false:.2%} | {of_lacking:.2%} | <= 1 %: {verdict} |"


def _simulated(world: World, chance: Random) -> tuple[bool, Learner]:
    """Whether a learner holds the competency in the end, and what the product saw."""
    holds = chance.random() < world.holds_before
    events: list[Event] = []

    def tell(event: str, /, **data: object) -> None:
        at = timestamp(START + timedelta(hours=len(events)))
        events.append(Event(f"e{len(events)}", at, event, 1, dict(data)))

    if chance.random() < world.placed:
        right = holds if chance.random() < 0.92 else not holds
        probability = chance.betavariate(6, 1.2) if right else chance.betavariate(1.2, 6)
        tell("placement", id="p", event="began", seed=1)
        tell("placement", id="p", event="ended", seed=1, result={"SIM-01": probability})
    for kind, told in (
        ("lesson", {"lesson": "sim/one", "state": "read"}),
        ("course", {"course": "c", "state": "done"}),
    ):
        if chance.random() < world.studies * (1.0 if kind == "lesson" else 0.4):
            tell(kind, **told)
            holds = holds or chance.random() < world.learns
    for number in range(chance.randint(0, world.questions)):
        result = _answers(holds, chance)
        tell("answer", question=f"SIM-01.{number}", competency="SIM-01", result=result, purpose="lesson", kind="choice")
    hinted = chance.random() < world.hints
    if hinted:
        tell("hint", lab="sim-lab", check="check", number=1)
    if chance.random() < (PASSES_HOLDING if holds else PASSES_WITHOUT_HOLDING):
        tell("run", lab="sim-lab", stages_passed=["one"], whole=True)
    return holds, Learner.of(events, START + timedelta(days=90))


def _answers(holds: bool, chance: Random) -> str:
    if holds:
        return "wrong" if chance.random() < SLIP else "right"
    if chance.random() < UNSURE:
        return "unsure"
    return "right" if chance.random() < GUESS else "wrong"


def _path() -> LearningPath:
    competency = Competency("SIM-01", "do it", 1, "live", 60, (), "sim", HERE, 1)
    lesson = Lesson("sim/one", "One", 10, ("SIM-01",), "sim", HERE)
    lab = _filled(Lab, id="sim-lab", title="Lab", minutes=60, proves=("SIM-01",), unit="sim")
    unit = Unit("sim", "SIM", "Simulated", "", "", (), (competency,), (lesson,), (lab,), HERE, HERE)
    course = Course("c", "Course", "https://example.org", 60, "2026-01-01", 1, (), ("SIM-01",), HERE, 1)
    return LearningPath("sim", "Simulated", (unit,), (course,), HERE, HERE)


def _filled(kind: Any, **given: object) -> Any:
    return kind(**{name: given.get(name, ()) for name in kind.__dataclass_fields__})


if __name__ == "__main__":
    main()
