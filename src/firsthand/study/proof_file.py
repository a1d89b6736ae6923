"""The file beside a lab that publishes how its graders were proved: its schema, read and written."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from firsthand import __version__
from firsthand.content.digest import proof_digest
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
    proof_digest: str = ""
    """Of what was proved and what it was proved with: rounds with the same one are counted together."""

    @property
    def is_whole(self) -> bool:
        """Whether every solution that can run here passed, and every bug was caught as it should be, in every run."""
        caught = all(bug.caught_by == check.check for check in self.checks for bug in check.bugs)
        return caught and self.flakes == 0 and all(s.verdict in ("passed", "skipped") for s in self.solutions)


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


def publish(measured: dict[str, object], lab: Lab) -> bool:
    """Put what `firsthand author prove --json` told of a lab beside it, where it is whole; returns whether it is.

    Rounds of the same lab, solutions and bugs are counted together. A round that is not whole takes back what was
    published: what failed once is proved by nothing that was measured before.

    Raises:
        msgspec.ValidationError: that is not what it tells.
    """
    facts = {
        "schema": SCHEMA_VERSION,
        "lab_digest": lab.digest(),
        "firsthand": __version__,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "proof_digest": proof_digest(lab.folder),
    }
    proof = msgspec.convert({**measured, **facts}, type=Proof)
    file = lab.folder / FILE_NAME
    if not proof.is_whole:
        file.unlink(missing_ok=True)
        return False
    with contextlib.suppress(OSError, msgspec.DecodeError):
        before = read(file)
        if (before.proof_digest, before.firsthand) == (proof.proof_digest, proof.firsthand):
            proof = msgspec.structs.replace(proof, repeats=before.repeats + proof.repeats)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(proof), indent=1) + b"\n")
    return True
