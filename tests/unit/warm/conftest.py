"""A bench of its own for each test, with a kind of server that every machine has; nothing of it may be left."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from warm_places import Home, left_behind

from firsthand.bench.sandbox.sweep import remove_folder
from firsthand.bench.warm import client
from firsthand.core.deadlines import Deadline, until

ECHO = Path(__file__).with_name("echo_server.py")
END_S = 30

StartBench = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A FIRSTHAND_HOME of this test, and with it a bench of its own; what is left of it afterwards is a failure."""
    tmp_path_factory.getbasetemp()  # pytest's own folder must not lie in ours
    root = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    root.chmod(0o755)
    (root / "temp").mkdir(mode=0o755)
    monkeypatch.setenv("FIRSTHAND_HOME", str(root / "home"))
    monkeypatch.setenv("TMPDIR", str(root / "temp"))
    monkeypatch.setenv("FIRSTHAND_BENCH_IDLE_S", "60")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.delenv("FIRSTHAND_BENCH", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield Home(root)
    asyncio.run(until(_gone(root), Deadline.after(END_S)))  # what has been told to end is on its way
    left = left_behind(root)
    for pid in left:
        os.kill(pid, 9)
    remove_folder(root)
    assert left == {}, "nothing of a test may be left"


def _gone(root: Path) -> Callable[[], Awaitable[bool]]:
    async def gone() -> bool:
        return not left_behind(root)

    return gone


@pytest.fixture
def start_bench(home: Home) -> Iterator[StartBench]:
    """Starts a bench with echo servers in a process of its own, which is ended after the test."""
    with ExitStack() as stack:

        def start(*words: str, version: str = "") -> "subprocess.Popen[str]":
            # Files may change while tests run: what counts is what this process takes for its version.
            return stack.enter_context(_bench([version or client.version(), *words]))

        yield start


@contextmanager
def _bench(words: list[str]) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen([sys.executable, str(ECHO), *words], stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("up ")
            yield process
        finally:
            process.terminate()
            process.wait(END_S)
