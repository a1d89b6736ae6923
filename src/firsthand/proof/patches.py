"""Planted bugs as patches: applying them to a copy of a solution and making them from an edited one, by git."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from firsthand.core.errors import ContentError, WorldError

GIT_S = 30.0
"""How long a single git command may take."""

LEFT_OUT = (".git", "node_modules", ".venv", "venv", "vendor", "target", "__pycache__", "*.pyc", ".DS_Store")
"""Never part of a solution, a starter or a bug."""

EXACT: tuple[str, ...] = ()

_SAFE = (
    "-c", "core.autocrlf=false", "-c", "core.safecrlf=false", "-c", "core.quotePath=false",
    "-c", "core.fileMode=true", "-c", "core.symlinks=true", "-c", "core.hooksPath=/dev/null",
    "-c", "core.attributesFile=/dev/null", "-c", "color.ui=false", "-c", "core.pager=cat",
)  # fmt: skip
"""What an author's own git settings would change in a patch."""


class PatchError(ContentError):
    """The patch does not apply to the solution."""


def copy(folder: Path, to: Path) -> None:
    """Copy a solution to a folder that does not exist yet or is empty, without what is left out of submissions."""
    shutil.copytree(folder, to, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT), dirs_exist_ok=True)


def apply(patch: Path, folder: Path, options: Sequence[str] = EXACT) -> None:
    """Apply a patch to the files of a folder, all of it or nothing.

    Raises:
        PatchError: it does not apply, or is no patch.
        WorldError: git is not here.
    """
    if not patch.is_file():
        raise PatchError(f"There is no patch {patch.name}.", file=patch)
    done = run_git(("apply", "--whitespace=nowarn", "-p1", *options, str(patch.absolute())), folder)
    if done.returncode != 0:
        raise PatchError(
            f"It does not apply to the solution: {_why(done.stderr)}.",
            file=patch,
            advice="If the solution changed, `firsthand author bug refresh` mends what can be mended.",
        )


def make(solution: Path, edited: Path) -> bytes:
    """The patch that turns the solution into the edited copy; empty when nothing changed.

    Raises:
        WorldError: git is not here.
    """
    with tempfile.TemporaryDirectory(prefix="firsthand-patch-") as place:
        copy(solution, Path(place) / "a")
        copy(edited, Path(place) / "b")
        options = ("--no-index", "--no-prefix", "--no-renames", "--no-ext-diff", "--no-textconv", "--binary")
        done = run_git(("diff", *options, "a", "b"), Path(place))
    if done.returncode not in (0, 1):
        raise WorldError(f"git could not compare {solution} and {edited}: {_why(done.stderr)}")
    return done.stdout


def files_of(patch: Path, folder: Path) -> list[str]:
    """The names of the files that a patch touches, as they are called inside the solution.

    Raises:
        PatchError: it is no patch.
    """
    done = run_git(("apply", "--numstat", "-z", "-p1", str(patch.absolute())), folder)
    if done.returncode != 0:
        raise PatchError(f"It is no patch: {_why(done.stderr)}.", file=patch)
    lines = [line for line in done.stdout.decode(errors="replace").split("\0") if line]
    return [line.split("\t", 2)[2] for line in lines if line.count("\t") >= 2]


def run_git(arguments: Sequence[str], folder: Path, *, inside: bool = False) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder, with settings of ours instead of the author's.

    Args:
        arguments: what follows `git`.
        folder: where it runs.
        inside: the repository around the folder is meant; else git sees none.

    Raises:
        WorldError: git is not here, or did not answer in time.
    """
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    if not inside:
        env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CEILING_DIRECTORIES": str(folder.absolute().parent)}
    try:
        return subprocess.run(
            ["git", *_SAFE, *arguments],
            cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=GIT_S, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise WorldError(
            "git is not on this machine, and bugs are planted with it.", advice="Install git, then try again."
        ) from None
    except subprocess.TimeoutExpired:
        raise WorldError(f"git {arguments[0]} did not end within {GIT_S:.0f} seconds.") from None


def _why(stderr: bytes) -> str:
    lines = [line.removeprefix("error: ") for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    return "; ".join(lines[:3]) or "git does not say why"
