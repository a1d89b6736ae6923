"""The whole environment of a learner's program: what a lab declares, and nothing of ours."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

_FIXED = {
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    # Output shows at once, and the workspace is not filled with compiled files.
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}

_PATH_WITHOUT_ONE = "/usr/local/bin:/usr/bin:/bin"


def program_environment(variables: Mapping[str, str], home: Path, path: str) -> dict[str, str]:
    """The environment that a program gets; `variables` are the lab's and win over everything else.

    `home` becomes HOME, `home`/tmp TMPDIR (the caller makes both). `path` is a search path from `learner_path`.
    Nothing is inherited: no secrets of whoever grades, no PYTHONPATH, no VIRTUAL_ENV.
    """
    return {"PATH": path, "HOME": str(home), "TMPDIR": str(home / "tmp"), **_FIXED, **variables}


def learner_path(path: str | None = None, first: Iterable[Path] = ()) -> str:
    """The learner's search path, `first` in front, without the virtual environment that Firsthand itself runs in.

    `path` is the PATH to start from, by default this process's.
    """
    found = path if path is not None else os.environ.get("PATH", "")
    ours = _own_folder()
    kept = [entry for entry in found.split(os.pathsep) if entry.startswith("/") and not _same(Path(entry), ours)]
    every = [str(folder) for folder in first] + (kept or _PATH_WITHOUT_ONE.split(os.pathsep))
    return os.pathsep.join(dict.fromkeys(every))


def _own_folder() -> Path | None:
    """The bin folder of our virtual environment; None when we run in an interpreter that is the learner's as well."""
    return Path(sys.prefix) / "bin" if sys.prefix != sys.base_prefix else None


def _same(folder: Path, other: Path | None) -> bool:
    return other is not None and (folder == other or folder.resolve() == other.resolve())
