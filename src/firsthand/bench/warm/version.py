"""The version of a bench: another one when a file of ours, the Python below us or the choice of servers has changed."""

import hashlib
import os
import sys
from functools import cache
from pathlib import Path

import firsthand
from firsthand.content.servers import KINDS


@cache
def version() -> str:
    """That of this process: as it was when it was first asked for."""
    return version_now()


def version_now() -> str:
    """A digest of our release, of the Python that runs us, of the variables by which somebody chooses servers
    (bench.servers.providers), and of name, size and time of each of our modules."""
    found = hashlib.sha256(f"{firsthand.__version__} {sys.version} {sys.prefix}\n".encode())
    for kind in KINDS:
        found.update(os.environb.get(f"FIRSTHAND_{kind.upper()}".encode(), b"") + b"\n")
    for name, size_bytes, changed_ns in sorted(_modules(str(Path(firsthand.__file__).parent))):
        found.update(f"{name} {size_bytes} {changed_ns}\n".encode())
    return found.hexdigest()[:16]


def _modules(folder: str) -> list[tuple[str, int, int]]:
    """Name, size and time of change of each module below a folder; some 200 of them, in some ms."""
    rows: list[tuple[str, int, int]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                status = entry.stat()
                rows.append((entry.path, status.st_size, status.st_mtime_ns))
            # Paths hold content, which every run reads again.
            elif entry.is_dir() and entry.name not in ("__pycache__", "_paths"):
                rows += _modules(entry.path)
    return rows
