"""What a run emits while it goes on. Reporters consume these and nothing else."""

from collections.abc import Callable
from typing import Literal

import msgspec

from firsthand.core.results import CheckResult, Report, StageResult


class Event(msgspec.Struct, frozen=True, tag_field="event", tag=True):
    """Something that happened in a run. `at` is seconds since the run began."""

    at: float


class RunStarted(Event, frozen=True):
    """The lab was read and the workspace found; nothing has been judged yet."""

    run: str
    lab: str
    title: str
    language: str
    seed: int
    tier: str
    stages: list[tuple[str, str]]
    """Id and title of each stage of the lab, in order."""


class Notice(Event, frozen=True):
    """Something that the learner should know and that changes no verdict."""

    text: str


class BuildStarted(Event, frozen=True):
    """The `build` line of the Procfile runs."""

    command: str


class BuildFinished(Event, frozen=True):
    """The build is done, or was found done (`cached`)."""

    seconds: float
    cached: bool


class ProgramStarted(Event, frozen=True):
    """An instance is ready. `address` is `host:port`, empty for a program without a port."""

    process: str
    instance: int
    pid: int
    address: str
    seconds: float


class ProgramStopped(Event, frozen=True):
    """An instance has ended: by itself, when asked (SIGTERM) or by force (SIGKILL)."""

    process: str
    instance: int
    how: Literal["exited", "stopped", "killed"]
    exit_code: int


class StageStarted(Event, frozen=True):
    """The checks of a stage begin."""

    stage: str
    title: str
    checks: int


class CheckStarted(Event, frozen=True):
    """A check begins."""

    stage: str
    check: str
    rule: str


class CheckFinished(Event, frozen=True):
    """A check was judged."""

    stage: str
    result: CheckResult


class StageFinished(Event, frozen=True):
    """A stage was judged, or not reached."""

    title: str
    result: StageResult


class RunFinished(Event, frozen=True):
    """The run is over and its evidence is written. Always the last event, exactly once."""

    report: Report


AnyEvent = (
    RunStarted
    | Notice
    | BuildStarted
    | BuildFinished
    | ProgramStarted
    | ProgramStopped
    | StageStarted
    | CheckStarted
    | CheckFinished
    | StageFinished
    | RunFinished
)

Emit = Callable[[AnyEvent], None]
"""Takes an event at once; it must neither block nor raise."""
