"""The tutorial for authors is true: its commands are run, and they print what it shows."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import firsthand
from proofs.machine import Author

ROOT = Path(firsthand.__file__).parents[2]
TUTORIAL = ROOT / "docs/author/tutorial.md"
BLOCK = re.compile(r"^```(console|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIES = re.compile(r"\d+(\.\d+)? ?s\b|\d+|/hello/\w+|  +")
"""Times, seeds, counts of files, random names, and how columns are filled up."""
FINDING = 1


@pytest.mark.skipif(not TUTORIAL.is_file(), reason="an installation has no docs")
def test_what_the_tutorial_shows_is_what_happens(stranger: Author, tmp_path: Path) -> None:
    env = _environment(stranger, tmp_path)
    for kind, text in BLOCK.findall(TUTORIAL.read_text(encoding="utf-8")):
        if kind == "diff":
            _change(stranger.folder, text)
            continue
        for command, shown in _commands(text):
            done = subprocess.run(
                command, shell=True, cwd=stranger.folder, env=env, capture_output=True, text=True, timeout=100
            )
            printed = [_plain(line) for line in done.stdout.splitlines()]
            assert done.returncode in (0, FINDING), done.stderr
            assert [line for line in shown if _plain(line) not in printed] == [], (
                f"{command}\n{done.stdout}{done.stderr}"
            )


def _environment(author: Author, tmp_path: Path) -> dict[str, str]:
    """The author's, with a `firsthand` on the PATH and a name for git."""
    tools = tmp_path / "bin"
    tools.mkdir()
    script = tools / "firsthand"
    script.write_text(f'#!/bin/sh\nFIRSTHAND_SCRIPT="$0" exec {" ".join(author.python)} -m firsthand "$@"\n')
    script.chmod(0o755)
    who = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org"}
    who |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"}
    return {**author.env, **who, "PATH": f"{tools}{os.pathsep}{author.env['PATH']}"}


def _change(folder: Path, patch: str) -> None:
    done = subprocess.run(["git", "apply", "-"], cwd=folder, input=patch, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + patch


def _commands(block: str) -> Iterator[tuple[str, list[str]]]:
    for piece in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *shown = piece.splitlines()
        yield command, [line for line in shown if line.strip()]


def _plain(line: str) -> str:
    return VARIES.sub("#", line.strip())
