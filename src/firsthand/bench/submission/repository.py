"""Decides what of a learner's Git repository is submission: commits and names, nothing that could run or lead out.

Settings, hooks, attributes and the places of other repositories stay behind, so that git, asked about the copy, does
what it does for everybody. The staging area stays behind too: what counts is what was committed.
"""

import re
from collections.abc import Iterable

from firsthand.bench.submission.model import Entry
from firsthand.core.errors import WorkspaceError
from firsthand.core.limits import SUBMISSION_FILES_MAX

GIT_FOLDER = ".git"

_TAKEN = re.compile(
    r"\.git/(?:HEAD|packed-refs|shallow|(?:MERGE|REVERT|CHERRY_PICK)_HEAD|rebase-(?:merge|apply)/head-name|refs/.+"
    r"|objects/[0-9a-f]{2}/[0-9a-f]{38,62}|objects/pack/pack-[0-9a-f]+\.(?:pack|idx))"
)
_ON_THE_WAY = re.compile(r"\.git(?:/(?:refs(?:/.+)?|objects(?:/[0-9a-f]{2}|/pack)?|rebase-(?:merge|apply)))?")
_SHA256 = re.compile(rb"(?m)^[0-9a-f]{64}\b")
BEGIN_AGAIN = "Begin the lab again in another folder, and take this folder from there."


def is_taken(path: str) -> bool:
    """Whether a file of this path below a repository is submission."""
    return _TAKEN.fullmatch(path) is not None


def is_on_the_way(path: str) -> bool:
    """Whether a folder of this path below a repository can hold submission."""
    return _ON_THE_WAY.fullmatch(path) is not None


def too_many(folder: str) -> WorkspaceError:
    """Why a repository with so many loose files is not read; git has a cure for it."""
    return WorkspaceError(
        f"The repository {folder} lies in more than {SUBMISSION_FILES_MAX:,} files.",
        advice=f"Let Git pack them into one: git -C {folder} gc",
    )


def refuse_unreadable(files: Iterable[Entry], folder: str) -> None:
    """Refuse a repository that is not whole, or of a kind that labs are not made of, from its files alone.

    Raises:
        WorkspaceError: there is none, or it is shallow, or keeps its commits in another way.
    """
    lead = f"{folder}/{GIT_FOLDER}/"
    kept = {entry.path.removeprefix(lead): entry.data for entry in files if entry.path.startswith(lead)}
    if "HEAD" not in kept:
        raise WorkspaceError(
            f"There is no Git repository in the folder {folder}.",
            advice=f"It is found by its folder {folder}/{GIT_FOLDER}, which is not there or not whole. {BEGIN_AGAIN}",
        )
    if "shallow" in kept:
        raise WorkspaceError(
            f"The repository {folder} is shallow: its older commits are not there.",
            advice=f"Fetch them: git -C {folder} fetch --unshallow. {BEGIN_AGAIN}",
        )
    if b"refs/heads/.invalid" in kept["HEAD"]:
        raise WorkspaceError(
            f"The repository {folder} keeps its branches as a reftable, not as files.", advice=BEGIN_AGAIN
        )
    names = [data for path, data in kept.items() if path in ("HEAD", "packed-refs") or path.startswith("refs/")]
    if any(_SHA256.search(data) for data in names):
        raise WorkspaceError(f"The repository {folder} names its commits by SHA-256, not by SHA-1.", advice=BEGIN_AGAIN)
