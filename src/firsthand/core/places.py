"""Where things of a user are kept: data (runs, history), caches (builds) and the folders of runs that go on now."""

import os
import stat
import tempfile
from pathlib import Path

import platformdirs

from firsthand.core.errors import WorldError

SPARE = Path("/var/tmp")  # noqa: S108  # survives restarts, and we make a private folder there


def data_dir() -> Path:
    """Runs, history, settings' memory. `FIRSTHAND_HOME` puts all places below one folder."""
    home = os.environ.get("FIRSTHAND_HOME")
    return _made(Path(home).absolute() / "data" if home else platformdirs.user_data_path("firsthand", appauthor=False))


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


def _private(place: Path) -> Path:
    try:
        place.mkdir(mode=0o711)
    except FileExistsError:
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
            raise WorldError(
                f"{place} is not a private folder of yours.", advice="Remove it, or set TMPDIR to another folder."
            ) from None
    except OSError as error:
        raise _cannot(place, error) from None
    if place.stat().st_mode & 0o711 != 0o711:
        place.chmod(0o711)  # the umask may have taken the search bits
    return place


def spare_dir() -> Path:
    """Where root keeps what the user that programs run as must reach, whom root's own folders keep out.

    Raises:
        WorldError: somebody else made a folder of that name.
    """
    return _private(SPARE / f"firsthand-{os.getuid()}")


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
