"""Walks a workspace by descriptors and sorts what it meets into submission, beside, and left out with a notice."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from firsthand.bench.failures import show_text
from firsthand.bench.submission.ignored import GITIGNORE_BYTES_MAX, Kind, Rules, kind_of_file, kind_of_folder
from firsthand.bench.submission.model import Beside, stays_inside
from firsthand.bench.submission.repository import is_on_the_way, is_taken, too_many
from firsthand.core.errors import WorkspaceError
from firsthand.core.limits import SUBMISSION_BESIDE_MAX, SUBMISSION_DEPTH_MAX, SUBMISSION_FILES_MAX

NOTICES_KEPT_MAX = 100

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class ChangedError(Exception):
    """Something in the workspace was swapped or vanished while we read it."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True)
class Found:
    """A file or link that belongs to the submission, not read yet. `target` is None for a file."""

    path: str
    size: int
    target: str | None = None


@dataclass
class Walk:
    """Goes through one workspace once."""

    workspace: Path
    repositories: frozenset[str] = frozenset()
    """The folders that are Git repositories: of these only what is kept in `.git` is submission."""
    files: list[Found] = field(default_factory=list)
    beside: list[Beside] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    notices_total: int = 0
    _folders: dict[str, int] = field(default_factory=dict)
    """Submission entries directly in each folder."""
    _beside_full: bool = False

    def folder(self, fd: int, path: str = "", outer: Rules | None = None) -> None:
        """Sort the entries of the open folder `fd`, then those of the folders in it.

        Raises:
            WorkspaceError: too many entries, too deep, or a folder that cannot be read.
            ChangedError: a folder was swapped for something else meanwhile.
        """
        if path.count("/") >= SUBMISSION_DEPTH_MAX:
            raise WorkspaceError(
                f"Folders lie deeper than {SUBMISSION_DEPTH_MAX} levels: {show_text(path, 120)}.",
                advice="Remove that tree, or name it in .gitignore.",
            )
        self._folders[path] = 0
        rules = (outer or Rules()).below(path, _gitignore(fd))
        names: set[str] = set()
        folders: list[str] = []
        with os.scandir(fd) as entries:
            for entry in entries:
                if not self._readable_name(path, entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                    self._count(path, len(folders))
                elif self._file(fd, _join(path, entry.name), entry, rules):
                    names.add(entry.name)
                    self._count(path)
        for name in sorted(folders):
            self._subfolder(fd, path, name, names, rules)

    def _subfolder(self, fd: int, path: str, name: str, siblings: set[str], rules: Rules) -> None:
        inner = _join(path, name)
        if inner in self.repositories:
            self._enter(fd, name, inner, partial(self._repository, path=inner))
            return
        kind = kind_of_folder(inner, siblings, rules, lambda: _exists(f"{name}/pyvenv.cfg", fd))
        if kind is not None:
            self._put_beside(inner, kind)
            return
        self._enter(fd, name, inner, partial(self.folder, path=inner, outer=rules))

    def _enter(self, fd: int, name: str, inner: str, walk: Callable[[int], None]) -> None:
        try:
            inner_fd = os.open(name, _OPEN_FOLDER, dir_fd=fd)
        except PermissionError as error:
            raise cannot_read(inner, error, is_folder=True) from None
        except OSError:
            raise ChangedError(inner) from None
        try:
            walk(inner_fd)
        finally:
            os.close(inner_fd)

    def _repository(self, fd: int, path: str, repository: str = "") -> None:
        """Take what is the learner's work below the open folder `path` of a repository, which is the folder itself."""
        repository = repository or path
        inside = path.removeprefix(repository).removeprefix("/")
        for name, is_folder, size in _files_and_folders(fd):
            inner = _join(inside, name)
            if is_folder and is_on_the_way(inner) and path.count("/") < SUBMISSION_DEPTH_MAX:
                deeper = _join(path, name)
                self._enter(fd, name, deeper, partial(self._repository, path=deeper, repository=repository))
            elif not is_folder and is_taken(inner):
                self.files.append(Found(_join(path, name), size))
                if len(self.files) > SUBMISSION_FILES_MAX:
                    raise too_many(repository)

    def _file(self, fd: int, path: str, entry: "os.DirEntry[str]", rules: Rules) -> bool:
        """Whether this entry, which is no folder, belongs to the submission."""
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            raise ChangedError(path) from None
        kind = kind_of_file(path, rules)
        if kind is not None:
            if stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode):
                self._put_beside(path, kind)
            return False
        if stat.S_ISLNK(found.st_mode):
            return self._link(fd, path, entry.name)
        if not stat.S_ISREG(found.st_mode):
            self._leave_out(path, f"it is {_special(found.st_mode)}")
            return False
        self.files.append(Found(path, found.st_size))
        return True

    def _link(self, fd: int, path: str, name: str) -> bool:
        try:
            target = os.readlink(name, dir_fd=fd)
        except OSError:
            raise ChangedError(path) from None
        if _is_odd(target) or not stays_inside(path, target):
            self._leave_out(path, f"it is a link that leads out of the workspace, to {show_text(target, 120)}")
            return False
        self.files.append(Found(path, len(target), target))
        return True

    def _put_beside(self, path: str, kind: Kind) -> None:
        if kind == "never":
            return
        if len(self.beside) < SUBMISSION_BESIDE_MAX:
            self.beside.append(Beside(path, self.workspace / path, kind))
        elif not self._beside_full:
            self._beside_full = True
            self._note(
                f"More than {SUBMISSION_BESIDE_MAX} ignored entries: your program does not see all of them, "
                f"for example {show_text(path)}. Put them into one folder and ignore that."
            )

    def _readable_name(self, path: str, name: str) -> bool:
        if not _is_odd(name):
            return True
        self._leave_out(_join(path, name), "its name is not UTF-8 or holds a line break")
        return False

    def _leave_out(self, path: str, why: str) -> None:
        shown = show_text(os.fsencode(path).decode(errors="backslashreplace"))
        self._note(f"{shown} was left out: {why}.")

    def _note(self, text: str) -> None:
        self.notices_total += 1
        if len(self.notices) < NOTICES_KEPT_MAX:
            self.notices.append(text)

    def _count(self, path: str, folders_here: int = 0) -> None:
        self._folders[path] += 0 if folders_here else 1
        if len(self.files) <= SUBMISSION_FILES_MAX and len(self._folders) + folders_here <= SUBMISSION_FILES_MAX:
            return
        busiest, count = self._busiest(folders=bool(folders_here))
        what = "folders" if folders_here else "files"
        where = f"{show_text(busiest)}/ holds {count} of those seen so far" if busiest else "Most lie at its top"
        raise WorkspaceError(
            f"The workspace has more than {SUBMISSION_FILES_MAX:,} {what} of your own.",
            advice=f"{where}. Name in .gitignore what is not your source; your program still sees it.",
        )

    def _busiest(self, *, folders: bool) -> tuple[str, int]:
        """The deepest folder below which more than half of the files (or folders) lie, and how many."""
        totals: dict[str, int] = {}
        for path, count in self._folders.items():
            part = path
            while True:
                totals[part] = totals.get(part, 0) + (1 if folders else count)
                if not part:
                    break
                part = part.rpartition("/")[0]
        half = totals[""] / 2
        best = max((p for p in totals if totals[p] > half), key=lambda p: (p.count("/") + bool(p), totals[p]))
        return best, totals[best]


