"""What the JSON interface takes and gives."""

from datetime import date, datetime

from ninja import Schema
from pydantic import Field

from firsthand.core.randomness import SEED_MAX


class StageOut(Schema):
    """A stage of a lab."""

    id: str
    number: int
    title: str
    passed: bool = Field(description="Whether the learner passed it at some time.")


class LabOut(Schema):
    """A lab, and where the learner stands in it."""

    id: str
    title: str
    summary: str
    unit: str
    minutes: int
    proves: list[str] = Field(description="Ids of the skills that it proves.")
    servers: list[str] = Field(description="Kinds of real servers that it needs.")
    begun: bool
    passed: bool
    workspaces: list[str] = Field(description="Folders in which the learner began or checked it, the last one first.")
    stages: list[StageOut]


class RunIn(Schema):
    """A run to be started."""

    lab: str = Field(max_length=100)
    workspace: str = Field(max_length=4096, description="The learner's folder, as an absolute path.")
    stage: str = Field(default="", max_length=100, description="Only this stage, by id or number.")
    all_stages: bool = Field(default=False, description="Go on after the first stage that fails.")
    seed: int | None = Field(default=None, ge=0, le=SEED_MAX, description="A run with a chosen seed does not count.")


class RunOut(Schema):
    """A run: one that waits or goes on, or one that is over."""

    id: str
    lab: str
    workspace: str
    language: str
    state: str = Field(description="queued, claimed (it goes on), finished or abandoned.")
    verdict: str = Field(description="passed, failed, invalid or error; empty while it is not over.")
    reason: str = Field(description="Why it did not pass; empty otherwise.")
    seed: int
    at: datetime = Field(description="When it was asked for, or ended.")


class RunWholeOut(RunOut):
    """A run with its report, where it is kept."""

    report: dict[str, object] | None = Field(description="As docs/reference/report.md has it.")


class ChoiceOut(Schema):
    """A step that can be begun now."""

    kind: str
    title: str
    unit: str
    minutes: int
    skills: list[str]
    unlocks: int = Field(description="How many steps of the plan wait for it.")


class NextOut(Schema):
    """The three choices: a recommendation, another way, and reviews."""

    recommended: ChoiceOut | None
    other: ChoiceOut | None
    due: list[str] = Field(description="Ids of the skills to review today.")
    review_minutes: int
    next_review: date | None


class UnitOut(Schema):
    """A unit, and how many of its skills are how far."""

    id: str
    title: str
    skills: dict[str, int] = Field(
        description="Number of skills by status: open, taught, known, shown, passed, proven."
    )


class StatusOut(Schema):
    """Where the learner stands."""

    version: str
    path: str
    new: bool = Field(description="Whether nothing is known of the learner yet.")
    units: list[UnitOut]


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="What happened, and what to do next.")
