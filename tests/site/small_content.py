"""A path of two units with everything in it, for tests of pages that must not change with the real path."""

from pathlib import Path

FILES: dict[str, str] = {}

FILES["path.toml"] = """schema = 1
id = "small"
title = "The small path"
units = ["way", "talk"]
"""

FILES["courses.toml"] = """[[course]]
id = "the-way-watched"
title = "The way, watched"
url = "https://example.org/way"
length = "1:30:00"
added = "2026-11-22"
playlist = 1
units = ["way"]
teaches = ["WAY-01"]
"""

FILES["units/way/unit.toml"] = """schema = 1
id = "way"
code = "WAY"
title = "Finding the way"
why = "Who knows the way does not get lost."
topic = "Finding"
requires = []
[[competency]]
id = "WAY-01"
can = "choose the right way"
tier = 1
proof = "question"
minutes = 30
requires = []
[[competency]]
id = "WAY-02"
can = "type a word"
tier = 1
proof = "question"
minutes = 30
requires = ["WAY-01"]
[[competency]]
id = "WAY-03"
can = "type a number"
tier = 1
proof = "question"
minutes = 30
requires = ["WAY-01"]
[[competency]]
id = "WAY-04"
can = "put steps in order"
tier = 2
proof = "question"
minutes = 30
requires = ["WAY-02"]
[[competency]]
id = "WAY-05"
can = "match texts"
tier = 2
proof = "question"
minutes = 30
requires = ["WAY-02"]
"""

FILES["units/way/questions.toml"] = '''schema = 1
[[question]]
id = "WAY-01.1"
competency = "WAY-01"
kind = "choice"
difficulty = 0.4
ask = """Which one is **right**?"""
[[question.option]]
text = "the right one"
right = true
why = "Because it is."
[[question.option]]
text = "the first wrong one"
why = "It is the first wrong one."
[[question.option]]
text = "the second wrong one"
why = "It is the second wrong one."
[[question.option]]
text = "the third wrong one"
why = "It is the third wrong one."
[[question]]
id = "WAY-02.1"
competency = "WAY-02"
kind = "token"
difficulty = 0.4
ask = "Type yes."
answers = ["yes"]
why = "We asked for yes."
[[question]]
id = "WAY-03.1"
competency = "WAY-03"
kind = "number"
difficulty = 0.4
ask = "How much is 2 + 2?"
answer = 4.0
tolerance = 0.0
why = "Count them."
[[question]]
id = "WAY-04.1"
competency = "WAY-04"
kind = "order"
difficulty = 0.4
ask = "Put them in order."
steps = ["alpha", "beta", "gamma"]
why = "As in the alphabet."
[[question]]
id = "WAY-05.1"
competency = "WAY-05"
kind = "pattern"
difficulty = 0.4
ask = "Match numbers."
must_match = ["1", "22"]
must_not_match = ["a", "b"]
example = "[0-9]+"
why = "Digits, one or more."
'''

FILES["units/way/lessons/01-which-way.md"] = """+++
title = "Which way"
minutes = 10
teaches = ["WAY-01", "WAY-02"]
+++

Go **this** way. It is shorter.
"""

FILES["units/talk/unit.toml"] = """schema = 1
id = "talk"
code = "TLK"
title = "Talking"
why = "Programs talk to each other."
topic = ""
requires = ["way"]
[[competency]]
id = "TLK-01"
can = "greet"
tier = 1
proof = "live"
minutes = 60
requires = ["WAY-01"]
"""

_LAB = "units/talk/labs/talk-greeting"
FILES[f"{_LAB}/lab.toml"] = """schema = 1
id = "talk-greeting"
title = "A greeting"
summary = "Greet whoever asks."
minutes = 90
proves = ["TLK-01"]

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
FILES[f"{_LAB}/stages/01-greets/brief.md"] = "Answer every request with `hello`.\n"
FILES[f"{_LAB}/stages/01-greets/hints.toml"] = 'says_hello = ["Look at the body.", "It is hello.", "Write hello."]\n'
FILES[f"{_LAB}/stages/01-greets/checks.py"] = '''"""The first stage."""
from firsthand.lab import Http, check, expect


@check(proves="TLK-01")
async def says_hello(http: Http) -> None:
    """A request is answered with a greeting (brief)."""
    reply = await http.get("/")
    expect(reply.status, "status").equals(200)
    expect(reply.body, "body").equals(b"hello", hint="Greet with hello, nothing more.")
'''
FILES[f"{_LAB}/stages/02-counts/brief.md"] = "Answer `/N` with N + 1.\n"
FILES[f"{_LAB}/stages/02-counts/hints.toml"] = 'counts_up = ["Add one."]\n'
FILES[f"{_LAB}/stages/02-counts/checks.py"] = '''"""The second stage."""
from firsthand.lab import Http, Rng, check, expect


@check(proves="TLK-01")
async def counts_up(http: Http, rng: Rng) -> None:
    """A number is answered with the next one (brief)."""
    number = rng.integer(1, 1000)
    reply = await http.get(f"/{number}")
    expect(reply.body, "body").equals(str(number + 1).encode())
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

for _folder, _word in (("starters", "good bye"), ("solutions", "hello")):
    FILES[f"{_LAB}/{_folder}/python/Procfile"] = "web: python server.py\n"
    FILES[f"{_LAB}/{_folder}/python/server.py"] = SERVER.replace("GREETING", _word)


def write_small_content(root: Path) -> Path:
    """Write it below `root`/content, which is returned: a folder that holds paths."""
    for name, text in FILES.items():
        file = root / "content/small" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root / "content"
