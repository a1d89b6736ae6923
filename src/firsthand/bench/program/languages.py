"""Which languages this machine has, in which versions, for `firsthand doctor`."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firsthand.bench.program.installing import how_to_install
from firsthand.bench.program.toolchain import Toolbox
from firsthand.core.errors import StartError
from firsthand.core.places import cache_dir

VERSION_S = 10.0
"""How long a language may take to say its version."""

_ASK_FOR_VERSION = {
    "python": ["--version"],
    "node": ["--version"],
    "java": ["-version"],
    "javac": ["-version"],
    "go": ["version"],
    "php": ["--version"],
    "ruby": ["--version"],
    "dotnet": ["--version"],
    "cargo": ["--version"],
    "deno": ["--version"],
    "bun": ["--version"],
}


@dataclass(frozen=True)
class Toolchain:
    """A language's command. Without a `path` it is missing and `advice` says how to get it."""

    name: str
    path: Path | None
    version: str
    """Such as `3.11.7`; empty if it could not say."""
    how: str
    advice: str


def languages(
    folder: Path | None = None, path: str | None = None, *, reachable: Callable[[Path], bool] = lambda _: True
) -> list[Toolchain]:
    """Every language we know, found or not, as programs in the workspace `folder` would get it.

    `reachable` says what the user that programs run as can read.
    Without a folder only PATH counts: the current folder may be our own clone, whose .venv is not the learner's.
    """
    source = folder or Path.cwd()
    box = Toolbox(folder or Path("/"), cache=cache_dir(), reachable=reachable, source=source, path=path)
    return [_language(name, box) for name in _ASK_FOR_VERSION]


def _language(name: str, box: Toolbox) -> Toolchain:
    try:
        found = box.resolve(name)
    except StartError:
        return Toolchain(name, None, "", "", how_to_install(name))
    version = version_of(found.path, _ASK_FOR_VERSION[name])
    advice = "" if version else f"{found.path} did not tell its version; try it by hand."
    return Toolchain(name, found.path, version, found.how, advice)


def version_of(path: Path, arguments: list[str]) -> str:
    """The first version number that the command prints; empty if there is none in time."""
    try:
        done = subprocess.run(
            [str(path), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=VERSION_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(rb"\d+(?:\.\d+)+[\w.+-]*", done.stdout[:4096])
    return match[0].decode() if match and done.returncode == 0 else ""
