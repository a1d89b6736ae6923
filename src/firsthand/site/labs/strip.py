"""The whole run as a strip of time: a block for each check, how much was said, and where faults were."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

from firsthand.site.labs.wire import Scope

WIDTH = 1200
HEIGHT = 44
BUCKETS = 150
BLOCK_WIDTH_MIN = 3


@dataclass(frozen=True)
class Block:
    """The time of one check."""

    scope: Scope
    x: int
    width: int


@dataclass(frozen=True)
class Bar:
    """How much was said in a stretch of time, as a height."""

    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Strip:
    """All of it, in the units of the picture."""

    seconds: float
    blocks: tuple[Block, ...]
    bars: tuple[Bar, ...]
    faults: tuple[int, ...]
    """Where they were."""
    width: int = WIDTH
    height: int = HEIGHT
    bar_width: float = WIDTH / BUCKETS - 1


def strip(scopes: Sequence[Scope]) -> Strip | None:
    """The strip; None where nothing was said."""
    everything = [step for scope in scopes for step in scope.steps]
    if not everything:
        return None
    first = min(step.at for step in everything)
    seconds = max(max(step.ended for step in everything) - first, 0.001)

    def x(at: float) -> int:
        return round((at - first) / seconds * WIDTH)

    counts = [0] * BUCKETS
    for step in everything:
        counts[min(int((step.at - first) / seconds * BUCKETS), BUCKETS - 1)] += 1
    most = log1p(max(counts))
    heights = [round(log1p(count) / most * (HEIGHT - 14), 1) for count in counts]
    return Strip(
        seconds,
        tuple(
            Block(
                scope,
                x(scope.steps[0].at),
                max(x(scope.steps[0].at + scope.seconds) - x(scope.steps[0].at), BLOCK_WIDTH_MIN),
            )
            for scope in scopes
        ),
        tuple(
            Bar(round(n * WIDTH / BUCKETS, 1), HEIGHT - 7 - height, height)
            for n, height in enumerate(heights)
            if height
        ),
        tuple(dict.fromkeys(x(step.at) for step in everything if step.kind == "fault")),
    )
