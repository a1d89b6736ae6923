"""How often the range of dates holds the day on which simulated learners are done; and how long a plan takes to make.

    .venv/bin/python -P benchmarks/learning/dates.py

Learners are simulated, and unlike what the product believes of them: each has a pace of their own, each item its own
luck, they miss study days, and now and then a whole week. The same seed gives the same table. It decides nothing.
"""

import argparse
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import exp
from pathlib import Path
from random import Random

from firsthand.content.model import Competency, LearningPath, Unit
from firsthand.history import Event
from firsthand.history.event import timestamp
from firsthand.learning.learner import WEEKDAYS, Learner, Wish
from firsthand.learning.mastery import mastery
from firsthand.learning.plan import Plan, plan

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
HOURS = (1.5, 1.5, 1.5, 1.5, 1.5, 0.0, 0.0)
LOW, HIGH = 0.75, 0.85
PLAN_ITEMS, PLAN_BAR_S = 5_000, 0.100
HERE = Path("simulated")
DAYS_MAX = 3_000


@dataclass(frozen=True)
class World:
    """How learners differ from one row to the next."""

    name: str
    pace: float = 0.40
    """Standard deviation, in log, of how long learners take."""
    item: float = 0.60
    """The same of each item."""
    misses: float = 0.08
    """The share of study days that are missed."""
    away: float = 0.03
    """The share of weeks that are missed whole."""
    items: int = 60


WORLDS = (
    World("as we expect"),
    World("a short goal, 12 items", items=12),
    World("a long goal, 150 items", items=150),
    World("learners differ more", pace=0.50),
    World("learners are alike", pace=0.25),
    World("unreliable", misses=0.15, away=0.06),
)
SEEN = (0.0, 0.25, 0.5)
"""Which share of the steps is done when the range is asked for."""


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="How often the range of dates is right; how long a plan takes.")
    parser.add_argument("--learners", type=int, default=600)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    print(f"{options.learners} simulated learners a row, seed {options.seed}; the bar is 75 to 85 %\n")
    print("| learners | done between the dates, asked at the start | after 25 % | after 50 % |")
    print("|---|---|---|---|")
    for world in WORLDS:
        held = [coverage(world, seen, options.learners, options.seed) for seen in SEEN]
        print(f"| {world.name} | " + " | ".join(f"{each:.1%} {_verdict(each)}" for each in held) + " |")
    print(f"\nA plan of {PLAN_ITEMS} items, milliseconds of processor time; the bar is {PLAN_BAR_S * 1000:.0f}")
    print(f"- without a deadline: {plan_times('')}")
    print(f"- with one that cannot be met: {plan_times(f'{date(2030, 1, 1)}')}")


def coverage(world: World, seen: float, learners: int, seed: int) -> float:
    """The share of learners who are done between the early and the late date."""
    path = _path(world.items, Random(seed))
    return statistics.mean(_is_held(world, path, seen, Random(f"{seed} {world.name} {n}")) for n in range(learners))


def _is_held(world: World, path: LearningPath, seen: float, chance: Random) -> bool:
    order = [each.step for each in _plan(path, [], START).steps]
    luck = exp(chance.gauss(0, world.pace))
    needed = [step.minutes * luck * exp(chance.gauss(-(world.item**2) / 2, world.item)) for step in order]
    finished: list[datetime] = []
    spent = 0.0
    for at, minutes in _study_days(world, chance):
        spent += minutes
        while len(finished) < len(needed) and spent >= needed[len(finished)]:
            spent -= needed[len(finished)]
            finished.append(at)
        if len(finished) == len(needed):
            break
    asked_after = round(seen * len(order))
    now = finished[asked_after - 1] + timedelta(hours=2) if asked_after else START
    events = [_answered(number, step.name, at) for number, (step, at) in enumerate(zip(order, finished, strict=True))]
    told = _plan(path, events[:asked_after], now)
    assert told.ends is not None, "something is left"
    return told.ends.early <= finished[-1].date() <= told.ends.late


def _study_days(world: World, chance: Random) -> Iterator[tuple[datetime, float]]:
    away = False
    for number in range(DAYS_MAX):
        at = START + timedelta(days=number)
        if at.weekday() == 0:
            away = chance.random() < world.away
        if HOURS[at.weekday()] and not away and chance.random() >= world.misses:
            yield at + timedelta(hours=10), 60 * HOURS[at.weekday()] * chance.uniform(0.7, 1.4)


def _answered(number: int, competency: str, at: datetime) -> Event:
    data = {"question": f"{competency}.1", "competency": competency, "result": "right", "purpose": "lesson"}
    # Two typed answers that are right show that it was learned.
    return Event(f"e{number}", timestamp(at), "answer", 1, {**data, "kind": "short"})


def _plan(path: LearningPath, events: list[Event], now: datetime) -> Plan:
    hours = dict(zip(WEEKDAYS, HOURS, strict=True))
    wish = {"goal": "path", "hours": hours, "start": f"{START.date()}", "deadline": ""}
    told = Event("wish", timestamp(START), "plan", 1, wish)
    twice = [each for event in events for each in (event, _second(event))]
    learner = Learner.of([told, *twice], now)
    return plan(path, learner, mastery(path, learner))


def _second(event: Event) -> Event:
    return Event(f"{event.id}b", event.at, "answer", 1, {**event.data, "question": f"{event.data['competency']}.2"})


def _path(items: int, chance: Random, units: int = 8) -> LearningPath:
    made: dict[str, list[Competency]] = {}
    names: list[str] = []
    for number in range(items):
        unit = f"u{number * units // items}"
        before = chance.sample(names[-30:], min(len(names), chance.choice((1, 1, 1, 2, 2))))
        name = f"{unit.upper()}-{number:04}"
        minutes = chance.choice((30, 45, 60, 90, 120, 165))
        made.setdefault(unit, []).append(Competency(name, name, 1, "live", minutes, tuple(before), unit, HERE, 1))
        names.append(name)
    found = [Unit(unit, unit.upper(), unit, "", "", (), tuple(own), (), (), HERE, HERE) for unit, own in made.items()]
    return LearningPath("sim", "Simulated", tuple(found), (), HERE, HERE)


def plan_times(deadline: str) -> str:
    """Milliseconds of the processor, which a busy machine stretches less than those of the clock."""
    path = _path(PLAN_ITEMS, Random(7), units=200)
    learner = Learner(START)
    learner.wish = Wish("path", HOURS, "", deadline)
    found = mastery(path, learner)
    times = []
    for _ in range(15):
        began = time.process_time()
        plan(path, learner, found)
        times.append(1000 * (time.process_time() - began))
    return f"median {statistics.median(times):.0f}, {min(times):.0f}-{max(times):.0f} of {len(times)}"


def _verdict(share: float) -> str:
    return "holds" if LOW <= share <= HIGH else "missed"


if __name__ == "__main__":
    main()
