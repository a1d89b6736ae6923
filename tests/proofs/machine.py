"""An author's machine: the public command in a process of its own."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

COMMAND_S = 100
LAB = "acme-notes"


@dataclass(frozen=True)
class Done:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Author:
    """An author's machine, as far as Firsthand sees it, with a content folder of their own."""

    folder: Path
    """Where commands are called."""
    env: dict[str, str]

    @property
    def python(self) -> list[str]:
        """What runs Python as these tests do."""
        return [sys.executable]

    @property
    def content(self) -> Path:
        return self.folder / "content"

    def left_behind(self) -> list[str]:
        """The folders of runs and proofs that are still there."""
        return [folder.name for folder in Path(self.env["TMPDIR"]).glob("firsthand-*/*")]

    @property
    def lab(self) -> Path:
        return self.content / "own/units/acme/labs" / LAB

    def call(self, *words: str | Path, env: Mapping[str, str] | None = None) -> Done:
        """Call `firsthand author` with these words."""
        done = subprocess.run(
            self.command(*words), cwd=self.folder, env={**self.env, **(env or {})}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=COMMAND_S,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str | Path) -> subprocess.Popen[str]:
        """Start `firsthand author` with these words and leave it running."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self.command(*words), cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
            stdout=pipe, stderr=pipe, text=True, start_new_session=True,
        )  # fmt: skip

    def command(self, *words: str | Path) -> list[str]:
        """The command line, for this author's content where there is some."""
        content = ["--content", "content"] if self.content.is_dir() else []
        return [*self.python, "-m", "firsthand", *content, "author", *map(str, words)]

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a file of the lab in one place."""
        path = self.lab / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} stands once in {file}"
        path.write_text(text.replace(old, new))
