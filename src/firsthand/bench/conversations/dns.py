"""Questions to a name server about its questions."""

import math

from firsthand.bench.conversations.questions import Questions, Span
from firsthand.bench.decoders.dns import Query


class NameServer(Questions):
    """What it was asked over UDP and over TCP."""

    def queries(
        self,
        name: str = "",
        *,
        type: str = "",  # noqa: A002  # as everybody calls it
        since: float = 0.0,
        until: float = math.inf,
        during: Span | None = None,
    ) -> list[Query]:
        """The questions that came there, each with its answer.

        Args:
            name: only about this name, in any case, with or without its last dot.
            type: only of this type, such as `AAAA`.
            since: only from then on.
            until: only until then.
            during: only while this was under way.
        """
        wanted = name.rstrip(".").lower()
        return [
            one
            for one in self._between(Query, since, until, during)
            if wanted in ("", one.name.rstrip(".").lower()) and type.upper() in ("", one.type)
        ]
