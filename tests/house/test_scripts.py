"""The scripts: each explains itself, and stops at the first thing that goes wrong."""

import subprocess
from pathlib import Path

import pytest

from house.repository import ROOT, files, name

SHELL_SCRIPTS = [f for f in files() if f.read_bytes().startswith(b"#!/bin/sh") and "paths" not in f.parts]
OURS = [f for f in SHELL_SCRIPTS if f.parent == ROOT / "scripts"]


@pytest.mark.parametrize("wanted", ["setup", "check", "test", "prove", "figures"])
def test_there_is_one_command_for_each_job(wanted: str) -> None:
    assert ROOT / "scripts" / wanted in SHELL_SCRIPTS


@pytest.mark.parametrize("script", OURS, ids=name)
def test_every_script_explains_itself(script: Path) -> None:
    for option in ("-h", "--help"):
        asked = subprocess.run([script, option], capture_output=True, text=True, timeout=20)

        assert asked.returncode == 0, asked.stderr
        assert f"usage: scripts/{script.name}" in asked.stdout


@pytest.mark.parametrize("script", SHELL_SCRIPTS, ids=name)
def test_every_script_stops_at_the_first_failure(script: Path) -> None:
    assert "\nset -eu\n" in script.read_text(encoding="utf-8")


@pytest.mark.parametrize("script", SHELL_SCRIPTS, ids=name)
def test_every_script_is_posix_shell(script: Path) -> None:
    checked = subprocess.run(["/bin/sh", "-n", script], capture_output=True, text=True)

    assert checked.returncode == 0, checked.stderr


def test_continuous_integration_runs_what_everybody_runs() -> None:
    lines = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]

    assert commands == ['exec scripts/test "$@"']
