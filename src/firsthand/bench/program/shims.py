"""Finds the real binary behind the small scripts and links that version managers put on PATH.

A shim costs 30 to 200 ms at every start and needs the learner's home folder, which programs under test do not have.
"""

import contextlib
import hashlib
import os
import re
import signal
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from firsthand.core.limits import KIB

SHIM_S = 5.0
"""How long a version manager may take to answer."""

SHIM_BYTES_MAX = 8 * KIB
"""Longer scripts are programs in their own right."""

_EXEC_LINE = re.compile(
    rb'^\s*exec\s+"?([^"\s]*?(pyenv|rbenv|nodenv|goenv|phpenv|jenv|asdf|mise))"?\s+(?:exec|x)\b', re.MULTILINE
)
_BINARIES = {"rustup": "rustup", "mise": "mise", "volta-shim": "volta"}
"""Programs that behave like whatever name they are called by, and the manager to ask."""

_VERSION_FILES = (
    ".python-version", ".ruby-version", ".node-version", ".nvmrc", ".go-version", ".php-version", ".java-version",
    ".tool-versions", "mise.toml", ".mise.toml", "rust-toolchain", "rust-toolchain.toml", "package.json",
)  # fmt: skip
_VERSION_VARIABLES = re.compile(r"(PY|RB|NOD|GO|PHP|J)ENV_VERSION|ASDF_\w+_VERSION|MISE_\w+_VERSION|RUSTUP_TOOLCHAIN")
_HIDDEN_VARIABLES = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")


@dataclass(frozen=True)
class Shim:
    """A stand-in for a binary, and the program that knows which one."""

    path: Path
    manager: str
    asks: Path
    """The version manager's own binary."""


def shim_at(path: Path) -> Shim | None:
    """The shim that lies here; None if it is a binary or a script of another kind."""
    real = path.resolve()
    manager = _BINARIES.get(real.name)
    if manager and path.name not in (manager, real.name):
        return Shim(path, manager, real.with_name(manager))
    match = _EXEC_LINE.search(_script(path))
    if match is None:
        return None
    return Shim(path, match[2].decode(), Path(os.fsdecode(match[1])))


def real_binary(shim: Shim, cwd: Path, cache: Path, path: str) -> Path | None:
    """What the version manager would run in `cwd`; None if it cannot say.

    The answer is kept in `cache`, and asked for again when the shim or a version file in `cwd` or above changed.
    """
    kept = cache / "shims" / _key(shim, cwd)
    found = _kept_answer(kept)
    if found is None:
        found = _ask(shim, cwd, path)
        if found is not None:
            _keep(kept, found)
    return found


def _script(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(SHIM_BYTES_MAX + 1)
    except OSError:
        return b""
    return data if data.startswith(b"#!") and len(data) <= SHIM_BYTES_MAX else b""


def _ask(shim: Shim, cwd: Path, path: str) -> Path | None:
    env = {k: v for k, v in os.environ.items() if k not in _HIDDEN_VARIABLES} | {"PATH": path}
    command = [str(shim.asks), "which", shim.path.name]
    try:
        asked = subprocess.Popen(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    except OSError:
        return None
    with asked:
        try:
            answer, _ = asked.communicate(timeout=SHIM_S)
        except subprocess.TimeoutExpired:
            os.killpg(asked.pid, signal.SIGKILL)
            return None
    lines = os.fsdecode(answer).splitlines()
    found = Path(lines[-1]) if asked.returncode == 0 and lines else None
    return found if found is not None and _runs(found) and shim_at(found) is None else None


def _runs(path: Path) -> bool:
    return path.is_absolute() and path.is_file() and os.access(path, os.X_OK)


def _kept_answer(kept: Path) -> Path | None:
    try:
        found = Path(kept.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    return found if _runs(found) else None


def _keep(kept: Path, answer: Path) -> None:
    new = kept.with_name(f".{kept.name}.{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(str(answer), encoding="utf-8")
        new.replace(kept)
    except (OSError, UnicodeEncodeError):
        # Without a cache the manager is asked every time: slower, and just as right.
        with contextlib.suppress(OSError):
            new.unlink()


def _key(shim: Shim, cwd: Path) -> str:
    folders = (cwd, *cwd.parents, shim.path.parent.parent, Path.home())
    parts = [_state(shim.path), _state(shim.asks), f"{cwd}"]
    parts += [_state(folder / name) for folder in folders for name in (*_VERSION_FILES, "version")]
    parts += [f"{k}={v}" for k, v in sorted(os.environ.items()) if _VERSION_VARIABLES.fullmatch(k)]
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()


def _state(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{path}:{found.st_mtime_ns}:{found.st_size}" if stat.S_ISREG(found.st_mode) else ""
