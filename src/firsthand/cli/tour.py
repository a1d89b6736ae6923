"""`firsthand tour`: the whole loop on a real program, in a minute."""

import asyncio
import difflib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand.core.errors import UsageError
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.cli.screen import Line, Style
    from firsthand.content.model import Lab
    from firsthand.core.results import Report

LAB = "net-byo-http"
STAGE = "status-line"
SEED = 20_261_122
"""So that the tour tells the same story to everybody; a check of one's own draws a new seed each time."""
FOLDER = "firsthand-tour"
PROGRAM = Path(__file__).with_name("tour_program")
LOOK_S = 0.3
TRIES_MAX = 30

FAULT = "        request = client.recv(65536)\n"
MENDED = """\
        request = b""
        while b"\\r\\n\\r\\n" not in request:
            more = client.recv(65536)
            if not more:
                return
            request += more
"""


@click.command()
@click.option("--yes", is_flag=True, help="Mend the program without waiting for you.")
def tour(yes: bool) -> int:
    """See the whole loop on a real program: a check finds a fault, you mend it, the check passes."""
    from firsthand.core.verdicts import EXIT_CODES, Verdict
    from firsthand.study import library

    lab = library.lab(LAB)
    folder = _make_workspace(Path.cwd())
    _introduce(lab, folder)
    judged = (folder / "server.py").read_bytes()
    report = _check(lab, folder)
    if report.verdict is not Verdict.FAILED:
        return EXIT_CODES[report.verdict]
    _show_wire(report, folder)
    attended = sys.stdin.isatty() and sys.stdout.isatty() and not yes
    for _ in range(TRIES_MAX):
        if not attended or not _wait_for_learner(folder, judged):
            _mend(folder)
        judged = (folder / "server.py").read_bytes()
        report = _check(lab, folder)
        if report.verdict is Verdict.PASSED:
            _part(folder)
            return 0
    return EXIT_CODES[report.verdict]


def _make_workspace(parent: Path) -> Path:
    from firsthand.study import workspace

    folder = parent / FOLDER
    if folder.exists() and workspace.find(folder) != workspace.Workspace(folder, LAB, "python"):
        raise UsageError(
            f"{folder} is in the way of the tour's program, and was not touched.",
            advice="Go to another folder and take the tour there.",
        )
    try:
        folder.mkdir(exist_ok=True)
        for name in ("server.py", "Procfile"):
            shutil.copyfile(PROGRAM / name, folder / name)
        workspace.write(folder, LAB, "python")
    except OSError as error:
        raise UsageError(
            f"The tour's program cannot be written to {folder}: {error.strerror}.",
            advice="Go to a folder of yours (cd ~) and take the tour there.",
        ) from None
    return folder


def _introduce(lab: "Lab", folder: Path) -> None:
    from firsthand.cli.screen import BLANK, line, show

    stage = lab.stage(STAGE)
    assert stage is not None, "the tour's stage is in its lab"
    code = (folder / "server.py").read_text().rstrip().splitlines()
    begins = next(number for number, text in enumerate(code) if text.startswith("def serve"))
    show(
        [
            _step(1, "A workspace"),
            line("Firsthand proves what you can do on programs that you write. It starts them and talks to them."),
            line(f"Here is a small web server, as if you had written it for the lab “{lab.title}”:"),
            line((str(folder / "server.py"), "code"), indent=2, verbatim=True),
            BLANK,
            *(line((text, "dim"), indent=4, verbatim=True) for text in code[begins : begins + 5]),
            BLANK,
            line("With a browser it works. Now the check of the lab's first stage talks to it:"),
            line(("$ " + invocation.spell("check", "--stage", "1", workspace=folder), "code"), indent=2, verbatim=True),
            BLANK,
            _step(2, "The check"),
        ]
    )


