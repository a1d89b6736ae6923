"""The user that programs run as: ourselves, or one unprivileged number when we are root (docs/decisions/0001)."""

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

PROGRAM_USER = 60_777
"""User and group number of programs when Firsthand runs as root. No account has it: the range is left unused by
Debian's, Fedora's and systemd's numbering, and lies below 65,536 for containers that map no more."""

SERVER_USER = 60_778
"""User and group number of real servers when Firsthand runs as root: programs must not reach into their folders."""


@dataclass(frozen=True)
class ProgramUser:
    """Who programs run as; `switched` says whether that is somebody else than ourselves."""

    user: int
    group: int
    switched: bool

    @classmethod
    def of_this_process(cls, number: int = PROGRAM_USER) -> "ProgramUser":
        """The dedicated user for root, ourselves for anybody else, and for root of a container that has one user."""
        if os.geteuid() == 0 and _is_mapped(number, Path("/proc/self/uid_map")):
            return cls(number, number, True)
        return cls(os.geteuid(), os.getegid(), False)

    def reaches(self, path: Path) -> bool:
        """Whether this user can search every folder on the way and read the file, or read and search the folder."""
        try:
            if not self.switched:
                return os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0))
            given, real = Path.cwd() / path, path.resolve()
            if not all(self._may(parent, stat.S_IXOTH) for parent in {*given.parents, *real.parents}):
                return False
            return self._may(real, stat.S_IROTH | (stat.S_IXOTH if real.is_dir() else 0))
        except OSError:
            return False

    def give(self, folder: Path) -> None:
        """Make a folder and all in it this user's own; links are given themselves, never followed."""
        if not self.switched:
            return
        os.chown(folder, self.user, self.group, follow_symlinks=False)
        for _, folders, files, here in os.fwalk(folder, follow_symlinks=False):
            for name in (*folders, *files):
                with contextlib.suppress(FileNotFoundError):
                    os.chown(name, self.user, self.group, dir_fd=here, follow_symlinks=False)

    def _may(self, path: Path, wanted: int) -> bool:
        """Whether the mode bits let this user in; `wanted` is written as the bits for others."""
        found = path.stat()
        if found.st_uid == self.user:
            wanted <<= 6
        elif found.st_gid == self.group:
            wanted <<= 3
        return found.st_mode & wanted == wanted


def _is_mapped(user: int, numbers: Path) -> bool:
    """Whether there is such a user in this user namespace (user_namespaces(7)); true where the system does not tell."""
    try:
        rows = [[int(field) for field in row.split()] for row in numbers.read_text().splitlines()]
    except OSError:
        return True
    return any(first <= user < first + count for first, _, count in rows)
