"""Where things of a user are kept: data (runs, history), caches (builds) and the folders of runs that go on now."""

import os
import stat
import tempfile
from pathlib import Path

import platformdirs

from firsthand.core.errors import WorldError

MEMORY = Path("/dev/shm")  # noqa: S108  # a private folder there, as in SPARE
SPARE = Path("/var/tmp")  # noqa: S108  # survives restarts, and we make a private folder there
BENCH_PARENT_BYTES_MAX = 50
"""A socket's path has 107 bytes at most on Linux (unix(7)), 103 on macOS; ours needs 50 below its parent."""


def data_dir(*, make: bool = True) -> Path:
    """Runs, history, settings' memory. `FIRSTHAND_HOME` puts all places below one folder.

    Without `make` it need not exist.
    """
    home = os.environ.get("FIRSTHAND_HOME")
    place = Path(home).absolute() / "data" if home else platformdirs.user_data_path("firsthand", appauthor=False)
    return _made(place) if make else place


def cache_dir() -> Path:
    """What can be made again: builds, tool caches."""
    home = os.environ.get("FIRSTHAND_HOME")
    return _made(
        Path(home).absolute() / "cache" if home else platformdirs.user_cache_path("firsthand", appauthor=False)
    )


def settings_file() -> Path:
    """The user's settings, which need not exist."""
    home = os.environ.get("FIRSTHAND_HOME")
    if home:
        return Path(home).absolute() / "settings.toml"
    return platformdirs.user_config_path("firsthand", appauthor=False) / "settings.toml"


def temp_dir() -> Path:
    """The parent of run folders: ours alone to write, and searchable by the user that programs run as.

    Raises:
        WorldError: somebody else made a folder of that name.
    """
    return _private(Path(tempfile.gettempdir()) / f"firsthand-{os.getuid()}")


def bench_dir(*, make: bool = True) -> Path:
    """Where the warm bench listens: a folder that only we can enter, with a short path; each `FIRSTHAND_HOME` has one.

    Without `make` it need not exist.

    Raises:
        WorldError: somebody else made a folder of that name.
    """
    import hashlib  # costs 3 ms that most commands need not pay

    home = os.environ.get("FIRSTHAND_HOME")
    name = hashlib.sha256(os.fsencode(Path(home).absolute())).hexdigest()[:12] if home else "own"
    above = _benches_path()
    if not make and not (above / name).exists():
        return above / name
    return _private(_private(above, 0o700) / name, 0o700)


def _benches_path() -> Path:
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or "-")
    if runtime.is_absolute() and os.access(runtime, os.W_OK | os.X_OK) and runtime.stat().st_uid == os.getuid():
        return runtime / "firsthand"
    parent = Path(tempfile.gettempdir())
    if len(os.fsencode(parent)) > BENCH_PARENT_BYTES_MAX:
        parent = Path("/tmp")  # noqa: S108  # we make a private folder there
    # Not below temp_dir(), where every folder that no run owns is swept away.
    return parent / f"firsthand-bench-{os.getuid()}"


def _private(place: Path, mode: int = 0o711) -> Path:
    try:
        place.mkdir(mode=mode)
    except FileExistsError:
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
            raise WorldError(
                f"{place} is not a private folder of yours.", advice="Remove it, or set TMPDIR to another folder."
            ) from None
    except OSError as error:
        raise _cannot(place, error) from None
    if stat.S_IMODE(place.stat().st_mode) != mode:
        place.chmod(mode)  # the umask may have taken the search bits
    return place


def spare_dir() -> Path:
    """Where root keeps what the user that programs run as must reach, whom root's own folders keep out.

    Raises:
        WorldError: somebody else made a folder of that name.
    """
    return _private(SPARE / f"firsthand-{os.getuid()}")


def memory_dir(room_bytes: int) -> Path | None:
    """Where what need not last is quickest: a private folder in memory (tmpfs); None where there is no such room.

    Raises:
        WorldError: somebody else made a folder of that name.
    """
    try:
        room = os.statvfs(MEMORY)
    except OSError:
        return None
    if room.f_bavail * room.f_frsize < room_bytes or not os.access(MEMORY, os.W_OK):
        return None
    return _private(MEMORY / f"firsthand-{os.getuid()}")


def worlds_dir() -> Path:
    """What programs keep between runs of `firsthand run`.

    Raises:
        WorldError: it cannot be made.
    """
    if os.getuid() == 0:
        return _private(spare_dir() / "worlds")
    return _made(data_dir() / "worlds")


def _made(place: Path) -> Path:
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _cannot(place, error) from None
    return place


def _cannot(place: Path, error: OSError) -> WorldError:
    return WorldError(
        f"The folder {place} cannot be made: {error.strerror}.",
        advice="Make room or mend its permissions, or set FIRSTHAND_HOME to a folder of yours.",
    )
