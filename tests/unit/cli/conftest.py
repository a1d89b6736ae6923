"""The public command in a process of its own, with a home, a folder to stand in and a small lab of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import firsthand as package
from firsthand.history import History

SOURCE = Path(package.__file__).parents[1]
COMMAND_S = 60

LAB = """schema = 1
id = "tiny-greeting"
title = "A tiny greeting"
summary = "Greet whoever asks."
minutes = 90
proves = ["TNY-01"]

[environment]
PORT = { kind = "port", about = "the TCP port to listen on" }

[starter]
stage = "greets"
check = "says_hello"
says = "Greet"

[[stage]]
id = "greets"
title = "The greeting"
subject = "program"

[[stage]]
id = "counts"
title = "The counter"
subject = "program"
"""

GREETS_BRIEF = "Answer every request with `hello`.\n\n## In detail\n\n```\n# no heading\n```\n"

GREETS = '''"""The first stage."""
from firsthand.lab import Http, check, expect


@check(proves="TNY-01")
async def says_hello(http: Http) -> None:
    """A request is answered with a greeting (brief)."""
    reply = await http.get("/")
    expect(reply.status, "status").equals(200)
    expect(reply.body, "body").equals(b"hello", hint="Greet with hello, nothing more.")
'''

COUNTS = '''"""The second stage."""
from firsthand.lab import Http, Rng, check, expect


@check(proves="TNY-01")
async def counts_up(http: Http, rng: Rng) -> None:
    """A number is answered with the next one (brief)."""
    number = rng.integer(1, 1000)
    reply = await http.get(f"/{number}")
    expect(reply.body, "body").equals(str(number + 1).encode())


@check()
async def answers_again(http: Http) -> None:
    """It answers more than once (brief)."""
    for _ in range(2):
        expect((await http.get("/")).status, "status").equals(200)
'''

SERVER = """import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.lstrip("/")
        body = str(int(path) + 1) if path else "GREETING"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""

COMPETENCY = """schema = 1
id = "tny"
code = "TNY"
title = "Tiny"
why = "To be tested."
topic = ""
requires = []

[[competency]]
id = "TNY-01"
can = "greet"
tier = 1
proof = "live"
minutes = 5
requires = []
"""

LESSON = """+++
title = "How to greet"
minutes = 5
teaches = ["TNY-01"]
+++

Say **hello**.
"""


def files_of_the_path() -> dict[str, str]:
    lab = "units/tny/labs/tiny-greeting"
    return {
        "path.toml": 'schema = 1\nid = "tiny"\ntitle = "Tiny"\nunits = ["tny"]\n',
        "units/tny/unit.toml": COMPETENCY,
        "units/tny/lessons/01-greeting.md": LESSON,
        f"{lab}/lab.toml": LAB,
        f"{lab}/stages/01-greets/brief.md": GREETS_BRIEF,
        f"{lab}/stages/01-greets/checks.py": GREETS,
        f"{lab}/stages/01-greets/hints.toml": 'says_hello = ["Look at the body.", "It is hello.", "Write hello."]\n',
        f"{lab}/stages/02-counts/brief.md": "# Counting\n\nAnswer /N with N + 1.\n",
        f"{lab}/stages/02-counts/checks.py": COUNTS,
        f"{lab}/stages/02-counts/hints.toml": 'counts_up = ["Add one."]\nanswers_again = ["Do not stop."]\n',
        f"{lab}/starters/python/Procfile": "web: python server.py\n",
        f"{lab}/starters/python/server.py": SERVER.replace("GREETING", "good bye"),
        f"{lab}/starters/php/Procfile": "web: php -S 127.0.0.1:$PORT index.php\n",
        f"{lab}/starters/php/index.php": "good bye",
        f"{lab}/solutions/python/Procfile": "web: python server.py\n",
        f"{lab}/solutions/python/server.py": SERVER.replace("GREETING", "hello"),
    }


@dataclass(frozen=True)
class Done:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Place:
    """A learner's machine, as far as Firsthand sees it."""

    home: Path
    folder: Path
    """Where commands are called, unless told."""
    content: Path
    env: dict[str, str]

    def call(self, *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: str = "") -> Done:
        """Call `firsthand` with these words."""
        done = subprocess.run(
            [sys.executable, "-m", "firsthand", *words],
            cwd=cwd or self.folder,
            env={**self.env, **(env or {})},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def start(self, *words: str, cwd: Path | None = None) -> Iterator[subprocess.Popen[str]]:
        """Start `firsthand` with these words and leave it running; a test that fails leaves none behind."""
        pipe = subprocess.PIPE
        running = subprocess.Popen(
            [sys.executable, "-m", "firsthand", *words],
            cwd=cwd or self.folder,
            env={**self.env, "PYTHONUNBUFFERED": "1"},
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )
        with running:
            try:
                yield running
            finally:
                if running.poll() is None and sys.exc_info()[0] is not None:
                    running.kill()

    @property
    def lab(self) -> Path:
        """The folder of the lab tiny-greeting."""
        return self.content / "tiny/units/tny/labs/tiny-greeting"

    def history(self) -> History:
        """The learner's history."""
        return History(self.home / "data" / "history.sqlite3")

    def kinds(self) -> list[str]:
        """The kinds of all events in the history."""
        return [event.kind for event in self.history().read()]

    def workspace(self, *, greeting: str = "good bye") -> Path:
        """A workspace of tiny-greeting whose program greets so."""
        done = self.call("begin", "tiny-greeting", "--lang", "python")
        assert done.code == 0, done.err
        folder = self.folder / "tiny-greeting"
        (folder / "server.py").write_text(SERVER.replace("GREETING", greeting))
        return folder


@pytest.fixture
def place(tmp_path: Path) -> Place:
    content = tmp_path / "content"
    for name, text in files_of_the_path().items():
        file = content / "tiny" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "here").mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    env = {
        **kept,
        "FIRSTHAND_HOME": str(tmp_path / "home"),
        "FIRSTHAND_CONTENT": str(content),
        "PYTHONPATH": str(SOURCE),
        "PYTHONIOENCODING": "utf-8",
    }
    return Place(tmp_path / "home", tmp_path / "here", content, env)


@pytest.fixture
def call(place: Place) -> Callable[..., Done]:
    return place.call