def cannot_read(path: str, error: OSError, *, is_folder: bool = False) -> WorkspaceError:
    """The error for something in the workspace that the system does not let us read."""
    shown = show_text(path)
    if isinstance(error, PermissionError):
        mode = "u+rx" if is_folder else "u+r"
        return WorkspaceError(
            f"{shown} cannot be read: permission denied.",
            advice=f"Make it readable (chmod {mode} '{shown}'), or name it in .gitignore.",
        )
    return WorkspaceError(f"{shown} cannot be read: {error.strerror}.", advice="Remove it, or name it in .gitignore.")


def _files_and_folders(fd: int) -> list[tuple[str, bool, int]]:
    """Name, whether it is a folder, and size of the plain files and folders in an open folder, links left out."""
    with os.scandir(fd) as entries:
        found = [(e, e.is_dir(follow_symlinks=False)) for e in entries if not _is_odd(e.name)]
        plain = [(e, folder) for e, folder in found if folder or e.is_file(follow_symlinks=False)]
        return sorted((e.name, folder, 0 if folder else e.stat(follow_symlinks=False).st_size) for e, folder in plain)


def _gitignore(fd: int) -> bytes:
    try:
        file = os.open(".gitignore", _OPEN_FILE, dir_fd=fd)
    except OSError:
        # Absent, or a link (which git does not follow either); one that cannot be read is reported as a file.
        return b""
    with os.fdopen(file, "rb") as opened:
        return opened.read(GITIGNORE_BYTES_MAX) if stat.S_ISREG(os.fstat(file).st_mode) else b""


def _exists(name: str, fd: int) -> bool:
    try:
        os.stat(name, dir_fd=fd)
    except OSError:
        return False
    return True


def _is_odd(name: str) -> bool:
    return "\n" in name or "\r" in name or not _is_utf8(name)


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _special(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
