"""What a submission is: files and links with a digest, and what lies beside them."""

import errno
import fnmatch
import hashlib
import os
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from firsthand.core.errors import DiskFullError, WorldError

BesideKind = Literal["dependency", "output", "ignored"]

_LOCKS = (
    "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb", "deno.lock",
    "requirements*.txt", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock*.toml", "go.sum", "go.work.sum",
    "composer.lock", "Cargo.lock", "Gemfile.lock", "mix.lock", "gradle.lockfile", "packages.lock.json", "pom.xml",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A file or a symbolic link of the learner's. `path` is relative with `/`; a link's data is its target."""

    path: str
    kind: Literal["file", "link"]
    data: bytes = field(repr=False)
    executable: bool = False


@dataclass(frozen=True)
class Beside:
    """Something in the workspace that is not submission, to be linked at `path` beside it."""

    path: str
    source: Path
    kind: BesideKind


@dataclass(frozen=True)
class Submission:
    """A learner's files at one moment; `files` are sorted by path."""

    files: tuple[Entry, ...] = field(repr=False)
    beside: tuple[Beside, ...] = field(default=(), repr=False)
    notices: tuple[str, ...] = ()
    """What was left out and why, as whole sentences."""
    source: Path | None = None
    """The workspace; None if it was loaded from an archive and the workspace is not known."""
    digest: str = ""
    """sha256 over paths, kinds, executable bits and contents: not over times, owners or the order of the disk."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", tuple(sorted(self.files, key=lambda entry: entry.path.encode())))
        object.__setattr__(self, "digest", _digest(self.files))

    @property
    def locks(self) -> dict[str, str]:
        """The sha256 of each lock file of a package manager, by path."""
        return {
            entry.path: hashlib.sha256(entry.data).hexdigest()
            for entry in self.files
            if entry.kind == "file"
            and any(fnmatch.fnmatchcase(posixpath.basename(entry.path), lock) for lock in _LOCKS)
        }

    @property
    def total_bytes(self) -> int:
        """What the files come to."""
        return sum(len(entry.data) for entry in self.files)

    def write_to(self, folder: Path) -> None:
        """Write files (0644 or 0755) and links into an empty or new folder; nothing that exists is written through.

        Raises:
            DiskFullError: there is no room.
            WorldError: it cannot be written, for example because the file system takes two of the names for one.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for parent in parents_of(self.files):
                (folder / parent).mkdir()
            # Links last: while files are written there is none to go through.
            for entry in self.files:
                if entry.kind == "file":
                    _write_file(folder / entry.path, entry)
            for entry in self.files:
                if entry.kind == "link":
                    (folder / entry.path).symlink_to(os.fsdecode(entry.data))
        except OSError as error:
            raise cannot_write(error) from None

    def save(self, path: Path) -> None:
        """Write a tar.gz that `load` reads; the same submission gives the same bytes."""
        from firsthand.bench.submission.archive import save

        save(self, path)


def parents_of(files: Iterable[Entry]) -> list[str]:
    """Every folder that these files lie in, parents first."""
    found: set[str] = set()
    for entry in files:
        parent = posixpath.dirname(entry.path)
        while parent and parent not in found:
            found.add(parent)
            parent = posixpath.dirname(parent)
    return sorted(found)


def stays_inside(path: str, target: str) -> bool:
    """Whether the link at `path` leads to a place inside the workspace, whatever other links there are.

    `..` may only stand in front: behind the name of another link it would go up from wherever that one leads.
    """
    if not target or target.startswith("/"):
        return False
    parts = [part for part in target.split("/") if part not in ("", ".")]
    up = 0
    while up < len(parts) and parts[up] == "..":
        up += 1
    return ".." not in parts[up:] and up <= path.count("/")


def cannot_write(error: OSError) -> WorldError:
    """Our error for a file of ours that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(
            f"There is no space left to write {error.filename or 'a file'}.",
            advice="Make room, for example with `firsthand clean`, and run it again.",
        )
    if error.errno == errno.EEXIST:
        return WorldError(
            f"{error.filename} is there already: this file system takes two names of the submission for one.",
            advice="Give one of the two files a name that differs in more than case or accents.",
        )
    return WorldError(f"{error.filename or 'A file'} cannot be written: {error.strerror}.")


def _write_file(path: Path, entry: Entry) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(entry.data)
        # By fchmod, so that the umask has no say.
        os.fchmod(fd, 0o755 if entry.executable else 0o644)


def _digest(files: Iterable[Entry]) -> str:
    digest = hashlib.sha256(b"firsthand submission 1\n")
    for entry in files:
        content = hashlib.sha256(entry.data).hexdigest()
        mark = "x" if entry.executable else "-"
        digest.update(f"{entry.path}\0{entry.kind}\0{mark}\0{content}\n".encode())
    return digest.hexdigest()
