"""Every exception of ours, as one tree.

FirsthandError
├── UsageError              the command was wrong: exit 2
├── SubjectError            the learner's program or workspace: becomes the verdict `invalid`, exit 3
│   ├── WorkspaceError          it cannot be read or is too big
│   ├── ProcfileError           there is none, or it is not one
│   ├── BuildError              the build failed
│   └── StartError              the program did not start
├── ContentError            an author's lab, lesson or check, with file and line: becomes `error`, exit 4
└── WorldError              ours or the environment's: becomes `error`, exit 4
    ├── DiskFullError
    ├── HistoryError
    ├── ServerMissingError      a real server that the lab needs is not on this machine
    └── RetryableError          may well pass when tried again

The first line of a docstring is the message of an exception that was given none.
"""

from pathlib import Path


class FirsthandError(Exception):
    """Something went wrong."""

    def __init__(self, message: str = "", *, advice: str = "") -> None:
        """`message` says what happened and to what, `advice` what to do next; both are whole sentences."""
        doc = (type(self).__doc__ or "").strip().splitlines()
        self.message = message or (doc[0] if doc else "Something went wrong.")
        self.advice = advice
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message}\n{self.advice}" if self.advice else self.message


class UsageError(FirsthandError):
    """The command was not understood."""


class SubjectError(FirsthandError):
    """There is nothing to judge yet."""

    def __init__(self, message: str = "", *, advice: str = "", output: str = "") -> None:
        """`output` is what the learner's program or build printed, already made safe to show."""
        super().__init__(message, advice=advice)
        self.output = output


class WorkspaceError(SubjectError):
    """The workspace cannot be read."""


class ProcfileError(SubjectError):
    """The workspace has no Procfile that can be used."""


class BuildError(SubjectError):
    """The build failed."""


class StartError(SubjectError):
    """The program did not start."""


class ContentError(FirsthandError):
    """A lab is not written as it must be."""

    def __init__(self, message: str = "", *, file: Path | None = None, line: int = 0, advice: str = "") -> None:
        """`file` and `line` (from 1; 0 if the whole file is meant) tell the author where."""
        super().__init__(message, advice=advice)
        self.file = file
        self.line = line

    @property
    def where(self) -> str:
        """`file:line`, as editors and terminals make it a link."""
        if self.file is None:
            return ""
        return f"{self.file}:{self.line}" if self.line else str(self.file)

    def __str__(self) -> str:
        return f"{self.where}: {super().__str__()}" if self.where else super().__str__()


class WorldError(FirsthandError):
    """Firsthand could not do its part."""


class DiskFullError(WorldError):
    """There is no space left on the disk."""


class HistoryError(WorldError):
    """The history file cannot be used."""


class ServerMissingError(WorldError):
    """A server that the lab needs is not on this machine."""


class RetryableError(WorldError):
    """Firsthand could not do its part this time; it may well work when tried again."""
