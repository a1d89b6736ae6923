"""The recorded wire of a run, for its page: decoded once, then a window at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from firsthand.bench.report import Evidence
from firsthand.bench.wire import load
from firsthand.content.model import Lab
from firsthand.core.errors import UsageError
from firsthand.core.results import CheckResult, Report
from firsthand.core.verdicts import Verdict
from firsthand.site.labs.diagram import Lanes, Row, diagram, each, lanes, members
from firsthand.site.labs.kept import Kept
from firsthand.study.said import Spell, said
from firsthand.study.steps import Step, family, steps

RECORDINGS_KEPT_MAX = 3
"""So many decoded recordings stay in memory: who looks at one looks at it more than once."""
ROWS_SHOWN_MAX = 200
"""Rows of one page; more are a link."""
SERVER_KINDS = frozenset({"postgres", "redis", "rabbitmq", "mariadb"})
"""Servers that a program speaks to, whatever lab it is."""
OUTSIDE = "-"
"""Instead of a check: what was said in no check's time."""

Where = tuple[str, str]
"""Stage and check."""


@dataclass(frozen=True)
class Asked:
    """What of the wire is wanted. `check` is an id, OUTSIDE, or "" for the one that is worth looking at first."""

    check: str = ""
    door: str = ""
    text: str = ""
    since: int = 0
    """The first row to be shown, from 0."""

    @property
    def filtered(self) -> bool:
        """Whether only some messages are wanted; then nothing is folded."""
        return bool(self.door or self.text)


@dataclass(frozen=True)
class Scope:
    """What was said in the time of one check."""

    id: str
    stage: str
    steps: tuple[Step, ...]
    found: int
    """How many of its steps are wanted."""
    result: CheckResult | None

    @property
    def where(self) -> Where:
        """Its stage and its check, as steps tell them."""
        return (self.stage, "" if self.id == OUTSIDE else self.id)

    @property
    def failed(self) -> bool:
        """Whether it did not pass."""
        return self.result is not None and self.result.verdict in (Verdict.FAILED, Verdict.ERROR, Verdict.INVALID)

    @property
    def faults(self) -> int:
        """How often it did something to the network or a server."""
        return sum(step.kind == "fault" for step in self.steps)

    @property
    def seconds(self) -> float:
        """From its first message to its last."""
        return max(step.ended for step in self.steps) - self.steps[0].at


@dataclass(frozen=True)
class View:
    """What the page shows: all checks in short, and one of them as a diagram."""

    scopes: tuple[Scope, ...]
    here: Scope | None
    lanes: Lanes
    rows: tuple[Row, ...]
    more: int
    """How many rows follow."""
    since: int
    doors: tuple[str, ...]
    steps: int
    """Of the whole run."""

    @property
    def next_since(self) -> int:
        """The row after the last that is shown."""
        return self.since + len(self.rows)


class Recording:
    """All steps of a run, and the diagrams that were made of them."""

    def __init__(self, found: Sequence[Step]) -> None:
        """`found` in the order in which they began."""
        self.steps = tuple(found)
        apart: dict[Where, list[Step]] = {}
        for step in found:
            apart.setdefault((step.stage, step.check), []).append(step)
        self.by_check: dict[Where, tuple[Step, ...]] = {where: tuple(its) for where, its in apart.items()}
        self._drawn: dict[tuple[Where, frozenset[str]], tuple[Lanes, list[Row]]] = {}

    def drawn(self, where: Where, beyond: frozenset[str]) -> tuple[Lanes, list[Row]]:
        """The diagram of a check."""
        key = (where, beyond)
        if key not in self._drawn:
            self._drawn[key] = diagram(self.by_check[where], beyond)
        return self._drawn[key]


def recording(evidence: Evidence) -> Recording:
    """What was said in a run.

    Raises:
        UsageError: nothing was kept, or it is damaged.
    """
    try:
        seen = evidence.wire.stat()
        return _decoded(evidence.wire, seen.st_mtime_ns, seen.st_size)
    except OSError:
        raise UsageError(
            "What was said in this run is not kept.", advice="Its report is. Check again for a new wire."
        ) from None
    except msgspec.DecodeError as error:
        raise UsageError(
            f"The recorded wire of this run is damaged: {error}.", advice="Check again for a new one."
        ) from None


