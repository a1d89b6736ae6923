"""Makes docs/pictures/failure.svg: what a terminal shows when a check of net-byo-http catches a planted bug."""

import io
import os
import pty
import re
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from firsthand.proof import patches

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs/pictures/failure.svg"
LAB = next(ROOT.glob("paths/*/units/*/labs/net-byo-http"))
SEED = "1"
COLUMNS = 96

BUG = "bugs/python/decodes_percent_once--plus-is-a-space.patch"
"""One whose failure points at a wrong byte shows most."""


def main(bug: str) -> int:
    """Plant the bug, check, and write what the terminal showed; returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="firsthand-picture-") as folder:
        workspace = Path(folder) / "my-server"
        patches.copy(LAB / "solutions/python", workspace)
        patches.apply(sorted(LAB.glob(bug))[0], workspace)
        marker = f'schema = 1\nlab = "{LAB.name}"\nlanguage = "python"\n'
        (workspace / "firsthand.toml").write_text(marker, encoding="utf-8")
        (Path(folder) / "bin").mkdir()
        (Path(folder) / "bin/firsthand").symlink_to(ROOT / "firsthand")
        shown = _on_a_terminal(["firsthand", "check", "--seed", SEED], workspace, Path(folder))
    console = Console(width=COLUMNS, record=True, file=io.StringIO(), color_system="truecolor")
    console.print("$ firsthand check", style="bold")
    console.print(Text.from_ansi(_as_left(shown)))
    # Without the fonts that rich would have the reader's browser fetch from elsewhere.
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(title="my-server", theme=MONOKAI, code_format=template, unique_id="failure")
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")
    print(_as_left(shown))
    return 0


def _on_a_terminal(command: list[str], folder: Path, home: Path) -> str:
    """What the command writes to a terminal, found on PATH in `home`/bin as a reader's would be."""
    ours, theirs = pty.openpty()
    size = {"COLUMNS": str(COLUMNS), "LINES": "60", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | size | {"FIRSTHAND_HOME": str(home), "PATH": path}
    env.pop("NO_COLOR", None)
    command = [str(home / "bin" / command[0]), *command[1:]]
    with subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs):
        os.close(theirs)
        pieces = []
        with suppress(OSError):  # the other side is closed
            while piece := os.read(ours, 65_536):
                pieces.append(piece)
    os.close(ours)
    return b"".join(pieces).decode("utf-8", "replace").replace("\r\n", "\n")


def _as_left(shown: str) -> str:
    """The screen as it is left: lines that live progress drew over are gone."""
    lines: list[str] = []
    for line in shown.split("\n"):
        for _ in range(line.count("\x1b[1A")):
            if lines:
                lines.pop()
        kept = re.split(r"\x1b\[2K|\r", line)[-1]
        lines.append(re.sub(r"\x1b\[\?25[lh]|\x1b\[\d*A", "", kept))
    return "\n".join(lines).strip("\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else BUG))
