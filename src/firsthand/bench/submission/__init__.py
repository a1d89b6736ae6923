"""A learner's files, frozen and named by their digest: what a run judges, keeps and replays.

`snapshot` reads a workspace, `load` a kept archive; both distrust what they read (ATTACKS.md, 27 to 33).
"""

from pathlib import Path

from firsthand.bench.submission.model import Beside, BesideKind, Entry, Submission
from firsthand.bench.submission.snapshot import snapshot

__all__ = ["snapshot", "load", "Submission", "Entry", "Beside", "BesideKind"]


def load(path: Path, workspace: Path | None = None) -> Submission:
    """Read a kept submission back. With `workspace`, what lies beside it there now is used again.

    Raises:
        WorkspaceError: it is not a whole archive of ours, or holds what `snapshot` would never have taken.
    """
    # Most runs read no archive, and tarfile costs the first line of a check 15 ms.
    from firsthand.bench.submission import archive

    return archive.load(path, workspace)
