"""The file beside a lab that publishes how its graders were proved: its schema, read and written."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from firsthand import __version__
from firsthand.content.model import Lab

FILE_NAME = "proof.json"
SCHEMA_VERSION = 1


class Bug(msgspec.Struct, frozen=True):
    """One planted bug. `caught_by` is the check that caught it first in every run; None when none did."""

    bug: str
    language: str
    caught_by: str | None


class Check(msgspec.Struct, frozen=True):
    """One check, with the bugs that were planted for it."""

    check: str
    stage: str
    bugs: list[Bug]


class Solution(msgspec.Struct, frozen=True):
    """A solution, with the worst of its verdicts, and the median of a whole run in seconds."""

    language: str
    verdict: str
    seconds: float


class Proof(msgspec.Struct, frozen=True):
    """What was measured, with what, and when."""

    schema: int
    lab: str
    lab_digest: str
    """Of what was proved: the lab may have changed since."""
    firsthand: str
    """The version that proved it."""
    date: str
    """UTC, YYYY-MM-DD."""
    repeats: int
    flakes: int
    solutions: list[Solution]
    checks: list[Check]


def read(file: Path) -> Proof:
    """Read a published proof.

    Raises:
        OSError: there is none.
        msgspec.DecodeError: it is damaged, or of another schema.
    """
    proof = msgspec.json.decode(file.read_bytes(), type=Proof)
    if proof.schema != SCHEMA_VERSION:
        raise msgspec.ValidationError(f"a proof of schema {proof.schema}, this program reads {SCHEMA_VERSION}")
    return proof


def publish(measured: dict[str, object], lab: Lab) -> Path:
    """Write what `firsthand author prove --json` told of a lab beside it; returns the file.

    Raises:
        msgspec.ValidationError: that is not what it tells.
    """
    facts = {
        "schema": SCHEMA_VERSION,
        "lab_digest": lab.digest(),
        "firsthand": __version__,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    proof = msgspec.convert({**measured, **facts}, type=Proof)
    file = lab.folder / FILE_NAME
    file.write_bytes(msgspec.json.format(msgspec.json.encode(proof), indent=1) + b"\n")
    return file
