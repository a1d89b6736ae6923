"""What the proof's main process and its workers say to each other, over a socket pair."""

from dataclasses import dataclass
from pathlib import Path

from firsthand.content.model import Lab
from firsthand.core.results import Report

RUNS = "runs"
"""In a worker's folder the one for its runs: no other process looks for leftovers in there while it works."""


@dataclass(frozen=True)
class Order:
    """Perform this run. `number` is the order's own, to tell its answer."""

    number: int
    lab: Lab
    workspace: Path
    language: str
    seed: int
    first_failure: bool
    """Whether the first failure in file order is all that is asked."""


@dataclass(frozen=True)
class Answer:
    """What became of an order: a report, or why there is none."""

    number: int
    report: Report | None = None
    error: str = ""
