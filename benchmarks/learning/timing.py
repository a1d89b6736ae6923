"""How long a learner waits for the next question."""

import statistics
import time

from benchmarks.learning.graphs import graph
from benchmarks.learning.learners import learner

from firsthand.learning import Placement

LEARNERS = 6
QUESTIONS = 25


def timings() -> list[tuple[str, ...]]:
    """From an answer to the next question, and the rest, for two sizes of graph."""
    rows: list[tuple[str, ...]] = []
    for units, per_unit, bar in ((25, 10, "<= 20 median, <= 50 p95"), (100, 50, "<= 100")):
        waits, starts, rated = _measured(units, per_unit)
        size = f"{units * per_unit:,} competencies"
        rows.append((f"next question, {size}", *_milliseconds(waits), bar))
        rows.append((f"begin, {size}", *_milliseconds(starts), ""))
        rows.append((f"take the self-rating, {size}", *_milliseconds(rated), ""))
    return rows


def _measured(units: int, per_unit: int) -> tuple[list[float], list[float], list[float]]:
    ground = graph(7, units, per_unit)
    waits, starts, rated = [], [], []
    for number in range(LEARNERS):
        someone = learner(ground, 7, number)
        began = time.perf_counter()
        placement = Placement(ground, number, stop=False)
        starts.append(time.perf_counter() - began)
        ratings = someone.rates(ground)
        began = time.perf_counter()
        placement.rate(ratings)
        rated.append(time.perf_counter() - began)
        competency = placement.next()
        for _ in range(QUESTIONS):
            assert competency is not None
            outcome = someone.answers(competency)
            began = time.perf_counter()
            placement.answer(competency, outcome)
            competency = placement.next()
            waits.append(time.perf_counter() - began)
    return waits, starts, rated


def _milliseconds(seconds: list[float]) -> tuple[str, str]:
    return f"{1000 * statistics.median(seconds):.1f}", f"{1000 * statistics.quantiles(seconds, n=20)[-1]:.1f}"
