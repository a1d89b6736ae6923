"""Who serves the site of this home: one process at a time holds the seat, and tells others where it listens."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from firsthand.core.places import data_dir

LOCK = "site.lock"
TOLD = "site.json"
"""What programs of this user, such as an editor, need to use the JSON interface; nobody else can read it."""


@dataclass(frozen=True)
class Site:
    """A site that runs."""

    pid: int
    address: str
    """`http://127.0.0.1:8420`."""
    started: str
    """Chance: links are good for the process that they were made for."""
    token: str
    """What a program sends as `Authorization: Bearer ...` below /api/."""


@contextmanager
def taken() -> Iterator[bool]:
    """Whether the seat is ours until the end of the block; False where another process has it.

    Raises:
        WorldError: the data folder cannot be made.
    """
    descriptor = os.open(data_dir() / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            _file().unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def tell(site: Site) -> Path:
    """Say where the site is; returns the file that says it."""
    unfinished = _file().with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(asdict(site), file, indent=2)
        file.write("\n")
    unfinished.rename(_file())
    return _file()


def told() -> Site | None:
    """The site that runs, as it told; None while it has not yet, or there is none."""
    try:
        return Site(**json.loads(_file().read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError):
        return None


def new_start() -> str:
    """A word for a site that starts now."""
    return secrets.token_urlsafe(12)


def _file() -> Path:
    return data_dir() / TOLD
