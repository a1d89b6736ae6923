"""`firsthand author lint` runs the code of lessons, through the command."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from firsthand.bench.sandbox import processes
from firsthand.core.deadlines import Deadline, until
from proofs.machine import Author, Done

UNIT = """schema = 1
id = "acme"
code = "ACME"
title = "Acme"
why = "To be tested."
topic = ""
requires = []
"""
PAGE = """+++
title = "A page"
minutes = 5
teaches = []
+++

```sh run
echo two
```

```text output
2
```

```sh run
nosuchcommand
```
"""

Lint = Callable[..., Done]
WAIT_S = 30.0


@pytest.fixture
def lint(stranger: Author) -> Lint:
    """Lints an author's own unit, whose lesson holds this."""
    home = stranger.content / "own"
    (home / "units/acme/lessons").mkdir(parents=True)
    (home / "path.toml").write_text('schema = 1\nid = "own"\ntitle = "Own"\nunits = ["acme"]\n', encoding="utf-8")
    (home / "units/acme/unit.toml").write_text(UNIT, encoding="utf-8")

    def called(page: str, *options: str) -> Done:
        (home / "units/acme/lessons/00-overview.md").write_text(page, encoding="utf-8")
        return stranger.call("lint", "--unit", "acme", *options)

    return called


def test_what_is_printed_otherwise_is_told_with_what_was_expected_and_what_came(lint: Lint) -> None:
    done = lint(PAGE.partition("```sh run\nnosuch")[0])

    assert done.code == 1
    assert "lessons run: 1 of 1" in done.err
    assert (
        "00-overview.md:12\n    The run prints something else here.\n    expected: 2\n    got:      two\n" in done.out
    )
    assert "The code of 1 lesson was run." in done.out


def test_what_this_machine_lacks_is_counted_and_fails_where_that_is_asked_for(lint: Lint) -> None:
    done = lint(PAGE)
    assert done.code == 0
    assert "not run: 1\n  acme/overview  The command `nosuchcommand` is not on this machine. Install it.\n" in done.out

    done = lint(PAGE, "--missing-fails", "--json", "-")
    assert done.code == 1
    (run,) = json.loads(done.out)["runs"]
    assert (run["lesson"], run["state"]) == ("acme/overview", "not run")


def test_runs_are_left_out_and_units_counted_where_that_is_asked_for(lint: Lint) -> None:
    done = lint(PAGE, "--no-run", "--table")

    assert done.code == 0
    assert "was run" not in done.out
    assert "acme  Acme         1          0        0     0        5\n" in done.out


def test_a_unit_that_is_not_there_is_refused(lint: Lint) -> None:
    done = lint(PAGE, "--unit", "acne")

    assert done.code == 2
    assert 'There is no unit "acne".\nDid you mean acme?' in done.err


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_ctrl_c_ends_what_is_running_and_leaves_nothing_behind(lint: Lint, stranger: Author) -> None:
    lint(PAGE.replace("echo two", "sleep 600"), "--no-run")
    running = stranger.start("lint", "--unit", "acme")

    async def sleeps() -> bool:
        return running.poll() is not None or _sleeping_below(running.pid) != set()

    assert asyncio.run(until(sleeps, Deadline.after(WAIT_S)))
    below = _sleeping_below(running.pid)
    assert below, "the block is being run"
    running.send_signal(signal.SIGINT)

    assert running.wait(WAIT_S) == 130
    assert "Interrupted." in running.communicate()[1]
    assert not [pid for pid in below if processes.look(pid)]
    assert stranger.left_behind() == []


def _sleeping_below(pid: int) -> set[int]:
    return {each for each in processes.descendants(pid, thorough=True) if b"sleep" in _words(each)}


def _words(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:  # it has just ended
        return []
