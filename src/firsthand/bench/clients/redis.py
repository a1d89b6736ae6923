"""Asks a run's Valkey or Redis what the program has left there, past the door, as a user who may do everything."""

import asyncio
import shlex
from typing import TYPE_CHECKING, Any

from firsthand.bench.clients.server import ServerClient
from firsthand.bench.failures import CheckFailed, failed, show_text
from firsthand.core.errors import ContentError

if TYPE_CHECKING:  # it takes 0.1 s to import, and few checks need it
    from redis.asyncio import Redis as Client
    from redis.exceptions import ResponseError

_AUTHORS = ("unknown command", "wrong number of arguments", "syntax error", "unknown subcommand")
SHOWN_MAX = 600
TURNED_AWAY_S = 0.5


class Redis(ServerClient):
    """`await redis.command("GET", "product:7")`; values come as bytes, `None` where there is nothing."""

    _client: "Client | None" = None
    _last: tuple[object, ...] = ()

    @property
    def url(self) -> str:
        """What the program would find in REDIS_URL were there no door."""
        return self.lease.environment_at(self.address)["REDIS_URL"]

    @property
    def client(self) -> "Client":
        """The client of redis-py, for what `command` has no words for. Its errors are yours to handle."""
        if self._client is None:
            from redis.asyncio import Redis as Client
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff

            inside = self.lease.inside
            self._client = Client(
                unix_socket_path=inside["socket"],
                username=inside["user"],
                password=inside["password"],
                single_connection_client=True,
                retry=Retry(NoBackoff(), 0),
            )
        return self._client

    async def command(self, *words: str | bytes | int | float) -> Any:
        """Send a command and return the reply.

        Raises:
            CheckFailed: the server refuses it, as when a key holds another type.
            ContentError: there is no such command.
            RetryableError: the server is gone.
        """
        from redis.exceptions import ConnectionError as Gone
        from redis.exceptions import ResponseError

        self._last = words
        try:
            async with self.in_time("to answer a command of ours"):
                return await self.client.execute_command(*words)  # type: ignore[no-untyped-call]
        except ResponseError as error:
            raise self._refused(error, words) from error
        except (Gone, OSError) as error:
            await self.close()
            if await self._is_full():
                raise self._full() from error
            raise await self.lost(error) from error

    def reproduce(self) -> list[str]:
        """The command that asks the last question again while the program runs; none when nothing was asked."""
        door = self._door.address if self._door else self.address
        url = self.lease.environment_at(door)["REDIS_URL"]
        words = " ".join(shlex.quote(_text(word)) for word in self._last)
        return [f"redis-cli -u {shlex.quote(url)} {words}"] if words else []

    async def close(self) -> None:
        """Let the connection go."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _refused(self, error: "ResponseError", words: tuple[object, ...]) -> CheckFailed | ContentError:
        told = str(error)
        sent = show_text(" ".join(map(_text, words)), SHOWN_MAX)
        if any(sign in told.lower() for sign in _AUTHORS):
            return ContentError(f"The check's command is refused: {told}.", advice=sent)
        return failed(
            f"{self.name} cannot answer our command: {told}.",
            detail=sent,
            remark="Has the program put something else there than the brief says?",
        )

    async def _is_full(self) -> bool:
        """Whether the server turns new connections away: it says so before it is asked, and hangs up."""
        try:
            reader, writer = await asyncio.open_unix_connection(self.lease.inside["socket"])
        except OSError:
            return False
        try:
            async with asyncio.timeout(TURNED_AWAY_S):
                return b"max number of clients" in await reader.readline()
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()

    def _full(self) -> CheckFailed:
        return failed(
            f"{self.name} takes no more connections: the program holds too many.",
            kind="limit",
            remark="Does the program close its connections, or use one client for all?",
        )


def _text(word: object) -> str:
    return word.decode("utf-8", "backslashreplace") if isinstance(word, bytes) else str(word)
