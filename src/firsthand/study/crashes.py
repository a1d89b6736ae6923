"""Keeps the story of a fault of ours in a file, so that whoever met it can send it to us."""

import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from firsthand.core.errors import FirsthandError


def story_of(error: BaseException) -> str:
    """The whole traceback."""
    return "".join(traceback.format_exception(error))


def keep(story: str) -> Path | None:
    """Write the story below the data folder, with how we were called; None where it cannot be written."""
    try:
        from firsthand.core.places import data_dir

        folder = data_dir() / "crashes"
        folder.mkdir(exist_ok=True)
        file = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.txt"
        file.write_text(f"{sys.version}\n{sys.platform}\n{' '.join(sys.argv)}\n\n{story}", encoding="utf-8")
    except (OSError, FirsthandError):
        return None
    return file
