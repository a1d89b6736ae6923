"""Installs a language's kit once, and puts it where programs find it: read-only, and never before what is their own."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from firsthand.bench.program.build_cache import BuildCache
from firsthand.bench.program.toolchain import Toolbox
from firsthand.bench.sandbox.program_user import ProgramUser
from firsthand.content.kits import Kit
from firsthand.core.errors import StartError, WorldError
from firsthand.core.limits import MIB
from firsthand.core.places import cache_dir, spare_dir

INSTALL_S = 300.0
KIT_ENTRIES_MAX = 50_000
KIT_BYTES_MAX = 512 * MIB
TOLD_LINES = 12
"""How much of an installer's output an error shows."""


@dataclass(frozen=True)
class InstalledKit:
    """A kit that is there."""

    language: str
    tree: Path

    def variables(self, work: Path) -> dict[str, str]:
        """What a program's environment needs so that it finds the kit behind what is its own."""
        if self.language != "python" or any((work / name).exists() for name in (".venv", "venv")):
            return {}
        return {"PYTHONPATH": str(self.tree)}

    def put_beside(self, work: Path) -> None:
        """Lay it where Node looks after the program's own folder: beside that folder.

        Raises:
            OSError: it cannot be written.
        """
        beside = work.parent / "node_modules"
        if self.language == "javascript" and not beside.is_symlink():
            beside.symlink_to(self.tree / "node_modules")


def kits_folder() -> Path:
    """Where kits are kept: in the user's cache, or in a spare one where the user that programs run as cannot reach it.

    Raises:
        WorldError: there can be no spare one.
    """
    cache = cache_dir()
    return (cache if ProgramUser.of_this_process().reaches(cache) else spare_dir()) / "kits"


def installed(kit: Kit) -> InstalledKit | None:
    """The kit as it was installed for the learner's interpreter of today; None before it was."""
    tool = _interpreter(kit.language)
    tree = BuildCache(kits_folder()).tree(_key(kit, tool)) if tool else None
    return InstalledKit(kit.language, tree) if tree else None


def install(kit: Kit) -> InstalledKit:
    """Install the kit, which takes a network and some seconds; does nothing when it is there.

    Raises:
        WorldError: its language's tools are missing, or they failed; the message holds their last words.
    """
    there = installed(kit)
    if there is not None:
        return there
    tool = _interpreter(kit.language)
    if tool is None:
        name = _INTERPRETERS[kit.language][0]
        raise WorldError(f"There is no {name} to install the {kit.language} kit for.", advice=f"Install {name} first.")
    making = kits_folder().parent / f"making-{kit.language}-{os.getpid()}"
    making.mkdir(parents=True)
    try:
        for file in kit.folder.iterdir():
            shutil.copy(file, making)
        _run(_COMMANDS[kit.language](tool, making), making, kit)
        making.chmod(0o755)
        kept = BuildCache(kits_folder(), entries_max=KIT_ENTRIES_MAX, bytes_max=KIT_BYTES_MAX)
        kept.store(_key(kit, tool), making, ())
    finally:
        shutil.rmtree(making, ignore_errors=True)
    there = installed(kit)
    if there is None:
        raise WorldError(f"The {kit.language} kit could not be kept.", advice="Make room on the disk.")
    return there


_INTERPRETERS = {"python": ("python3", "python"), "javascript": ("node",)}


def _key(kit: Kit, interpreter: Path) -> str:
    """Python's packages are made for one interpreter, JavaScript's for all."""
    digest = hashlib.sha256(kit.lock.read_bytes())
    if kit.language == "python":
        digest.update(os.fsencode(f"{interpreter}\0{interpreter.stat().st_mtime_ns}"))
    return f"{kit.language}-{digest.hexdigest()[:20]}"


def _interpreter(language: str) -> Path | None:
    """The one that a Procfile's word will mean: the learner's, past shims, within reach of the program's user."""
    reaches = ProgramUser.of_this_process().reaches
    toolbox = Toolbox(kits_folder(), cache=cache_dir(), reachable=reaches, source=Path.cwd())
    for name in _INTERPRETERS[language]:
        with contextlib.suppress(StartError):
            return toolbox.resolve(name).path.resolve()
    return None


def _with_pip(python: Path, making: Path) -> list[str]:
    """pip of the interpreter, or uv where that one has none, as Debian's."""
    locked = ["--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", "requirements.txt"]
    has_pip = subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode == 0
    uv = shutil.which("uv") or next((str(p) for p in [Path(sys.prefix) / "bin" / "uv"] if p.exists()), None)
    if uv:
        return [uv, "pip", "install", "--python", str(python), *locked, "--target", str(making)]
    if has_pip:
        options = ["--disable-pip-version-check", "--no-input", "--target", str(making)]
        return [str(python), "-m", "pip", "install", *locked, *options]
    return [sys.executable, "-m", "pip", "--python", str(python), "install", *locked, "--target", str(making)]


def _with_npm(node: Path, making: Path) -> list[str]:
    npm = shutil.which("npm", path=f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}") or "npm"
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    return [npm, "ci", "--prefix", str(making), "--ignore-scripts", "--omit=dev", *quiet]


_COMMANDS = {"python": _with_pip, "javascript": _with_npm}


def _run(command: list[str], making: Path, kit: Kit) -> None:
    try:
        done = subprocess.run(command, cwd=making, capture_output=True, timeout=INSTALL_S, check=False)
    except FileNotFoundError:
        raise WorldError(
            f"The {kit.language} kit needs {command[0]}, which is not there.", advice=f"Install {command[0]}."
        ) from None
    except subprocess.TimeoutExpired:
        raise WorldError(
            f"The {kit.language} kit was not installed within {INSTALL_S:.0f} seconds.",
            advice="Is there a network? Only this step needs one.",
        ) from None
    if done.returncode != 0:
        words = (done.stderr + done.stdout).decode("utf-8", "replace").strip().splitlines()[-TOLD_LINES:]
        raise WorldError(
            f"The {kit.language} kit could not be installed:\n" + "\n".join(words),
            advice="Is there a network? Only this step needs one. Nothing was changed; try it again.",
        )
