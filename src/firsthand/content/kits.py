"""Kits: a language's locked packages, which starters and solutions of a path's labs may use."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from firsthand.content.model import Lab

LOCKS = {"python": "requirements.txt", "javascript": "package-lock.json"}
"""The lock file of each language that can have a kit."""
FRAMEWORKS = {"flask": "python", "django": "python", "express": "javascript"}
"""What starters and solutions may be named for instead of their language: frameworks that its kit brings."""


@dataclass(frozen=True)
class Kit:
    """One language's kit; `folder` holds its lock file."""

    language: str
    folder: Path

    @property
    def lock(self) -> Path:
        """The lock file."""
        return self.folder / LOCKS[self.language]

    def packages(self) -> list[str]:
        """What it is made of, as its author asked for it, by name."""
        if self.language == "javascript":
            return list(json.loads((self.folder / "package.json").read_text(encoding="utf-8"))["dependencies"])
        lines = (self.folder / "requirements.in").read_text(encoding="utf-8").splitlines()
        return [found.group() for text in lines if (found := re.match(r"[A-Za-z0-9_.-]+", text))]


def kits_in(path_folder: Path) -> dict[str, Kit]:
    """The kits of a path by language."""
    found = (Kit(language, path_folder / "kits" / language) for language in LOCKS)
    return {kit.language: kit for kit in found if kit.lock.is_file()}


def language_of(name: str) -> str:
    """The language of a starter or solution by its name: of `flask` it is `python`, of `python` itself."""
    return FRAMEWORKS.get(name, name)


def kits_of(lab: Lab) -> dict[str, Kit]:
    """The kits that a lab may use: its path's, where there are servers to speak to, frameworks, or tests to write."""
    wanted = lab.servers or lab.is_about("tests") or any(name in FRAMEWORKS for name in lab.starters())
    return kits_in(lab.folder.parents[3]) if wanted else {}


def kit_for(lab: Lab, name: str) -> Kit | None:
    """The kit that a program of this lab needs when it was begun with the starter of this name."""
    tested = lab.is_about("tests") and name == "python"  # node:test needs no package
    return kits_of(lab).get(language_of(name)) if lab.servers or tested or name in FRAMEWORKS else None
