"""Lays a submission out in the folder of a run, with its dependencies beside it, for the user that programs run as."""

from collections.abc import Callable
from pathlib import Path

from firsthand.bench.failures import show_text
from firsthand.bench.ports import Sandbox
from firsthand.bench.program.copies import Budget, TooMuchError, copy_entry, copy_tree
from firsthand.bench.program.procfile import has_build as procfile_has_build
from firsthand.bench.program.shared_cache import COPIED_BYTES_MAX, COPIED_ENTRIES_MAX, kept_copy, shared_cache
from firsthand.bench.submission import Beside, Submission
from firsthand.bench.submission.model import cannot_write
from firsthand.core.limits import SUBMISSION_FILE_BYTES_MAX

Tell = Callable[[str], None]


async def lay_out(
    submission: Submission,
    place: Path,
    sandbox: Sandbox,
    *,
    has_build: bool | None = None,
    tell: Tell | None = None,
    cache: Path | None = None,
) -> Path:
    """Write the submission into the new folder `place`/work, give it to the program's user, and return it.

    Dependencies and what .gitignore names are linked beside it; outputs too, unless `has_build`, which makes them anew
    (by default: whether the submission's Procfile has such a line).
    Ignored files are copied, so that a program under test does not spoil a learner's database. What the program's user
    cannot reach is copied as well, and `tell` is given a sentence that says how to be faster; copies of dependencies
    are kept in `cache`, and linked from there until something in them changes.

    Raises:
        WorldError: it cannot be written, for example because the disk is full.
    """
    work = place / "work"
    submission.write_to(work)
    if has_build is None:
        has_build = any(entry.path == "Procfile" and procfile_has_build(entry.data) for entry in submission.files)
    layout = _Layout(work, sandbox, tell or (lambda _: None), cache)
    try:
        for entry in submission.beside:
            if not (has_build and entry.kind == "output"):
                layout.put(entry)
    except OSError as error:
        raise cannot_write(error) from None
    layout.tell_what_was_copied()
    sandbox.give(work)
    return work


class _Layout:
    def __init__(self, work: Path, sandbox: Sandbox, tell: Tell, cache: Path | None) -> None:
        self.work = work
        self.cache = cache
        self.sandbox = sandbox
        self.tell = tell
        self.budget = Budget(COPIED_ENTRIES_MAX, COPIED_BYTES_MAX)
        self.copied: list[Beside] = []

    def put(self, entry: Beside) -> None:
        target = self.work / entry.path
        if not entry.source.exists() or target.is_symlink() or target.exists():
            # Gone since, or a replayed submission has a file of that name.
            return
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            return
        if entry.kind == "ignored" and _is_small_file(entry.source):
            copy_entry(entry.source, target, self.budget)
        elif self.sandbox.reachable(entry.source):
            target.symlink_to(entry.source)
        else:
            self._copy(entry, target)

    def tell_what_was_copied(self) -> None:
        if self.copied:
            names = ", ".join(show_text(entry.path) for entry in self.copied[:3])
            more = f" and {len(self.copied) - 3} more" if len(self.copied) > 3 else ""
            self.tell(
                f"Copied {names}{more}: programs run as another user, who cannot read {self.copied[0].source.parent}. "
                "It goes faster in a folder that everybody may read, or without root."
            )

    def _copy(self, entry: Beside, target: Path) -> None:
        source = entry.source.resolve()
        if entry.kind == "dependency" and source.is_dir() and (kept := self._kept(source)):
            target.symlink_to(kept)
            return
        self.copied.append(entry)
        try:
            if source.is_dir():
                copy_tree(source, target, self.budget)
            else:
                copy_entry(source, target, self.budget)
        except TooMuchError:
            self.tell(
                f"{show_text(entry.path)} is too big to be copied for the user that programs run as: your program does "
                "not see all of it. Move the workspace to a folder that everybody may read, or run without root."
            )

    def _kept(self, source: Path) -> Path | None:
        shared = shared_cache(self.cache, self.sandbox) if self.cache else None
        kept = kept_copy(source, shared) if shared else None
        return kept if kept and self.sandbox.reachable(kept) else None


def _is_small_file(path: Path) -> bool:
    return not path.is_symlink() and path.is_file() and path.stat().st_size <= SUBMISSION_FILE_BYTES_MAX
