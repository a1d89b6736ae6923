"""Takes in a history that was exported elsewhere, and says what that came to; for terminal and site alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import msgspec

from firsthand.core.limits import HISTORY_LINE_BYTES_MAX
from firsthand.history import EVENT_VERSION, Merged
from firsthand.history.journal import Journal


@dataclass(frozen=True)
class BroughtIn:
    """What an import came to."""

    merged: Merged
    newer: int
    """Events that a newer Firsthand wrote: kept, and understood by that one."""

    @property
    def words(self) -> str:
        """It in words."""
        told = [f"New events: {self.merged.new}. Here already: {self.merged.known}."]
        if self.merged.damaged:
            told.append(f"Damaged lines passed over: {self.merged.damaged}.")
        if self.newer:
            told.append(f"Written by a newer Firsthand: {self.newer}; they are kept, and count once you update.")
        return " ".join(told)


def bring_in(history: Journal, file: IO[bytes], *, skip_damaged: bool = False) -> BroughtIn:
    """Take in the lines of a file: all of them or, where one holds no event, none.

    Raises:
        UsageError: a line holds no event (unless these are to be skipped), or there are too many.
        HistoryError: the history cannot be used now.
    """
    lines = _Lines(file)
    merged = history.merge(lines, skip_damaged=skip_damaged)
    return BroughtIn(merged, lines.newer)


class _Version(msgspec.Struct):
    version: int = 0


class _Lines:
    """The lines of a file, none read further than a line may be long."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.newer = 0

    def __iter__(self) -> Iterator[bytes]:
        while each := self._file.readline(HISTORY_LINE_BYTES_MAX + 1):
            self.newer += _version(each) > EVENT_VERSION
            yield each


def _version(line: bytes) -> int:
    try:
        return msgspec.json.decode(line, type=_Version).version
    except msgspec.DecodeError:  # whoever takes it in says so
        return 0
