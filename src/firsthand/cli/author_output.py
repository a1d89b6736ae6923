"""How author commands write: JSON to a file or to standard output, and files as seen from where the author stands."""

import json
import os
import sys
from pathlib import Path

from firsthand.core.errors import UsageError

STANDARD_OUTPUT = "-"


def expect_writable(to: str | None) -> None:
    """Find out before an hour's work, and not after it, that there is no place for what it finds.

    Raises:
        UsageError: the file cannot be written.
    """
    if to is None or to == STANDARD_OUTPUT:
        return
    file = Path(to)
    place = file if file.exists() else file.absolute().parent
    if file.is_dir() or not os.access(place, os.W_OK):
        raise UsageError(f"{to} cannot be written.", advice="Name a file in a folder of yours.")


def write_json(to: str, data: dict[str, object]) -> None:
    """Write data as indented JSON.

    Raises:
        UsageError: the file cannot be written.
    """
    write_text(to, json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def write_text(to: str, text: str) -> None:
    """Write text.

    Raises:
        UsageError: the file cannot be written.
    """
    if to == STANDARD_OUTPUT:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(to).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{to} cannot be written: {error.strerror}.", advice="Name a file in a folder of yours."
        ) from None


def near(path: Path | str) -> str:
    """A path as it is best read from the current folder: relative, unless that is longer to follow."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("../../..") else relative
