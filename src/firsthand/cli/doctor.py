"""`firsthand doctor`: which languages, limits and places this machine has, and how to get what is missing."""

import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand import __version__

if TYPE_CHECKING:
    from firsthand.cli.screen import Line

ROOM_MIN_BYTES = 200 * 1024 * 1024
OPEN_FILES_MIN = 1024


@dataclass(frozen=True)
class Finding:
    """One fact about this machine; `advice` is set where something should be done."""

    what: str
    fact: str
    advice: str = ""


@click.command()
def doctor() -> int:
    """See which languages, limits and places this machine has, and how to get what is missing.

    \b
    Exit codes: 0 nothing stands in the way, 1 something does.
    """
    from firsthand.cli.screen import BLANK, line, show

    blocking = [*_machine(), *_places()]
    show([line(("Firsthand on this machine", "strong")), *_shown(blocking), BLANK])
    show([line(("Languages", "strong")), *_shown(_languages()), BLANK])
    show([line(("Kits", "strong")), *_shown(_kits()), BLANK])
    show([line(("Content", "strong")), *_shown(_content()), BLANK])
    trouble = [finding for finding in blocking if finding.advice]
    if trouble:
        show([line(("✗ ", "bad"), f"{len(trouble)} of these should be mended first.")])
        return 1
    show([line(("✓ ", "good"), "Nothing stands in the way.")])
    return 0


def _shown(findings: list[Finding]) -> "list[Line]":
    from firsthand.cli.screen import line

    width = max((len(finding.what) for finding in findings), default=0)
    lines = []
    for finding in findings:
        sign = "! " if finding.advice else "  "
        lines.append(line((sign, "warn"), f"{finding.what:<{width}}  {finding.fact}", indent=2, verbatim=True))
        if finding.advice:
            lines.append(line(finding.advice, indent=width + 6))
    return lines


def _machine() -> list[Finding]:
    from firsthand.bench.sandbox.program_user import ProgramUser
    from firsthand.core.deadlines import machine_factor

    user = ProgramUser.of_this_process()
    who = f"user number {user.user}, without privileges, because you are root" if user.switched else "you"
    return [
        Finding("version", f"{__version__}, Python {platform.python_version()} at {sys.executable}"),
        _system(),
        Finding("tier", "plain: own process group, limits and deadlines; meant for your own programs"),
        Finding("programs run as", who),
        Finding("deadlines", f"stretched by {machine_factor():.1f} on this machine just now"),
        _open_files(),
        _proc(),
    ]


def _system() -> Finding:
    release = Path("/proc/version")
    is_wsl = release.is_file() and "microsoft" in release.read_text(errors="replace").lower()
    kind = f"{platform.system()} {platform.machine()}{', WSL' if is_wsl else ''}"
    if is_wsl and Path.cwd().as_posix().startswith("/mnt/"):
        return Finding(
            "system", kind, "You are on a Windows drive: slow, and signals and permissions do not work there."
        )
    if platform.system() not in ("Linux", "Darwin"):
        return Finding("system", kind, "On Windows use WSL 2: in PowerShell, `wsl --install`, then clone inside it.")
    return Finding("system", kind)


def _open_files() -> Finding:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = hard == resource.RLIM_INFINITY or hard >= OPEN_FILES_MIN
    advice = "" if enough else f"Checks with many clients need {OPEN_FILES_MIN}: raise it, for example with ulimit -n."
    return Finding("open files", f"{soft} of {'any number' if hard == resource.RLIM_INFINITY else hard}", advice)


def _proc() -> Finding:
    if Path("/proc/self/stat").is_file():
        return Finding("/proc", "is there: listening ports and leftovers are found exactly")
    return Finding("/proc", "is not there: ports are found by connecting, leftovers by process group")


def _places() -> list[Finding]:
    from firsthand.core.places import cache_dir, data_dir, temp_dir

    return [
        _place("your runs and history", data_dir()),
        _place("builds", cache_dir()),
        _place("runs that go on now", temp_dir()),
        Finding("letters of file names", _case(Path(tempfile.gettempdir()))),
    ]


def _place(what: str, path: Path) -> Finding:
    if not os.access(path, os.W_OK):
        return Finding(what, str(path), "It cannot be written: mend its permissions, or set FIRSTHAND_HOME.")
    free = shutil.disk_usage(path).free
    advice = "" if free >= ROOM_MIN_BYTES else "There is little room: `firsthand clean` shows what can be freed."
    return Finding(what, f"{path} ({free // 1024**2:,} MB free)", advice)


def _case(folder: Path) -> str:
    with tempfile.NamedTemporaryFile(prefix="firsthand-Case-", dir=folder) as file:
        folds = Path(file.name.swapcase()).exists() or Path(file.name.lower()).exists()
    return "are folded here: README and readme are one file" if folds else "count: README and readme are two files"


def _languages() -> list[Finding]:
    from firsthand.bench.program.languages import languages
    from firsthand.bench.sandbox.program_user import ProgramUser

    found = []
    for tool in languages(reachable=ProgramUser.of_this_process().reaches):
        if tool.path is None:
            found.append(Finding(tool.name, f"not here. {tool.advice}".rstrip()))
        else:
            found.append(Finding(tool.name, f"{tool.version or 'version unknown'}  {tool.path}"))
    return found


def _kits() -> list[Finding]:
    from firsthand.bench.program.kits import installed
    from firsthand.cli.kits import found_kits
    from firsthand.study import invocation

    return [
        Finding(
            kit.language,
            ", ".join(kit.packages()),
            "" if installed(kit) else f"Not installed yet: `{invocation.spell('kits', 'install', kit.language)}`.",
        )
        for kit in found_kits().values()
    ]


def _content() -> list[Finding]:
    from firsthand.study import library

    catalogue = library.catalogue()
    labs = catalogue.labs()
    with_solutions = sum(1 for lab in labs if lab.solutions())
    findings = [Finding("read from", ", ".join(str(root) for root in catalogue.roots))]
    findings.append(Finding("labs", f"{len(labs)}, {with_solutions} with solutions here"))
    return findings
