"""A lab of one's own for a test: its checks as source, read by the real loader."""

from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from firsthand.bench.run import Bench, RunRequest, perform
from firsthand.content.load import find_lab
from firsthand.content.model import Lab
from firsthand.core.events import AnyEvent
from firsthand.core.results import CheckResult, Report

GREETER = """\
import os, socket

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        client, _ = listener.accept()
        client.recv(65536)
        client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\nConnection: close\\r\\n\\r\\nhello")
        client.close()
"""
"""Greets every client, one after another."""

_HEAD = "from firsthand.lab import App, Deadline, Folder, Http, Request, Rng, check, expect, fail\n\n"

PASSES = '''
@check()
async def greets(http: Http) -> None:
    """It greets (brief)."""
    expect((await http.get("/")).body, "body").equals(b"hello")
'''


@dataclass
class SmallLab:
    """A lab below `root`/content, and the means to run it; everything stays below the test's folder."""

    root: Path
    lab: Lab
    events: list[AnyEvent] = field(default_factory=list)

    @property
    def bench(self) -> Bench:
        """A bench that keeps its things below the test's folder; its runs lie where a program's user can go."""
        home = self.root / "home"
        temp = self.root / "temp"
        for folder in (home, temp):
            folder.mkdir(mode=0o755, exist_ok=True)
        return Bench(data=home / "data", cache=home / "cache", temp=temp)

    def workspace(self, program: str = GREETER, *, procfile: str = "web: python3 server.py\n") -> Path:
        """A workspace with one program."""
        place = self.root / "workspace"
        place.mkdir(exist_ok=True)
        (place / "server.py").write_text(dedent(program))
        (place / "Procfile").write_text(procfile)
        return place

    async def run(self, workspace: Path, **options: object) -> Report:
        """Perform a run; its events are in `events`."""
        self.events.clear()
        request = RunRequest(lab=self.lab, workspace=workspace, language="python", **options)  # type: ignore[arg-type]
        return await perform(request, self.events.append, self.bench)


def small_lab(
    root: Path, *stages: str, extra: str = "", kit: str = "", stage_keys: str = "", subject: str = "program"
) -> SmallLab:
    """Write a lab with these stages (the source of their checks, `firsthand.lab` imported) and read it."""
    folder = root / "content" / "own" / "units" / "own" / "labs" / "small-lab"
    folder.mkdir(parents=True)
    path = root / "content" / "own"
    (path / "path.toml").write_text('schema = 1\nid = "own"\ntitle = "Own"\nunits = ["own"]\n')
    (path / "units" / "own" / "unit.toml").write_text(
        'schema = 1\nid = "own"\ncode = "OWN"\ntitle = "Own"\nwhy = "To test."\ntopic = ""\nrequires = []\n'
        '[[competency]]\nid = "OWN-01"\ncan = "greet"\ntier = 1\nproof = "live"\nminutes = 5\nrequires = []\n'
    )
    tables = "".join(
        f'[[stage]]\nid = "stage-{n}"\ntitle = "Stage {n}"\nsubject = "{subject}"\n{stage_keys}\n'
        for n in range(1, len(stages) + 1)
    )
    (folder / "lab.toml").write_text(
        'schema = 1\nid = "small-lab"\ntitle = "Small"\nsummary = "Small."\nminutes = 5\nproves = ["OWN-01"]\n'
        f'{extra}\n[starter]\nstage = "stage-1"\ncheck = "greets"\nsays = "x"\n'
        f'[environment.PORT]\nkind = "port"\nabout = "the port"\n'
        f'[environment.DATA_DIR]\nkind = "folder"\nabout = "its data"\n{tables}'
    )
    (folder / "kit.py").write_text(kit)
    for number, source in enumerate(stages, 1):
        place = folder / "stages" / f"{number:02}-stage-{number}"
        place.mkdir(parents=True)
        (place / "brief.md").write_text("Do it.\n")
        (place / "checks.py").write_text(_HEAD + dedent(source))
    return SmallLab(root, find_lab([root / "content"], "small-lab"))


def checks_of(report: Report) -> dict[str, CheckResult]:
    """All judged checks of a report by id."""
    return {check.id: check for stage in report.stages for check in stage.checks}
