"""Questions to Redis or Valkey about its commands."""

import math
from fnmatch import fnmatchcase

from firsthand.bench.conversations.questions import Questions, Span
from firsthand.bench.decoders.message import text_of
from firsthand.bench.decoders.resp_commands import CommandDone


class Redis(Questions):
    """Questions to Redis or Valkey."""

    def commands(
        self,
        name: str = "",
        *,
        key: str = "",
        since: float = 0.0,
        until: float = math.inf,
        during: Span | None = None,
    ) -> list[CommandDone]:
        """The commands that were sent.

        Args:
            name: only these, such as `GET`, in any case.
            key: only those with such a first argument, `*` for anything: `product:*`.
            since: only from then on.
            until: only until then.
            during: only while this was under way.
        """
        return [
            one
            for one in self._between(CommandDone, since, until, during)
            if name.upper() in ("", _word(one, 0).upper()) and (not key or fnmatchcase(_word(one, 1), key))
        ]


def _word(command: CommandDone, number: int) -> str:
    return text_of(command.words[number]) if number < len(command.words) else ""
