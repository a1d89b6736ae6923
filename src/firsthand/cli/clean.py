"""`firsthand clean`: shows what takes up room, and frees it."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from firsthand.cli.screen import line, show
from firsthand.core.errors import WorldError

KITS = "kits"
RUNS_KEPT_BY_CLEAN = 5
"""The newest runs stay unless --all is said: `trace` and `hint` look at them."""


@dataclass(frozen=True)
class Removable:
    """Something that can be freed."""

    what: str
    path: Path
    size_bytes: int


@click.command()
@click.option("--yes", "-y", is_flag=True, help="Free it without asking.")
@click.option("--all", "everything", is_flag=True, help="The newest runs, crash reports and what programs keep too.")
def clean(yes: bool, everything: bool) -> None:
    """See what takes up room - runs, builds, what killed runs left - and free it.

    Your workspaces and your history are never touched.
    """
    from firsthand.cli.runs import size_words

    _sweep()
    found = list(removable(everything=everything))
    if not found:
        show([line("There is nothing to free.")])
        return
    for what in dict.fromkeys(each.what for each in found):
        same = [each for each in found if each.what == what]
        total = size_words(sum(each.size_bytes for each in same))
        show([line(f"{len(same):>5} {what:<22} {total:>10}  ", (str(same[0].path.parent), "dim"), verbatim=True)])
    if not yes and not _confirmed():
        return
    freed = sum(each.size_bytes for each in found if _removed(each.path))
    show([line(("✓ ", "good"), f"freed {size_words(freed)}. Your workspaces and your history were not touched.")])


def removable(*, everything: bool = False) -> Iterator[Removable]:
    """What can be freed now; with `everything` also the newest runs and crash reports."""
    from firsthand.bench.report import runs, size_bytes
    from firsthand.core.places import cache_dir, data_dir, worlds_dir
    from firsthand.study.kept import runs_folder

    kept = [evidence.folder for evidence in runs(runs_folder())]
    whole = set(kept)
    for folder in kept if everything else kept[RUNS_KEPT_BY_CLEAN:]:
        yield Removable("runs", folder, size_bytes(folder))
    for folder in _children(runs_folder()):
        if folder not in whole:
            yield Removable("unfinished runs", folder, size_bytes(folder))
    for path in [*_children(cache_dir()), *_spare()]:
        if path.name != KITS:
            yield Removable("builds and caches", path, _size(path))
    if everything:
        yield from (Removable("kits", path, _size(path)) for path in _children(_own_kits()))
        for path in _children(worlds_dir()):
            yield Removable("programs' own data", path, _size(path))
        for path in _children(data_dir() / "crashes"):
            yield Removable("crash reports", path, _size(path))


def _spare() -> list[Path]:
    """What root's builds keep where other users reach it; FIRSTHAND_HOME has no part in that."""
    if os.geteuid() != 0 or os.environ.get("FIRSTHAND_HOME"):
        return []
    from firsthand.core.places import spare_dir

    return [path for path in _children(spare_dir()) if path.name not in ("worlds", KITS)]


def _own_kits() -> Path:
    """Where kits are, if this FIRSTHAND_HOME has its own; root's are shared by all and belong to none of them."""
    from firsthand.bench.program.kits import kits_folder
    from firsthand.core.places import cache_dir

    own = cache_dir() / KITS
    return own if os.environ.get("FIRSTHAND_HOME") else kits_folder()


def _sweep() -> None:
    """Remove what killed runs and benches left behind; each check does so too, so nobody is asked."""
    import asyncio

    from firsthand.bench.sandbox.sweep import sweep
    from firsthand.bench.servers.place import servers_dir
    from firsthand.core.places import temp_dir

    swept = [asyncio.run(sweep(place)) for place in {temp_dir(), servers_dir()}]
    folders, processes = sum(each.folders for each in swept), sum(each.processes for each in swept)
    if folders or processes:
        show([line(("✓ ", "good"), f"left by killed runs: {folders} folders, {processes} processes; gone.")])


def _confirmed() -> bool:
    if sys.stdin.isatty():
        return click.confirm("Free all this?")
    show([line("Nothing was freed. Say --yes to free it.")])
    return False


def _children(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _size(path: Path) -> int:
    from firsthand.bench.report import size_bytes

    return size_bytes(path) if path.is_dir() else path.lstat().st_size


def _removed(path: Path) -> bool:
    from firsthand.bench.sandbox.sweep import remove_folder

    try:
        if path.is_dir() and not path.is_symlink():
            remove_folder(path)
        else:
            path.unlink(missing_ok=True)
    except (WorldError, OSError) as error:
        print(f"note: {error}", file=sys.stderr)
        return False
    return True
