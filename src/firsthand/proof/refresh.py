"""Rebases planted bugs after their solution changed, and tells which ones no longer apply."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from firsthand.proof import patches
from firsthand.proof.patches import PatchError
from firsthand.proof.plan import Bug

State = Literal["kept", "rewritten", "lost"]

COMMITS_MAX = 20
"""How many earlier versions of a solution are tried as the one that the patch was made from."""

_LOOSER = (
    (("--recount",), "its line counts were wrong"),
    (("--recount", "-C1"), "with one line of context"),
    (("--recount", "-C1", "--ignore-whitespace"), "with other white space"),
)


@dataclass(frozen=True)
class Refreshed:
    """What became of one patch."""

    bug: Bug
    state: State
    how: str
    """In a few words."""


def refresh(bug: Bug, solution: Path) -> Refreshed:
    """Make a bug's patch fit its solution again; a patch that cannot be mended is left untouched.

    Raises:
        WorldError: git is not here.
    """
    with tempfile.TemporaryDirectory(prefix="firsthand-refresh-") as place:
        if error := _tried(bug, solution, Path(place) / "exact", patches.EXACT):
            try:
                return _rebased(bug, solution, Path(place)) or Refreshed(bug, "lost", error)
            except PatchError as wrong:
                return Refreshed(bug, "lost", wrong.message)
    return Refreshed(bug, "kept", "applies as it is")


def _rebased(bug: Bug, solution: Path, place: Path) -> Refreshed | None:
    for number, (options, how) in enumerate(_LOOSER):
        edited = place / f"looser-{number}"
        if not _tried(bug, solution, edited, options):
            return _rewritten(bug, solution, edited, how)
    for base in _earlier(bug, solution, place):
        edited = place / f"merged-{base.name}"
        if _merged(bug, solution, base, edited):
            return _rewritten(bug, solution, edited, f"merged from commit {base.name[:10]}")
    return None


def _tried(bug: Bug, solution: Path, edited: Path, options: tuple[str, ...]) -> str:
    patches.copy(solution, edited)
    try:
        patches.apply(bug.patch, edited, options)
    except PatchError as error:
        return error.message
    return ""


def _rewritten(bug: Bug, solution: Path, edited: Path, how: str) -> Refreshed:
    data = patches.make(solution, edited)
    if not data:
        return Refreshed(bug, "lost", "the solution has this fault now, or the patch changes nothing any more")
    bug.patch.write_bytes(data)
    return Refreshed(bug, "rewritten", how)


def _earlier(bug: Bug, solution: Path, place: Path) -> Iterator[Path]:
    """Folders with the files of the patch as earlier commits had them, the latest first, in which it applies."""
    log = patches.run_git(("log", f"--max-count={COMMITS_MAX}", "--format=%H", "--", "."), solution, inside=True)
    for commit in log.stdout.decode().split() if log.returncode == 0 else []:
        base = place / commit
        base.mkdir()
        for name in patches.files_of(bug.patch, base):
            _extract(solution, commit, name, base / name)
        if not _tried(bug, base, place / f"planted-{commit}", patches.EXACT):
            yield base


def _extract(solution: Path, commit: str, name: str, to: Path) -> None:
    shown = patches.run_git(("show", f"{commit}:./{name}"), solution, inside=True)
    if shown.returncode == 0:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(shown.stdout)


def _merged(bug: Bug, solution: Path, base: Path, edited: Path) -> bool:
    """Whether the solution, with the change from `base` to its planted version merged in, stands in `edited`."""
    planted = base.parent / f"planted-{base.name}"
    patches.copy(solution, edited)
    for name in patches.files_of(bug.patch, base):
        ours, old, theirs = edited / name, base / name, planted / name
        if not (ours.is_file() and old.is_file() and theirs.is_file()):
            return False
        merged = patches.run_git(("merge-file", "-p", str(ours), str(old), str(theirs)), edited)
        if merged.returncode != 0:
            return False
        ours.write_bytes(merged.stdout)
    return True
