"""What lasts between runs in a place that programs can reach: homes of builds, copies of dependencies."""

import hashlib
import os
from pathlib import Path

from firsthand.bench.ports import Sandbox
from firsthand.bench.program.build_cache import BuildCache
from firsthand.core.errors import WorldError
from firsthand.core.limits import MIB
from firsthand.core.places import spare_dir

COPIED_ENTRIES_MAX = 100_000
COPIED_BYTES_MAX = 512 * MIB
"""What is copied of dependencies that the program's user cannot read where they are."""


def shared_cache(cache: Path, sandbox: Sandbox) -> Path | None:
    """The cache, or where the program's user cannot reach it (we are root, it is below /root) a spare one.

    None where there can be no such place, because somebody else made a folder of that name.
    """
    cache.mkdir(parents=True, exist_ok=True)
    if sandbox.reachable(cache):
        return cache
    try:
        return spare_dir()
    except WorldError:
        return None


def kept_copy(source: Path, cache: Path) -> Path | None:
    """A copy of this folder as it is now, made once and used again until something in the folder changes.

    None where it is too big to be kept.

    Raises:
        OSError: it cannot be read or written.
    """
    kept = BuildCache(cache / "beside", entries_max=COPIED_ENTRIES_MAX, bytes_max=COPIED_BYTES_MAX)
    key = _signature(source)
    return kept.tree(key) or (kept.tree(key) if kept.store(key, source, ()) else None)


def _signature(source: Path) -> str:
    """sha256 over the path of a folder and the names, sizes and times of all in it: seconds for a million files."""
    digest = hashlib.sha256(os.fsencode(source))
    folders = [str(source)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            seen = entry.stat(follow_symlinks=False)
            digest.update(os.fsencode(entry.path) + f"\0{seen.st_size} {seen.st_mtime_ns} {seen.st_mode}\0".encode())
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
    return digest.hexdigest()
