"""A learner's files, frozen and named by their digest: what a run judges, keeps and replays.

`snapshot` reads a workspace, `load` a kept archive; both distrust what they read (ATTACKS.md, 27 to 33).
"""

from firsthand.bench.submission.archive import load
from firsthand.bench.submission.model import Beside, BesideKind, Entry, Submission
from firsthand.bench.submission.snapshot import snapshot

__all__ = ["snapshot", "load", "Submission", "Entry", "Beside", "BesideKind"]
