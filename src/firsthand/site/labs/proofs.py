"""The published proof of a lab's graders: read from the file that `scripts/prove --write` has measured."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from firsthand.content.model import Lab
from firsthand.core.verdicts import Verdict
from firsthand.study.proof_file import FILE_NAME, Proof, read


@dataclass(frozen=True)
class Published:
    """What is published of a lab. `proof` is None where nothing is, or where it cannot be read (`trouble`)."""

    lab: Lab
    proof: Proof | None = None
    trouble: str = ""

    @property
    def changed(self) -> bool:
        """Whether the lab is another one by now than the one that was proved."""
        return self.proof is not None and self.proof.lab_digest != self.lab.digest()

    @property
    def languages(self) -> list[str]:
        """Of the solutions that passed."""
        return [s.language for s in self.proof.solutions if s.verdict == Verdict.PASSED] if self.proof else []

    @property
    def stages(self) -> list[tuple[str, list[tuple[str, int, int]]]]:
        """By stage, each check with how many bugs were planted for it, and how many it caught first."""
        found: dict[str, list[tuple[str, int, int]]] = {}
        for check in self.proof.checks if self.proof else ():
            caught = sum(bug.caught_by == check.check for bug in check.bugs)
            found.setdefault(check.stage, []).append((check.check, len(check.bugs), caught))
        return list(found.items())

    @property
    def checks(self) -> int:
        """How many checks it has."""
        return len(self.proof.checks) if self.proof else 0

    @property
    def planted(self) -> int:
        """How many bugs were planted."""
        return sum(len(check.bugs) for check in self.proof.checks) if self.proof else 0

    @property
    def caught(self) -> int:
        """How many were caught first by the check they were planted for, in every run."""
        return sum(caught for _, checks in self.stages for _, _, caught in checks)

    @property
    def bugs_by_language(self) -> list[tuple[str, int]]:
        """How many bugs were planted in each language."""
        found = Counter(bug.language for check in self.proof.checks for bug in check.bugs) if self.proof else Counter()
        return sorted(found.items())


def of(lab: Lab) -> Published:
    """What is published of a lab."""
    file = lab.folder / FILE_NAME
    try:
        seen = file.stat()
        return Published(lab, _read(file, seen.st_mtime_ns, seen.st_size))
    except OSError:
        return Published(lab)
    except msgspec.DecodeError as error:
        return Published(lab, trouble=f"{FILE_NAME} of this lab cannot be read: {error}.")


@lru_cache(maxsize=256)
def _read(file: Path, _changed_ns: int, _size_bytes: int) -> Proof:
    return read(file)
