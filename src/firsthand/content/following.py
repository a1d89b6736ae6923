"""Follows content while its author changes it: a cheap stamp of all its files, and what the linter finds about it."""

import os
from collections.abc import Sequence
from pathlib import Path

from firsthand.content.findings import Finding

FILES_MAX = 100_000
"""Of which a stamp is made; content is far smaller."""
_PASSED_OVER = {"__pycache__", "node_modules", ".git", ".venv"}

_followed: tuple[Path, ...] = ()
_found: tuple[str, list[Finding]] = ("", [])


def begin(roots: Sequence[Path]) -> None:
    """Follow these folders from here on."""
    global _followed  # noqa: PLW0603  # a fact about this process, set once at its start
    _followed = tuple(roots)


def end() -> None:
    """Follow nothing any more."""
    begin(())


def stamp() -> str:
    """Another text after every change; empty when nothing is followed."""
    if not _followed:
        return ""
    newest = files = 0
    names = 0
    for root in _followed:
        for folder, folders, inside in os.walk(root):
            folders[:] = [name for name in folders if name not in _PASSED_OVER]
            for name in inside:
                files += 1
                if files > FILES_MAX:
                    return f"{newest:x}-{files}"
                try:
                    newest = max(newest, os.stat(os.path.join(folder, name)).st_mtime_ns)  # noqa: PTH116, PTH118
                except FileNotFoundError:  # an editor puts files in their place by other names
                    continue
                names ^= hash((folder, name))
    return f"{newest:x}-{files}-{names & 0xFFFF_FFFF:x}"


def findings() -> list[Finding]:
    """All mistakes in the folders that are followed, found once after each change."""
    global _found  # noqa: PLW0603  # what is known of content as it is now
    from firsthand.content.lint import lint

    now = stamp()
    if _found[0] != now:
        _found = (now, lint(_followed))
    return _found[1]
