"""Finds kept runs for commands: by id, the last one of a workspace, or the last of all."""

from pathlib import Path

from firsthand.bench.report import Evidence, runs
from firsthand.core.errors import UsageError
from firsthand.core.places import data_dir
from firsthand.study import invocation
from firsthand.study.memory import recall


def runs_folder() -> Path:
    """Where runs are kept."""
    return data_dir() / "runs"


def kept_run(run_id: str, folder: Path | None = None) -> Evidence:
    """The kept run with this id or the only one whose id begins or ends so; without one the last, of a workspace.

    Raises:
        UsageError: there is none, or more than one.
    """
    kept = runs(runs_folder())
    if not kept:
        raise UsageError(
            "No run is kept yet.", advice=f"{invocation.spell('check')} in your workspace makes the first."
        )
    if run_id:
        return _named(run_id, kept)
    if folder is None:
        return kept[0]
    last = recall("run").last_run(folder)
    wanted = last.data.get("run") if last else None
    found = next((evidence for evidence in kept if evidence.folder.name == wanted), None)
    if found is None:
        what = f"The last run of this workspace ({wanted}) is no longer kept." if wanted else "It has no run yet."
        raise UsageError(what, advice=f"Make one: {invocation.spell('check', workspace=folder)}.")
    return found


def _named(run_id: str, kept: list[Evidence]) -> Evidence:
    names = [e for e in kept if e.folder.name == run_id]
    names = names or [e for e in kept if e.folder.name.startswith(run_id) or e.folder.name.endswith(run_id)]
    if len(names) == 1:
        return names[0]
    advice = f"{invocation.spell('runs')} lists those that are kept."
    if names:
        raise UsageError(f'"{run_id}" could be {len(names)} runs.', advice=advice)
    raise UsageError(f'No run "{run_id}" is kept.', advice=advice)
