"""Makes the Git repositories of a workspace, by a lab's own script, alike on every machine.

A starter for a lab about repositories holds one script, `repositories.sh`, which makes them with git; a solution holds
scripts that go on from there. They run by sh in the workspace. Author, time and settings are ours, so that the ids of
commits are the same everywhere, and neither settings nor repositories of whoever runs them are touched or asked.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from firsthand.bench.failures import show_lines
from firsthand.bench.program.environment import learner_path
from firsthand.bench.program.installing import how_to_install
from firsthand.content.model import REPOSITORIES_SCRIPT
from firsthand.core.errors import ContentError, WorldError
from firsthand.core.limits import REPOSITORIES_S

SHOWN_CHARACTERS = 600
"""So much of what a script printed last is shown when it failed."""

_SETTINGS = "[user]\n\tname = Ada\n\temail = ada@example.test\n[init]\n\tdefaultBranch = main\n"
_DATE = "2026-01-05T09:00:00+00:00"


def find_git() -> Path:
    """The git of this machine.

    Raises:
        WorldError: there is none, with the command that installs it.
    """
    found = shutil.which("git", path=learner_path())
    if found is None:
        raise WorldError("This lab is about Git, and git is not on this machine.", advice=how_to_install("git"))
    return Path(found)


def make(workspace: Path) -> None:
    """Make the repositories of a starter that was copied to this folder, and take its script away.

    Raises:
        WorldError: git is not here, or the script did not end.
        ContentError: the script failed.
    """
    run_script(workspace / REPOSITORIES_SCRIPT, workspace)
    (workspace / REPOSITORIES_SCRIPT).unlink()


def solve(scripts: Path, workspace: Path) -> None:
    """Run the scripts of a solution, in the order of their names, in a workspace that `make` has made.

    Raises:
        WorldError: git is not here, or a script did not end.
        ContentError: a script failed.
    """
    for script in sorted(scripts.glob("*.sh")):
        run_script(script, workspace)


def run_script(script: Path, workspace: Path) -> None:
    """Run a script of a lab in a workspace.

    Raises:
        WorldError: git is not here, or the script did not end.
        ContentError: the script failed.
    """
    git = find_git()
    with tempfile.TemporaryDirectory(prefix="firsthand-git-") as home:
        (Path(home) / ".gitconfig").write_text(_SETTINGS, encoding="utf-8")
        code, printed = _run(
            ["/bin/sh", "-eu", str(script.resolve())], workspace, _environment(git, Path(home), workspace)
        )
    if code is None:
        raise WorldError(f"{script.name} did not end within {REPOSITORIES_S:.0f} seconds.")
    if code != 0:
        words = show_lines(printed.decode("utf-8", "replace").strip()[-SHOWN_CHARACTERS:])
        raise ContentError(f"The script ended with {code}: {words or 'it printed nothing'}", file=script)


def _run(argv: list[str], folder: Path, env: Mapping[str, str]) -> tuple[int | None, bytes]:
    """The exit code, None for one that had to be killed, and what was printed; nothing of it goes on running."""
    with subprocess.Popen(
        argv,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as started:
        try:
            printed, _ = started.communicate(timeout=REPOSITORIES_S)
        except subprocess.TimeoutExpired:
            return None, b""
        finally:
            if started.poll() is None:
                os.killpg(started.pid, signal.SIGKILL)
        return started.returncode, printed


def _environment(git: Path, home: Path, workspace: Path) -> Mapping[str, str]:
    return {
        "PATH": os.pathsep.join(dict.fromkeys([str(git.parent), *learner_path().split(os.pathsep)])),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TEMPLATE_DIR": "",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_EDITOR": "true",
        "GIT_AUTHOR_DATE": _DATE,
        "GIT_COMMITTER_DATE": _DATE,
        # A repository around the workspace is somebody's own.
        "GIT_CEILING_DIRECTORIES": f"{workspace.resolve()}:{workspace.resolve().parent}",
    }
