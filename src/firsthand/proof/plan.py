"""Which runs the proof of a lab needs: its solutions, starters and planted bugs, each so many times."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from firsthand.content.model import Lab
from firsthand.core.randomness import SEED_MAX, Rng, new_seed

Kind = Literal["solution", "starter", "bug"]
KINDS: tuple[Kind, ...] = ("solution", "starter", "bug")

ABSENT = "absent"
"""A bug whose slug begins so leaves the feature of its stage out altogether."""

REPEATS_MAX = 1_000
SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
_NAME = re.compile(rf"(?P<check>[a-z_][a-z0-9_]*)--(?P<slug>{SLUG})")


@dataclass(frozen=True)
class Bug:
    """A planted fault: a patch over a solution that a named check must catch first."""

    language: str
    check: str
    slug: str
    patch: Path

    @property
    def name(self) -> str:
        """`<check>--<slug>`, as its file is called."""
        return f"{self.check}--{self.slug}"

    @property
    def absent(self) -> bool:
        """Whether it leaves the feature of its stage out altogether."""
        return self.slug.startswith(ABSENT)


@dataclass(frozen=True)
class Subject:
    """A program that the proof runs: a solution or starter as it is, or a solution with a bug planted."""

    lab: str
    kind: Kind
    language: str
    folder: Path
    """The solution's or starter's folder, which is never written to."""
    bug: Bug | None = None

    @property
    def where(self) -> Path:
        """What an author would open to mend it."""
        return self.bug.patch if self.bug else self.folder

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        return f"bug {self.bug.name} ({self.language})" if self.bug else f"{self.language} {self.kind}"


@dataclass(frozen=True)
class Trial:
    """One run of a subject. `repeat` counts from 1."""

    subject: Subject
    repeat: int
    seed: int


@dataclass(frozen=True)
class Selection:
    """What part of the proof is wanted; empty means all of it."""

    kinds: tuple[Kind, ...] = KINDS
    languages: tuple[str, ...] = ()
    bugs: tuple[str, ...] = ()
    """Names, `check--slug`."""

    def takes(self, subject: Subject) -> bool:
        """Whether a subject is wanted."""
        if subject.kind not in self.kinds or (self.languages and subject.language not in self.languages):
            return False
        return not self.bugs or (subject.bug is not None and subject.bug.name in self.bugs)

    @property
    def whole(self) -> bool:
        """Whether nothing of the chosen kinds is left out, so that what is missing can be told."""
        return not self.languages and not self.bugs


@dataclass(frozen=True)
class Plan:
    """What the proof of one lab runs."""

    lab: Lab
    selection: Selection
    subjects: tuple[Subject, ...]
    bugs: tuple[Bug, ...]
    """All planted bugs, wanted or not."""
    strays: tuple[Path, ...]
    """Files below bugs/ that are no bug of this lab: a wrong name, an unknown check, a language without a solution."""
    trials: tuple[Trial, ...] = field(repr=False)
    repeats: int = 1


def plan_lab(
    lab: Lab,
    *,
    repeats: int = 1,
    selection: Selection | None = None,
    seed: int | None = None,
    draw: Callable[[], int] = new_seed,
) -> Plan:
    """Everything the proof of a lab runs.

    Args:
        lab: the lab, with its solutions at hand.
        repeats: how often each subject runs.
        selection: only these; all unless told.
        seed: of the first repeat of every subject (the others follow from it); drawn for each trial unless told.
        draw: where seeds come from.
    """
    assert 1 <= repeats <= REPEATS_MAX, "a subject runs once to a thousand times"
    selection = selection or Selection()
    bugs, strays = planted_bugs(lab)
    subjects = tuple(s for s in _subjects(lab, bugs) if selection.takes(s))
    trials = tuple(
        Trial(subject, repeat, draw() if seed is None else _seed(seed, repeat))
        for repeat in range(1, repeats + 1)
        for subject in subjects
    )
    return Plan(lab, selection, subjects, bugs, strays, trials, repeats)


def planted_bugs(lab: Lab) -> tuple[tuple[Bug, ...], tuple[Path, ...]]:
    """The bugs of a lab in the order of its checks, and the files below bugs/ that are none."""
    if lab.solutions_folder is None:
        return (), ()
    places = {check.id: number for number, check in enumerate(c for s in lab.stages for c in s.checks)}
    bugs: list[Bug] = []
    strays: list[Path] = []
    for file in _files(lab.solutions_folder / "bugs"):
        match = _NAME.fullmatch(file.stem)
        known = match is not None and match["check"] in places and file.parent.name in lab.solutions()
        if match is None or not known or file.suffix != ".patch":
            strays.append(file)
        else:
            bugs.append(Bug(file.parent.name, match["check"], match["slug"], file))
    return tuple(sorted(bugs, key=lambda b: (places[b.check], not b.absent, b.slug, b.language))), tuple(strays)


def _subjects(lab: Lab, bugs: tuple[Bug, ...]) -> Iterator[Subject]:
    if lab.solutions_folder:
        for language in lab.solutions():
            yield Subject(lab.id, "solution", language, lab.solutions_folder / "solutions" / language)
    for language in lab.starters():
        yield Subject(lab.id, "starter", language, lab.folder / "starters" / language)
    if lab.solutions_folder:
        for bug in bugs:
            yield Subject(lab.id, "bug", bug.language, lab.solutions_folder / "solutions" / bug.language, bug)


def _seed(first: int, repeat: int) -> int:
    return first if repeat == 1 else Rng(first, f"repeat {repeat}").integer(0, SEED_MAX)


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
