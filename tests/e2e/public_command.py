"""A home, a content folder with a small lab and a workspace for tests of the public command, where all users can go."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandboxed import survivors
from small_lab import PASSES, small_lab

import firsthand

CALL_S = 110
OURS = Path(firsthand.__file__).parent


@dataclass(frozen=True)
class Outcome:
    """What a call of the command came to."""

    exit_code: int
    report: dict[str, object]
    words: str

    @property
    def failure(self) -> str:
        """All that the report says of the first failure, as one text."""
        stages = self.report["stages"]
        assert isinstance(stages, list)
        checks = [check for stage in stages for check in stage["checks"] if "failure" in check]
        return json.dumps(self.report.get("failure") or (checks[0]["failure"] if checks else {}))


class Place:
    """A home, a content folder with a small lab, and a workspace, in a folder that every user can search."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lab = small_lab(root, PASSES, extra="ready_s = 1.0\ncheck_s = 3.0")
        self.workspace = self.lab.workspace()
        (self.workspace / "firsthand.toml").write_text('schema = 1\nlab = "small-lab"\nlanguage = "python"\n')

    def program(self, source: str, procfile: str = "web: python3 server.py\n") -> None:
        """Replace the program."""
        self.lab.workspace(source, procfile=procfile)

    @property
    def command(self) -> list[str]:
        """`firsthand`, with the content of this place."""
        return [sys.executable, "-m", "firsthand", "--content", str(self.root / "content")]

    @property
    def env(self) -> dict[str, str]:
        """The environment of a call."""
        return {**os.environ, "FIRSTHAND_HOME": str(self.root / "home")}

    def call(self, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Call `firsthand`, standing in the workspace."""
        return subprocess.run(
            [*self.command, *words],
            cwd=self.workspace,
            env={**self.env, **changes},
            capture_output=True,
            text=True,
            timeout=CALL_S,
            stdin=subprocess.DEVNULL,
        )

    def check(self, *words: str, **changes: str) -> Outcome:
        """Call `firsthand check --json -`, and see that nothing is left of the run."""
        done = self.call("check", "--json", "-", *words, **changes)
        assert f'File "{OURS}' not in done.stderr
        report = json.loads(done.stdout) if done.stdout else {}
        if report:
            assert survivors(report["run"]) == []
        return Outcome(done.returncode, report, done.stderr)

    def history(self) -> list[dict[str, Any]]:
        """All events of the history, as `firsthand history export` gives them."""
        return [json.loads(text) for text in self.call("history", "export").stdout.splitlines()]
