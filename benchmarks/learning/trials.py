"""Places simulated learners through the public interface and counts how right that is."""

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from random import Random
from unittest.mock import patch

from benchmarks.learning import learners
from benchmarks.learning.baselines import binary_search
from benchmarks.learning.learners import Learner

from firsthand.learning import Graph, Placement
from firsthand.learning.placement.stopping import is_enough

MARKS = (0, 10, 20, 30)
BINS = 10


@dataclass(frozen=True)
class Setting:
    """One way to run the simulation; the defaults are what the product does with the learners of the issue."""

    name: str
    ratings: str = "noisy"
    """noisy, none or useless."""
    unsure: float = learners.UNSURE
    chooser: str = "look-ahead"
    """look-ahead, random, or binary-search (which has no posterior)."""
    shares: tuple[int, ...] = ()
    """How many possible learners are of each kind, where it is not the product's own."""
    askable: frozenset[str] | None = None


@dataclass
class Count:
    """Competencies after so many questions."""

    all: int = 0
    right: int = 0
    declared: int = 0
    declared_wrong: int = 0
    known: int = 0
    known_declared: int = 0

    def add(self, probabilities: dict[str, float], known: frozenset[str]) -> None:
        """One learner more."""
        for competency, p in probabilities.items():
            truth = competency in known
            self.all += 1
            self.right += (p > 0.5) == truth
            self.known += truth
            if p >= 0.8:
                self.declared += 1
                self.declared_wrong += not truth
                self.known_declared += truth

    def merge(self, other: "Count") -> None:
        """All that another one counted too."""
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def accuracy(self) -> float:
        """Per cent on the right side of 0.5."""
        return 100 * self.right / max(1, self.all)

    @property
    def wrong(self) -> float:
        """Per cent of those declared known that are not."""
        return 100 * self.declared_wrong / max(1, self.declared)

    @property
    def recall(self) -> float:
        """Per cent of those known that are declared known."""
        return 100 * self.known_declared / max(1, self.known)


@dataclass
class Tally:
    """What came of many learners."""

    after: dict[int, Count] = field(default_factory=lambda: {mark: Count() for mark in MARKS})
    stopped: Count = field(default_factory=Count)
    questions: dict[str, list[int]] = field(default_factory=dict)
    """By kind of learner: how many questions each had when the product would have stopped."""
    by_kind: dict[str, Count] = field(default_factory=dict)
    """After twenty questions."""
    bins: list[list[float]] = field(default_factory=lambda: [[0.0, 0.0, 0.0] for _ in range(BINS)])
    """After twenty questions, by probability: how many, their probabilities, how many known."""

    def calibrate(self, probabilities: dict[str, float], known: frozenset[str]) -> None:
        """One learner more."""
        for competency, p in probabilities.items():
            row = self.bins[min(BINS - 1, int(p * BINS))]
            row[0] += 1
            row[1] += p
            row[2] += competency in known

    def merge(self, other: "Tally") -> None:
        """All that another one counted too."""
        for mark in MARKS:
            self.after[mark].merge(other.after[mark])
        self.stopped.merge(other.stopped)
        for kind, counts in other.questions.items():
            self.questions.setdefault(kind, []).extend(counts)
        for kind, count in other.by_kind.items():
            self.by_kind.setdefault(kind, Count()).merge(count)
        for mine, others in zip(self.bins, other.bins, strict=True):
            mine[:] = [a + b for a, b in zip(mine, others, strict=True)]

    @property
    def calibration_error(self) -> float:
        """Mean distance of what is expected from what is, over ten bins of probability, by their sizes."""
        whole = sum(row[0] for row in self.bins) or 1
        return sum(abs(row[1] - row[2]) for row in self.bins) / whole

    @property
    def all_questions(self) -> list[int]:
        """Of all kinds of learners."""
        return [n for counts in self.questions.values() for n in counts]


def run(setting: Setting, graph: Graph, graph_seed: int, count: int, workers: int = 1) -> Tally:
    """So many learners on one graph."""
    chunks = [range(begin, count, workers * 4) for begin in range(workers * 4)]
    tally = Tally()
    for part in _map(partial(_some, setting, graph, graph_seed), chunks, workers):
        tally.merge(part)
    return tally


def _map(work: "partial[Tally]", chunks: list[range], workers: int) -> Iterable[Tally]:
    if workers == 1:
        return map(work, chunks)
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(work, chunks))


def _some(setting: Setting, graph: Graph, graph_seed: int, numbers: range) -> Tally:
    tally = Tally()
    shares = {"firsthand.learning.placement.pool.SHARES": setting.shares} if setting.shares else {}
    patches = [patch(name, value) for name, value in shares.items()]
    for one in patches:
        one.start()
    for number in numbers:
        learner = learners.learner(graph, graph_seed, number)
        if setting.chooser == "binary-search":
            _search(setting, graph, learner, tally)
        else:
            _place(setting, graph, learner, number, tally)
    for one in patches:
        one.stop()
    return tally


def _place(setting: Setting, graph: Graph, learner: Learner, number: int, tally: Tally) -> None:
    placement = Placement(graph, number, askable=setting.askable, stop=False)
    if setting.ratings != "none":
        placement.rate(learner.rates(graph) if setting.ratings == "noisy" else learner.rates_at_random(graph))
    stopped = False
    for asked in range(MARKS[-1] + 1):
        probabilities = placement.probabilities()
        if asked in MARKS:
            tally.after[asked].add(probabilities, learner.known)
        if asked == 20:
            tally.calibrate(probabilities, learner.known)
            tally.by_kind.setdefault(learner.kind, Count()).add(probabilities, learner.known)
        if not stopped and is_enough(asked, probabilities.values()):
            stopped = True
            tally.stopped.add(probabilities, learner.known)
            tally.questions.setdefault(learner.kind, []).append(asked)
        if (competency := _chosen(setting, placement, number)) is None:
            break
        placement.answer(competency, learner.answers(competency, setting.unsure))


def _chosen(setting: Setting, placement: Placement, number: int) -> str | None:
    if setting.chooser == "look-ahead":
        return placement.next()
    asked = {a.competency for a in placement.answers}
    left = sorted(placement.askable - asked)
    return Random(f"question {number} {len(asked)}").choice(left) if left else None


def _search(setting: Setting, graph: Graph, learner: Learner, tally: Tally) -> None:
    search = binary_search(graph, lambda competency: learner.answers(competency, setting.unsure) == "right")
    for asked, known in enumerate(islice(search, MARKS[-1] + 1)):
        if asked in MARKS:
            tally.after[asked].add({c: float(c in known) for c in graph.order}, learner.known)
