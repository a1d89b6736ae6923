"""Questions to a peer, or to a server in front, about its requests."""

import math
from fnmatch import fnmatchcase

from firsthand.bench.conversations.questions import Questions, Span
from firsthand.bench.decoders.http1_exchanges import HttpExchange


class HttpPeer(Questions):
    """Questions to who speaks HTTP there."""

    def requests(
        self,
        path: str = "*",
        *,
        method: str = "",
        since: float = 0.0,
        until: float = math.inf,
        during: Span | None = None,
    ) -> list[HttpExchange]:
        """The requests that came there, each with its reply: `request` and `replies` hold headers and bodies.

        Args:
            path: only these, `*` for anything: `/orders/*`. The query does not count.
            method: only these, such as `POST`.
            since: only from then on.
            until: only until then.
            during: only while this was under way.
        """
        return [
            one
            for one in self._between(HttpExchange, since, until, during)
            if fnmatchcase(one.target.partition("?")[0], path) and method in ("", one.method)
        ]