def _check(lab: "Lab", folder: Path) -> "Report":
    from firsthand.bench.run import RunRequest
    from firsthand.cli.grading import Grading, grade

    request = RunRequest(lab=lab, workspace=folder, language="python", seed=SEED, stage=STAGE)
    return grade(request, Grading(folder, counts=False))


def _show_wire(report: "Report", folder: Path) -> None:
    from firsthand.bench.wire import load
    from firsthand.cli import conversation
    from firsthand.cli.screen import BLANK, line, show

    failed = next(c.id for stage in report.stages for c in stage.checks if c.verdict == "failed")
    wire = Path(str(report.evidence.get("wire", "")))
    if not wire.is_file():
        return
    records = list(load(wire))
    wanted = {r.conn for r in records if r.kind == "open" and r.check == failed}
    text = list(conversation.lines([r for r in records if r.conn in wanted], colour=False))
    show(
        [
            BLANK,
            _step(3, "What was said on the wire"),
            *(line(each, indent=2, verbatim=True) for each in text[:14]),
            line(("All of it: " + invocation.spell("trace", report.run, workspace=folder), "dim"), verbatim=True),
        ]
    )


def _wait_for_learner(folder: Path, judged: bytes) -> bool:
    """Wait until the program is another than was judged (True) or Enter is pressed (False)."""
    from firsthand.cli.screen import BLANK, line, show

    show(
        [
            BLANK,
            _step(4, "Your turn"),
            line("The request may come in pieces; the program must read on until the empty line that ends its head."),
            line("Mend it in your editor and save it: the tour notices. Or press Enter, and it will be done for you."),
            line((str(folder / "server.py"), "code"), indent=2, verbatim=True),
        ]
    )
    return asyncio.run(_changed(folder / "server.py", judged))


async def _changed(file: Path, judged: bytes) -> bool:
    loop = asyncio.get_running_loop()
    enter = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), enter.set)
    try:
        while not enter.is_set():
            # Not a wait for something of ours: an editor saves when it likes, and no system tells all of them.
            try:
                async with asyncio.timeout(LOOK_S):
                    await enter.wait()
            except TimeoutError:
                if file.is_file() and file.read_bytes() not in (judged, b""):
                    return True
        os.read(sys.stdin.fileno(), 1024)
        return False
    finally:
        loop.remove_reader(sys.stdin.fileno())


def _mend(folder: Path) -> None:
    from firsthand.cli.screen import BLANK, line, show

    original = (PROGRAM / "server.py").read_text()
    assert original.count(FAULT) == 1, "the fault is in the tour's program"
    mended = original.replace(FAULT, MENDED)
    (folder / "server.py").write_text(mended)
    changed = difflib.unified_diff(original.splitlines(), mended.splitlines(), lineterm="", n=2)
    show([BLANK, _step(4, "The fault is mended"), line("It reads on until the empty line has come:"), BLANK])
    for text in list(changed)[3:]:
        style: Style = "good" if text.startswith("+") else "bad" if text.startswith("-") else "dim"
        show([line((text, style), indent=4, verbatim=True)])
    show([BLANK, _step(5, "The check again")])


def _part(folder: Path) -> None:
    from firsthand.cli.screen import BLANK, line, show

    ways = [
        (invocation.spell("begin", LAB), "begin this lab with a program of your own"),
        (invocation.spell("labs"), "see all labs"),
        (invocation.spell("lesson"), "see the lessons that prepare for them"),
        (invocation.spell("run", workspace=folder), "start the tour's program and talk to it with curl"),
    ]
    width = max(len(command) for command, _ in ways)
    show(
        [
            BLANK,
            line(("That is all there is to it: ", "strong"), "write, check, read why, mend, pass."),
            *(line((f"{c:<{width}}", "code"), f"  {about}", indent=2, verbatim=True) for c, about in ways),
            line((f"The tour's program is in {folder}; remove it when you like.", "dim")),
        ]
    )


def _step(number: int, title: str) -> "Line":
    from firsthand.cli.screen import line

    return line((f"{number}. {title}", "title"))
