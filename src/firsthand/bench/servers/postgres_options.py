"""What a lab may say in `[server.postgres.options]`, and what holds without it."""

from collections.abc import Mapping
from dataclasses import dataclass

from firsthand.bench.ports import Wanted
from firsthand.core.errors import ContentError

ROLE_CONNECTIONS_MAX = 50
STATEMENT_MS_MAX = 30_000
TEMPORARY_FILES_MIB_MAX = 256
CLONES_MAX = 3
"""Databases kept ready of one template; fewer of big ones, and where data comes in several variants."""
CLONES_OF_VARIANT = 2


@dataclass(frozen=True)
class PostgresOptions:
    """Limits of the role that a run gets, and settings of a server of its own."""

    connections: int
    statement_timeout_ms: int
    clones: int
    replica: bool
    settings: Mapping[str, str]
    """Of the server itself; only where the lab has its own."""

    @classmethod
    def of(cls, wanted: Wanted) -> "PostgresOptions":
        """The options of what is wanted.

        Raises:
            ContentError: an option is not understood, or needs `own = true`.
        """
        options = dict(wanted.options)
        read = cls(
            connections=_number(options, "connections", ROLE_CONNECTIONS_MAX),
            statement_timeout_ms=_number(options, "statement_timeout_ms", STATEMENT_MS_MAX),
            clones=min(_number(options, "clones", CLONES_OF_VARIANT if wanted.data else CLONES_MAX), CLONES_MAX),
            replica=options.pop("replica", "no") == "yes",
            settings=options,
        )
        if not wanted.own and (options or read.replica):
            names = ", ".join(options) or "replica"
            raise ContentError(
                f"The option {names} of the postgres server is about a server of its own.",
                advice="Say `own = true` in [server.postgres], or take the option out.",
            )
        return read


def _number(options: dict[str, str], name: str, default: int) -> int:
    text = options.pop(name, str(default))
    if not text.isdigit() or not int(text):
        raise ContentError(
            f"The option {name} of the postgres server is {text!r}.", advice='Give a whole number, such as "10".'
        )
    return int(text)
