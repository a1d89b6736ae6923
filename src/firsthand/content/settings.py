"""The user's settings, and with them the folders in which content is looked for."""

import os
from collections.abc import Sequence
from pathlib import Path

from firsthand.content.findings import Finding, Kind
from firsthand.content.roots import default_roots, holds_paths
from firsthand.content.source import Table, read_toml
from firsthand.core.errors import UsageError, WorldError
from firsthand.core.places import settings_file

ENVIRONMENT = "FIRSTHAND_CONTENT"


def content_roots(extra: Sequence[Path] = ()) -> list[Path]:
    """The folders that hold paths, each once: ours, then those of settings.toml, of FIRSTHAND_CONTENT, and `extra`.

    Raises:
        UsageError: a folder that was named is not there or holds no path, or settings.toml is not right.
        WorldError: there is no content at all.
    """
    named = [(folder, f"{ENVIRONMENT} names it") for folder in _from_environment()]
    named += [(folder, "--content names it") for folder in extra]
    roots = default_roots() + _from_settings(settings_file())
    roots += [_checked(folder, why) for folder, why in named]
    if not roots:
        raise WorldError("The content of Firsthand is not there.", advice="Install Firsthand again.")
    return list(dict.fromkeys(root.resolve() for root in roots))


def _from_environment() -> list[Path]:
    return [Path(part).expanduser() for part in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if part]


def _from_settings(file: Path) -> list[Path]:
    table = read_toml(file, _refuse) if file.is_file() else None
    if table is None:
        return []
    names = table.texts("content", ())
    table.done()
    return [_from_setting(table, position, name) for position, name in enumerate(names)]


def _from_setting(table: Table, position: int, name: str) -> Path:
    folder = table.file.parent / Path(name).expanduser()
    problem = _problem(folder)
    if problem:
        table.tell(Kind.BAD_VALUE, problem, "content", position, advice="Mend or remove it there.")
    return folder


def _refuse(finding: Finding) -> None:
    raise UsageError(f"{finding.where}: {finding.message}", advice=finding.advice)


def _checked(folder: Path, why: str) -> Path:
    problem = _problem(folder)
    if problem:
        advice = "A content folder holds paths: <folder>/<path>/path.toml."
        raise UsageError(f"{problem.removesuffix('.')} ({why}).", advice=advice)
    return folder


def _problem(folder: Path) -> str:
    if not folder.is_dir():
        return f"There is no folder {folder}."
    return "" if holds_paths(folder) else f"The folder {folder} holds no path."
