"""How author commands write: JSON to a file or to standard output, and files as seen from where the author stands."""

import json
import os
import sys
from pathlib import Path

from firsthand.core.errors import UsageError

STANDARD_OUTPUT = "-"


def write_json(to: str, data: dict[str, object]) -> None:
    """Write data as indented JSON.

    Raises:
        UsageError: the file cannot be written.
    """
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
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
