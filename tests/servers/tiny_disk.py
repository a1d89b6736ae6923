"""A disk that is soon full, for servers to work on: a small tmpfs, which only root can mount."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from lent import CACHE


@dataclass(frozen=True)
class TinyDisk:
    """A mounted folder, and a cache that is somewhere else."""

    folder: Path
    cache: Path = CACHE

    def enlarge(self, mebibytes: int) -> None:
        """Make room."""
        subprocess.run(["mount", "-o", f"remount,size={mebibytes}m", str(self.folder)], check=True)


@contextmanager
def tiny_disk(mebibytes: int) -> Iterator[TinyDisk]:
    """Mount it for a block; skip the test where that is not allowed."""
    folder = Path(tempfile.mkdtemp(prefix="fh-tiny-"))
    size = f"size={mebibytes}m,mode=711"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", str(folder)], capture_output=True, text=True)
    try:
        if mounted.returncode or os.geteuid() != 0:
            pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
        yield TinyDisk(folder)
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()
