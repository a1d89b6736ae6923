"""The site as a user starts it: in a process of its own, at a free port, with a home below a folder of the test."""

import http.client
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from public_command import Place

from firsthand.core.deadlines import Deadline

UP_S = 60
END_S = 30
LINK = re.compile(r"(http://127\.0\.0\.1:(\d+))(/enter/\S+/)")


class Site:
    """A site that runs. `said` is all that it has printed so far."""

    def __init__(self, process: "subprocess.Popen[str]", said: str) -> None:
        self.process = process
        self.said = said
        found = LINK.search(said)
        assert found is not None, said
        self.address, self.port, self.link = found[1], int(found[2]), found[3]

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    def get(self, path: str, *, cookie: str = "", **headers: str) -> http.client.HTTPResponse:
        """Ask for a page; the answer is read already."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=UP_S)
        asking.request("GET", path, headers={"Cookie": cookie, **headers} if cookie else headers)
        answer = asking.getresponse()
        answer.text = answer.read().decode()  # type: ignore[attr-defined]
        asking.close()
        return answer

    def enter(self, link: str = "") -> str:
        """Open the site by its link, or another one; the cookie by which a browser is known, or nothing."""
        told = self.get(urlsplit(link).path or self.link).headers.get("Set-Cookie", "")
        return told.partition(";")[0]

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Tell it to end; its exit code, and what it said last."""
        self.process.send_signal(number)
        assert self.process.stdout is not None
        rest = self.process.stdout.read()
        return self.process.wait(END_S), rest


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a call in this home; no browser is opened."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")}
    return {**kept, "FIRSTHAND_HOME": str(home), **more}


def join_the_path(place: Place) -> Place:
    """Let the small lab of a place be a part of the path that is studied."""
    (place.root / "content/own/path.toml").write_text('schema = 1\nextends = "backend"\nunits = ["own"]\n')
    return place


@contextmanager
def site(
    home: Path, *words: str, env: Mapping[str, str] | None = None, command: Sequence[str] = ("start",)
) -> Iterator[Site]:
    """`firsthand start`, or another command that serves the site, in this home, until the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "firsthand", *command, *words],
        env={**environment(home), **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield Site(process, _until_up(process))
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(END_S)
                except subprocess.TimeoutExpired:
                    process.kill()


def _until_up(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    deadline, said = Deadline.after(UP_S), b""
    while not LINK.search(said.decode()) and not deadline.passed:
        if select.select([process.stdout], [], [], deadline.left_s)[0]:
            piece = os.read(process.stdout.fileno(), 65_536)
            said += piece
            if not piece:
                break
    return said.decode()
