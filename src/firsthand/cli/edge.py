"""The process edge: turns however a command ends into words for the user and an exit code, never into a traceback."""

import errno
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import click

from firsthand.cli.main import COMPLETE_VARIABLE, firsthand
from firsthand.core.errors import FirsthandError, SubjectError, UsageError
from firsthand.core.verdicts import EXIT_CODES, EXIT_USAGE, Verdict
from firsthand.study import crashes, invocation

EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141
"""As a shell tells a program that SIGPIPE ended."""


def run(arguments: Sequence[str]) -> int:
    """Obey a command line; returns the exit code."""
    _prepare_streams()
    try:
        code = _obey(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence()
        return EXIT_BROKEN_PIPE
    except KeyboardInterrupt:
        return _interrupted()
    except FirsthandError as error:
        return _told(error)
    except OSError as error:
        return _told(_no_room(error)) if error.errno in (errno.ENOSPC, errno.EDQUOT) else _crashed(error)
    except Exception as error:  # noqa: BLE001  # the process edge: a user never sees a traceback
        return _crashed(error)
    return code


def exit_code_of(error: FirsthandError) -> int:
    """The exit code for an error's family."""
    if isinstance(error, UsageError):
        return EXIT_USAGE
    return EXIT_CODES[Verdict.INVALID if isinstance(error, SubjectError) else Verdict.ERROR]


def _prepare_streams() -> None:
    """Let every stream take all that comes: a closed one goes nowhere, what cannot be shown or read becomes ?."""
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  # open to the end
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _obey(arguments: Sequence[str]) -> int:
    try:
        result = firsthand.main(
            args=list(arguments),
            prog_name=invocation.program(),
            complete_var=COMPLETE_VARIABLE,
            standalone_mode=False,
        )
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())  # a newcomer who types our name asks what there is
        return 0
    except click.UsageError as error:
        help_command = invocation.spell(*_names(error.ctx), "--help")
        say(f"firsthand: {error.format_message()}\n{help_command} tells how it is used.")
        return EXIT_USAGE
    except click.Abort:
        return _interrupted()
    except click.ClickException as error:
        say(f"firsthand: {error.format_message()}")
        return EXIT_USAGE
    return result if isinstance(result, int) else 0


def _names(context: click.Context | None) -> list[str]:
    """The command in which a mistake was made, without our own name: `author`, `lint`."""
    names: list[str] = []
    while context is not None and context.parent is not None:
        names.insert(0, context.info_name or "")
        context = context.parent
    return names


def say(text: str) -> None:
    """Print to standard error, where somebody may no longer listen."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _told(error: FirsthandError) -> int:
    say(f"firsthand: {invocation.spelt(str(error))}")
    output = getattr(error, "output", "")
    if output:
        say(f"\nIt printed last:\n{output}")
    return exit_code_of(error)


def _no_room(error: OSError) -> FirsthandError:
    from firsthand.core.errors import DiskFullError

    return DiskFullError(f"There is no space left on the disk ({error}).", advice="Make room and try again.")


def _interrupted() -> int:
    say("\nInterrupted.")
    return EXIT_INTERRUPTED


def _crashed(error: Exception) -> int:
    story = crashes.story_of(error)
    if os.environ.get("FIRSTHAND_DEBUG") == "1":
        say(story)
    kept = crashes.keep(story)
    say(
        f"firsthand: something went wrong inside Firsthand, which is our fault and not yours: "
        f"{type(error).__name__}: {error}\n"
        + (f"What we need to mend it is in {kept}; please send it to us. " if kept else "")
        + "Nothing of yours was lost; you can try again."
    )
    return EXIT_CODES[Verdict.ERROR]


def _silence() -> None:
    """Nobody reads any more: let what is still buffered go nowhere instead of failing at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if not _flushes(stream):
            os.dup2(nowhere, stream.fileno())


def _flushes(stream: TextIO) -> bool:
    try:
        stream.flush()
    except OSError:
        return False
    return True