def view(run: Kept, lab: Lab | None, asked: Asked) -> View:
    """The wire as it was asked for.

    Raises:
        UsageError: as in `recording`.
    """
    all_of_it = recording(run.evidence)
    everything = all_of_it.steps
    scopes = tuple(_scopes(all_of_it, run.report, asked))
    here = _chosen(scopes, asked)
    shown, drawn = _drawn(all_of_it, here, asked, _beyond(lab)) if here else (lanes((), ()), [])
    window = drawn[asked.since : asked.since + ROWS_SHOWN_MAX]
    return View(
        scopes,
        here,
        shown,
        tuple(window),
        max(len(drawn) - asked.since - len(window), 0),
        asked.since,
        tuple(dict.fromkeys(family(step.door) for step in everything if step.door)),
        len(everything),
    )


def opened(run: Kept, lab: Lab | None, number: int, since: int) -> tuple[Lanes, list[Row], int]:
    """All rows behind the folded one that begins with this step, a window of them, and how many follow.

    Raises:
        UsageError: as in `recording`.
    """
    all_of_it = recording(run.evidence)
    if not 0 <= number < len(all_of_it.steps):
        return lanes((), ()), [], 0
    first = all_of_it.steps[number]
    its = all_of_it.by_check[first.stage, first.check]
    shown = lanes((step.door for step in its if step.door), _beyond(lab))
    found = members(its, number)
    window = found[since : since + ROWS_SHOWN_MAX]
    return shown, each(window, shown), max(len(found) - since - len(window), 0)


def message(run: Kept, number: int) -> tuple[Step, list[Spell]] | None:
    """A step with all that was said in it, decoded and raw; None where there is no such step.

    Raises:
        UsageError: as in `recording`.
    """
    everything = recording(run.evidence).steps
    if not 0 <= number < len(everything):
        return None
    step = everything[number]
    return step, said(load(run.evidence.wire, step.connection), step) if step.connection else []


@lru_cache(maxsize=RECORDINGS_KEPT_MAX)
def _decoded(file: Path, _changed_ns: int, _size_bytes: int) -> Recording:
    return Recording(steps(load(file)))


def _scopes(all_of_it: Recording, report: Report | None, asked: Asked) -> Iterable[Scope]:
    results = {(s.id, c.id): c for s in report.stages for c in s.checks} if report else {}
    for (stage, check), its in _as_written(all_of_it, list(results)):
        found = sum(_wanted(step, asked) for step in its) if asked.filtered else len(its)
        yield Scope(check or OUTSIDE, stage, its, found, results.get((stage, check)))


def _as_written(all_of_it: Recording, order: Sequence[Where]) -> list[tuple[Where, tuple[Step, ...]]]:
    """What each check said: stages as they went, checks as their file has them, which a run shuffles."""
    stages = {stage: number for number, stage in enumerate(dict.fromkeys(stage for stage, _ in all_of_it.by_check))}
    checks = {where: number for number, where in enumerate(order)}
    return sorted(all_of_it.by_check.items(), key=lambda its: (stages[its[0][0]], checks.get(its[0], -1)))


def _chosen(scopes: Sequence[Scope], asked: Asked) -> Scope | None:
    if asked.check:
        return next((scope for scope in scopes if scope.id == asked.check), None)
    found = [scope for scope in scopes if scope.found]
    checks = [scope for scope in found if scope.id != OUTSIDE] or found
    return next((scope for scope in checks if scope.failed), checks[0] if checks else None)


def _drawn(all_of_it: Recording, here: Scope, asked: Asked, beyond: frozenset[str]) -> tuple[Lanes, list[Row]]:
    if not asked.filtered:
        return all_of_it.drawn(here.where, beyond)
    wanted = [step for step in here.steps if _wanted(step, asked)]
    shown = lanes((step.door for step in wanted if step.door), beyond)
    return shown, each(wanted, shown)


def _wanted(step: Step, asked: Asked) -> bool:
    if asked.door and family(step.door) != asked.door:
        return False
    return asked.text.casefold() in step.text.casefold()


def _beyond(lab: Lab | None) -> frozenset[str]:
    return SERVER_KINDS | {peer.name for peer in lab.peers} if lab else SERVER_KINDS
