"""What checks ask the wire: every door's statements, commands, messages and requests so far, as they were meant."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from firsthand.bench.conversations.questions import Questions, Span
from firsthand.bench.doors.door import Door
from firsthand.bench.wire import Recorder
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import ContentError
from firsthand.core.limits import QUIET_S

if TYPE_CHECKING:
    from firsthand.bench.conversations.dns import NameServer
    from firsthand.bench.conversations.http import HttpPeer
    from firsthand.bench.conversations.rabbit import Rabbit
    from firsthand.bench.conversations.redis import Redis
    from firsthand.bench.conversations.sql import Sql

__all__ = ["REPLICA", "Questions", "Span", "Wire"]

REPLICA = "replica"
"""The door before a server that follows another is called so after it: `postgres.replica`."""

Q = TypeVar("Q", bound=Questions)


class Wire:
    """All doors of a run. `wire.postgres.statements(since=mark)` and the like tell what has passed until now."""

    def __init__(self, recorder: Recorder) -> None:
        """`recorder` is the run's: its clock is the wire's."""
        self._recorder = recorder
        self._doors: dict[str, Door] = {}

    def add(self, door: Door) -> None:
        """One more door, known by its name."""
        self._doors[door.name] = door

    def mark(self) -> float:
        """Now, for `since`: seconds since the run began."""
        return self._recorder.clock()

    async def until(self, condition: Callable[[], bool], deadline: Deadline) -> bool:
        """Whether `condition`, which asks the wire, came true before the deadline."""

        async def asked() -> bool:
            return condition()

        return await until(asked, deadline)

    async def quiet(self, deadline: Deadline, for_s: float = QUIET_S) -> bool:
        """Whether nothing passed any door for this time, before the deadline: what was to be said has been said."""

        def is_quiet() -> bool:
            last_at = max((heard.last_at for door in self._doors.values() for heard in door.heard), default=began)
            return self.mark() - max(last_at, began) >= for_s

        began = self.mark()
        return await self.until(is_quiet, deadline)

    @property
    def postgres(self) -> "Sql":
        """What the program said to PostgreSQL."""
        from firsthand.bench.conversations.sql import Sql

        return self._ask("postgres", Sql)

    @property
    def replica(self) -> "Sql":
        """What the program said to the server that follows PostgreSQL's first, by DATABASE_REPLICA_URL."""
        from firsthand.bench.conversations.sql import Sql

        return self._ask(f"postgres.{REPLICA}", Sql)

    @property
    def mariadb(self) -> "Questions":
        """When the program connected to MariaDB; what it says there is not read."""
        return self._ask("mariadb", Questions)

    @property
    def redis(self) -> "Redis":
        """What the program said to Redis."""
        from firsthand.bench.conversations.redis import Redis

        return self._ask("redis", Redis)

    @property
    def rabbitmq(self) -> "Rabbit":
        """What the program and RabbitMQ said to each other."""
        from firsthand.bench.conversations.rabbit import Rabbit

        return self._ask("rabbitmq", Rabbit)

    @property
    def nginx(self) -> "HttpPeer":
        """What nginx was asked."""
        return self.peer("nginx")

    @property
    def dns(self) -> "NameServer":
        """What the name servers were asked, all of them together."""
        from firsthand.bench.conversations.dns import NameServer

        found = [door for door in self._doors.values() if door.protocol == "dns"]
        return NameServer(*found) if found else self._ask("dns", NameServer)

    def peer(self, name: str) -> "HttpPeer":
        """What was said to this peer."""
        from firsthand.bench.conversations.http import HttpPeer

        return self._ask(name, HttpPeer)

    def door(self, name: str) -> Door:
        """The door before this server or peer.

        Raises:
            ContentError: the lab has none of this name.
        """
        if name not in self._doors:
            known = ", ".join(sorted(self._doors)) or "none"
            raise ContentError(f'The lab has no server or peer "{name}" whose wire could be asked.', advice=known)
        return self._doors[name]

    def _ask(self, name: str, questions: type[Q]) -> Q:
        return questions(self.door(name))
