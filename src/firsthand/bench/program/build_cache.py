"""Keeps what builds made, so that a build runs again only when its inputs changed; several runs may use it at once."""

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Collection
from pathlib import Path

from firsthand.bench.program.copies import Budget, TooMuchError, copy_tree
from firsthand.core.limits import BUILDS_BYTES_MAX

KEPT_ENTRIES_MAX = 50_000
KEPT_BYTES_MAX = BUILDS_BYTES_MAX // 4
"""A build that made more is not kept."""

LEFTOVER_S = 24 * 3_600
"""Half-written entries of runs that were killed are removed after this time."""


class BuildCache:
    """Built trees by key: `<place>/<key>/tree`, with its size in bytes beside it."""

    def __init__(self, place: Path, *, entries_max: int | None = None, bytes_max: int | None = None) -> None:
        """`place` need not exist; a tree that is bigger than this is not kept."""
        self.place = place
        self._entries_max = entries_max or KEPT_ENTRIES_MAX
        self._bytes_max = bytes_max or KEPT_BYTES_MAX

    def tree(self, key: str) -> Path | None:
        """The tree that was kept under `key`, to be read and never written to; None if there is none."""
        entry = self.place / key
        if not (entry / "size").is_file():
            return None
        with contextlib.suppress(OSError):
            os.utime(entry)  # its time of last use decides what is dropped first
        return entry / "tree"

    def restore(self, key: str, target: Path) -> bool:
        """Copy the tree that was kept under `key` to the new folder `target`; false if there is none.

        Raises:
            OSError: it cannot be written.
        """
        entry = self.place / key
        if not (entry / "size").is_file():
            return False
        try:
            copy_tree(entry / "tree", target, Budget(self._entries_max, self._bytes_max))
            # Its time of last use decides what is dropped first.
            os.utime(entry)
        except (FileNotFoundError, TooMuchError):
            # Dropped by another run while we copied.
            shutil.rmtree(target, ignore_errors=True)
            return False
        return True

    def store(self, key: str, tree: Path, skip: Collection[str]) -> bool:
        """Keep `tree` without the relative paths in `skip`; false if it was not kept.

        Not kept are trees that are too big, and those that name their own place, which the next run does not have.
        """
        new = self.place / f".new-{secrets.token_hex(8)}"
        budget = Budget(self._entries_max, self._bytes_max)
        try:
            if _names_its_place(tree, skip):
                return False
            new.mkdir(parents=True)
            # Whatever the umask: programs of another user may be shown a tree, but not the list of all.
            self.place.chmod(0o711)
            new.chmod(0o755)
            copy_tree(tree, new / "tree", budget, skip)
            (new / "size").write_text(str(self._bytes_max - budget.size_bytes), encoding="ascii")
            new.rename(self.place / key)
        except (OSError, TooMuchError):
            # A full disk, or another run was first: without the entry the next build takes its time, and is right.
            shutil.rmtree(new, ignore_errors=True)
            return False
        self.prune()
        return True

    def prune(self) -> None:
        """Drop the entries used longest ago until the others come to `BUILDS_BYTES_MAX` at most."""
        entries = sorted(self._entries(), reverse=True)
        newest = entries[0][0] if entries else 0.0
        total = 0
        for used, path, size_bytes in entries:
            if path.name.startswith("."):
                if newest - used > LEFTOVER_S:
                    self._drop(path)
                continue
            total += size_bytes
            if total > BUILDS_BYTES_MAX:
                self._drop(path)

    def _entries(self) -> list[tuple[float, Path, int]]:
        found = []
        for path in self.place.iterdir():
            with contextlib.suppress(OSError):
                found.append((path.stat().st_mtime, path, _size(path)))
        return found

    def _drop(self, path: Path) -> None:
        old = self.place / f".old-{secrets.token_hex(8)}"
        with contextlib.suppress(OSError):
            # Renamed first, so that nobody takes a half-removed tree for a whole one.
            path.rename(old)
            shutil.rmtree(old, ignore_errors=True)


def _size(entry: Path) -> int:
    try:
        return int((entry / "size").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _names_its_place(tree: Path, skip: Collection[str]) -> bool:
    """Whether a link, a script's first line or a Python environment in the tree holds the tree's own path."""
    place = os.fsencode(tree)
    for folder, folders, files in os.walk(tree):
        at = Path(folder).relative_to(tree)
        folders[:] = [name for name in folders if str(at / name) not in skip]
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in (*files, *links):
            if str(at / name) in skip:
                continue
            if name == "pyvenv.cfg" or place in _beginning(Path(folder) / name):
                return True
    return False


def _beginning(path: Path) -> bytes:
    """A link's target, or the first line of an executable script."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        return os.fsencode(path.readlink())
    if not stat.S_ISREG(found.st_mode) or not found.st_mode & stat.S_IXUSR:
        return b""
    with path.open("rb") as file:
        line = file.readline(1_024)
    return line if line.startswith(b"#!") else b""
