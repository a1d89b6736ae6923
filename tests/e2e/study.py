"""A unit of one's own with questions of every kind, added to the path, and calls of the command that answer them."""

import json
import os
import pty
import select
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from small_content import FILES

from firsthand.core.deadlines import Deadline

CALL_S = 100


class Study:
    """A learner at a terminal or behind a pipe, with a home and content of their own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        unit = root / "more/way/units/way"
        (unit / "lessons").mkdir(parents=True)
        (root / "more/way/path.toml").write_text('schema = 1\nextends = "backend"\nunits = ["way"]\n')
        (unit / "unit.toml").write_text(FILES["units/way/unit.toml"])
        (unit / "questions.toml").write_text(FILES["units/way/questions.toml"])
        (unit / "lessons/01-which-way.md").write_text(FILES["units/way/lessons/01-which-way.md"])
        self.home = root / "home"

    @property
    def env(self) -> dict[str, str]:
        """The environment of a call."""
        return {**os.environ, "FIRSTHAND_HOME": str(self.home), "PYTHONIOENCODING": "utf-8", "TERM": "xterm"}

    @property
    def command(self) -> list[str]:
        """`firsthand`, with the content of this study."""
        return [sys.executable, "-m", "firsthand", "--content", str(self.root / "more")]

    def call(self, *words: str, typed: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
        """Call `firsthand`; these lines are piped in."""
        return subprocess.run(
            [*self.command, *words],
            cwd=self.root,
            env={**self.env, **changes},
            input=typed,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=CALL_S,
        )

    def told(self, *words: str, typed: str = "") -> Any:
        """What a command writes as JSON."""
        done = self.call(*words, "--json", "-", typed=typed)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """The history's events, of one kind or all."""
        found = [json.loads(line) for line in self.call("history", "export").stdout.splitlines()]
        return [event for event in found if kind in ("", event["kind"])]

    def data(self, kind: str) -> list[dict[str, Any]]:
        """What the events of a kind tell."""
        return [event["data"] for event in self.events(kind)]

    def remember(self, kind: str, days_ago: float, **data: Any) -> None:
        """Let something have happened some days ago, by importing it."""
        at = f"{datetime.now(UTC) - timedelta(days=days_ago):%Y-%m-%dT%H:%M:%S.%fZ}"
        line = json.dumps({"id": os.urandom(8).hex(), "at": at, "kind": kind, "version": 1, "data": data})
        done = self.call("history", "import", "-", typed=line + "\n")
        assert done.stdout.startswith("New events: 1."), done.stderr


class Terminal:
    """A call of the command at a terminal of some width."""

    def __init__(self, study: Study, *words: str, columns: int = 80, **changes: str) -> None:
        self.ours, theirs = pty.openpty()
        env = {**study.env, "COLUMNS": str(columns), "LINES": "40", **changes}
        self.running = subprocess.Popen(
            [*study.command, *words],
            cwd=study.root,
            env=env,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_own_terminal,  # noqa: PLW1509  # nothing here has threads
        )
        os.close(theirs)
        self.seen = ""

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self.ours, text.encode())

    def until(self, words: str) -> str:
        """What was shown since the last time, up to these words."""
        deadline = Deadline.after(60)
        while words not in self.seen and not deadline.passed:
            if not self._read(deadline.left_s):
                break
        if words not in self.seen:
            self.running.kill()
            self.running.wait()
        assert words in self.seen, self.seen
        before, _, self.seen = self.seen.partition(words)
        return before + words

    def rest(self) -> tuple[int, str]:
        """The exit code, and what was shown until the end."""
        deadline = Deadline.after(60)
        while not deadline.passed and self._read(deadline.left_s):
            pass
        code = self.running.wait(timeout=20)
        os.close(self.ours)
        return code, self.seen

    def _read(self, wait_s: float) -> bool:
        if not select.select([self.ours], [], [], wait_s)[0]:
            return False
        try:
            data = os.read(self.ours, 65_536)
        except OSError:  # the other side is gone
            return False
        self.seen += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)


def _own_terminal() -> None:
    """Make the terminal the one whose Ctrl-C reaches this process."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
