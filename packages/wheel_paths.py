"""The build hook of both wheels: puts paths/ into them, solutions and bugs into one, everything else into the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

REPOSITORY = Path(__file__).resolve().parents[1]
APART = frozenset({"solutions", "bugs"})
"""Folders of a lab that a class can go without."""
NEVER = frozenset({"in-proof", "__pycache__", "node_modules", ".venv", ".mypy_cache", ".ruff_cache"})


class PathsHook(BuildHookInterface[Any]):
    """Configured by `package`, the package that gets `_paths`, and `solutions`, whether it gets those or the rest."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files of paths/ that go into this wheel; an editable installation reads them where they are."""
        if version == "editable":
            return
        for file in content_files(REPOSITORY / "paths"):
            place = file.relative_to(REPOSITORY / "paths")
            if is_solution(place) == self.config["solutions"]:
                build_data["force_include"][str(file)] = f"{self.config['package']}/_paths/{place.as_posix()}"


def content_files(paths: Path) -> Iterator[Path]:
    """Every file of the content, in order."""
    for file in sorted(paths.rglob("*")):
        if file.is_file() and not NEVER.intersection(file.parts) and file.suffix != ".pyc":
            yield file


def is_solution(place: Path) -> bool:
    """Whether a file, named from paths/, gives a lab away: `<path>/units/<unit>/labs/<lab>/{solutions,bugs}/...`."""
    parts = place.parts
    return len(parts) > 6 and parts[3] == "labs" and parts[5] in APART
