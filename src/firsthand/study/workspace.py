"""The learner's folder for a lab: finds its marker firsthand.toml, reads it and writes it."""

from dataclasses import dataclass
from pathlib import Path

from firsthand.content.findings import Finding
from firsthand.content.source import read_toml
from firsthand.core.errors import UsageError, WorkspaceError
from firsthand.study import invocation

MARKER = "firsthand.toml"
LAB_ID = r"[a-z0-9]+(-[a-z0-9]+)*"


@dataclass(frozen=True)
class Workspace:
    """A folder, its lab, and its language ("" where it is not said)."""

    folder: Path
    lab: str
    language: str


def find(start: Path | None = None) -> Workspace | None:
    """The workspace that `start` (the current folder unless told) is in, looking upwards.

    Raises:
        UsageError: there is no such folder.
        WorkspaceError: its marker is not as it must be, with file and line.
    """
    folder = existing(start)
    for candidate in (folder, *folder.parents):
        if (candidate / MARKER).is_file():
            return read(candidate)
    return None


def found(start: Path | None = None) -> Workspace:
    """The workspace that `start` is in, or a folder without a marker that was checked before.

    Raises:
        UsageError: there is none, with what to do.
        WorkspaceError: as in `find`.
    """
    workspace = find(start) or _checked_before(existing(start))
    if workspace is None:
        where = f"{existing(start)} is" if start else "You are"
        raise UsageError(
            f"{where} not in a workspace: there is no {MARKER} here or in a folder above.",
            advice=f"Go into your workspace or name it, or make one: {invocation.spell('begin', 'LAB')} "
            f"({invocation.spell('labs')} lists the labs).",
        )
    return workspace


def _checked_before(folder: Path) -> Workspace | None:
    """A folder that `check --lab` was told of: the commands that its failure names go by the folder alone."""
    from firsthand.study.memory import recall

    run = recall("run").last_run(folder)
    if run is None:
        return None
    return Workspace(folder, str(run.data.get("lab", "")), str(run.data.get("language", "")))


def given(directory: Path | None, lab: str) -> Workspace:
    """The workspace that a command was told: by its marker, or any folder when the lab is named.

    Raises:
        UsageError, WorkspaceError: as in `found`.
    """
    if not lab:
        return found(directory)
    marked = find(directory)
    if marked is not None and marked.lab == lab:
        return marked
    return Workspace(existing(directory), lab, "")


def existing(folder: Path | None) -> Path:
    """The folder as an absolute path, the current one unless told.

    Raises:
        UsageError: it is not there.
    """
    try:
        absolute = Path.cwd() if folder is None else folder.resolve()
    except FileNotFoundError:
        raise UsageError(
            "The folder you are in is no longer there.", advice="Change to another one (cd), then try again."
        ) from None
    except ValueError:  # a NUL in it
        raise UsageError(f"The folder {str(folder)!r} cannot be there.", advice="Check its name.") from None
    if not absolute.is_dir():
        what = "is not a folder" if absolute.exists() else "is not there"
        raise UsageError(f"The folder {folder} {what}.", advice="Check its name; it is the folder with your work.")
    return absolute


def read(folder: Path) -> Workspace:
    """Read a workspace's marker.

    Raises:
        WorkspaceError: it is not as it must be, with file and line.
    """
    table = read_toml(folder / MARKER, _refuse)
    assert table is not None, "a mistake raises"
    table.schema()
    lab = table.matching("lab", LAB_ID, '"net-byo-http"')
    language = table.text("language", "")
    table.done()
    return Workspace(folder, lab, language)


def write(folder: Path, lab: str, language: str) -> None:
    """Mark a folder as the workspace of a lab."""
    (folder / MARKER).write_text(
        f'# Firsthand finds your workspace by this file.\nschema = 1\nlab = "{lab}"\nlanguage = "{language}"\n',
        encoding="utf-8",
    )


def _refuse(finding: Finding) -> None:
    raise WorkspaceError(
        f"{finding.where}: {finding.message}",
        advice=finding.advice
        or f'The file must say schema = 1, lab = "..." and language = "..."; your own files are not touched. '
        f"{invocation.spell('begin', 'LAB', 'DIR')} makes a fresh workspace to compare with.",
    )
