"""What a run found, as data: the schema of report.json and of `firsthand check --json` (docs/reference/report.md)."""

from typing import Any, Literal

import msgspec

from firsthand.core.verdicts import Verdict

SCHEMA_VERSION = 1

FailureKind = Literal["mismatch", "timeout", "refused", "closed", "protocol", "limit", "exited", "author", "ours"]
"""mismatch: another answer than expected. timeout: none in time. refused: no connection. closed: the connection ended
early. protocol: not the protocol at all. limit: more than a client takes. exited: the program died. author: the check
itself is wrong. ours: anything else that is not the learner's fault."""


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a check did not pass, in the learner's words. Texts are plain, control characters made visible."""

    kind: FailureKind
    message: str
    """One sentence that stands alone."""
    expected: str = ""
    got: str = ""
    detail: str = ""
    """Several lines to be shown in a fixed-width font: bytes with a pointer at the first wrong one."""
    remark: str = ""
    """What the check's author says to whoever made this mistake."""
    reproduce: list[str] = []
    """Shell commands that show the failure while the program runs, such as curl."""
    output: str = ""
    """The tail of what the program printed, where that tells more."""
    where: str = ""
    """`file:line` of an author's error."""


class CheckResult(msgspec.Struct, frozen=True, omit_defaults=False):
    """One check, judged. `message` and `reproduce` are empty when it passed. `seconds` is wall time."""

    id: str
    verdict: Verdict
    proves: list[str]
    message: str
    rule: str
    reproduce: list[str]
    seconds: float
    failure: Failure | msgspec.UnsetType = msgspec.UNSET


class StageResult(msgspec.Struct, frozen=True):
    """One stage, judged; checks stand in file order. `reason` says why it was skipped or could not start."""

    id: str
    verdict: Verdict
    seconds: float
    checks: list[CheckResult]
    reason: str | msgspec.UnsetType = msgspec.UNSET


class ServerUsed(msgspec.Struct, frozen=True):
    """A real server that took part. `real` is false where a compatible one stood in."""

    kind: str
    name: str
    version: str
    real: bool


class LimitInForce(msgspec.Struct, frozen=True):
    """A limit that held during the run, and by what means (`rlimit`, `deadline`, `count`, ...)."""

    name: str
    value: str
    by: str


class Report(msgspec.Struct, frozen=True):
    """The whole outcome of one run."""

    schema: int
    run: str
    lab: str
    language: str
    seed: int
    started: str
    """UTC, ISO 8601 with seconds."""
    verdict: Verdict
    reason: str
    """Why, in one sentence; empty when all passed."""
    digest: str
    """sha256 of the submission; empty when it could not be read."""
    lab_digest: str
    tier: str
    limits: list[LimitInForce]
    seconds: float
    servers: list[ServerUsed]
    stages: list[StageResult]
    evidence: dict[str, Any]
    """Where to look: `report`, `transcript`, `wire`, `submission` (paths) and `locks` (lock file -> sha256)."""
    failure: Failure | msgspec.UnsetType = msgspec.UNSET
    """Set when the run is `invalid` or `error` before any check could run."""


def encode(report: Report) -> bytes:
    """The report as indented JSON with a final newline."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def decode(data: bytes) -> Report:
    """Read a report back.

    Raises:
        msgspec.ValidationError: it is not a report of this schema (`msgspec.DecodeError`: not JSON at all).
    """
    report = msgspec.json.decode(data, type=Report)
    if report.schema != SCHEMA_VERSION:
        raise msgspec.ValidationError(f"report of schema {report.schema}, this program reads {SCHEMA_VERSION}")
    return report
