"""Questions to a database about its statements."""

import math
import re
from functools import lru_cache

from firsthand.bench.conversations.questions import Questions, Span
from firsthand.bench.decoders.postgres_statements import Statement

PATTERNS_KEPT_MAX = 256


class Sql(Questions):
    """Questions to a database."""

    def statements(
        self, matching: str = "", *, since: float = 0.0, until: float = math.inf, during: Span | None = None
    ) -> list[Statement]:
        """The statements that were sent.

        Args:
            matching: words of the statement, with `..` for anything between: `select .. products`. Case, quotes and
                white space do not matter.
            since: only from then on.
            until: only until then.
            during: only while this was under way.
        """
        pattern = _sql_pattern(matching)
        return [one for one in self._between(Statement, since, until, during) if pattern.search(_plain(one.sql))]


@lru_cache(maxsize=PATTERNS_KEPT_MAX)
def _sql_pattern(matching: str) -> re.Pattern[str]:
    parts = [part.strip() for part in _plain(matching).split("..")]
    return re.compile(".*?".join(rf"(?<!\w){re.escape(part)}(?!\w)" for part in parts if part))


@lru_cache(maxsize=PATTERNS_KEPT_MAX)
def _plain(sql: str) -> str:
    return " ".join(sql.replace('"', "").replace("`", "").lower().split())
