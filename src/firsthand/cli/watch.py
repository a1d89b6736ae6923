"""`check --watch`: checks again whenever a file of the submission has changed."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from firsthand.bench.submission.walk import ChangedError, Walk
from firsthand.cli.screen import line, show
from firsthand.core.errors import FirsthandError, WorkspaceError

POLL_S = 0.4
SETTLE_POLLS_MAX = 10
"""An editor that never stops writing is not waited for longer."""

Fingerprint = tuple[tuple[str, int, int], ...]


def on_changes(folder: Path, act: Callable[[], int], stream: TextIO) -> int:
    """Act, then again after each change, until Ctrl-C; returns the exit code of the last time."""
    code = 0
    pause = threading.Event()  # never set: waiting on it is an interval that Ctrl-C ends
    try:
        while True:
            seen = fingerprint(folder)
            code = _acted(act, stream)
            show([line(("Waiting for a change of your files; Ctrl-C ends.", "dim"))], stream)
            while fingerprint(folder) == seen:
                pause.wait(POLL_S)
            settle(folder, pause)
            show([line()], stream)
    except KeyboardInterrupt:
        show([line()], stream)
        return code


def fingerprint(folder: Path) -> Fingerprint:
    """Names, sizes and times of the learner's own files: differs when a snapshot would. Reads no file."""
    try:
        found = _walked(folder).files
    except (WorkspaceError, ChangedError, OSError) as error:
        return ((str(error), 0, 0),)
    return tuple(sorted((each.path, *_size_and_time(folder / each.path)) for each in found))


def settle(folder: Path, pause: threading.Event) -> None:
    """Let changes that come in a row, such as a checkout, be one change."""
    before = fingerprint(folder)
    for _ in range(SETTLE_POLLS_MAX):
        pause.wait(POLL_S / 2)
        now = fingerprint(folder)
        if now == before:
            return
        before = now


def _acted(act: Callable[[], int], stream: TextIO) -> int:
    from firsthand.cli.edge import exit_code_of

    try:
        return act()
    except FirsthandError as error:  # such as a stage that is not there any more: the next change may mend it
        show([line(("✗ ", "bad"), str(error))], stream)
        return exit_code_of(error)


def _walked(folder: Path) -> Walk:
    walk = Walk(folder)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        walk.folder(descriptor)
    finally:
        os.close(descriptor)
    return walk


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        found = path.lstat()
    except OSError:
        return (-1, 0)
    return (found.st_size, found.st_mtime_ns)
