"""Questions to RabbitMQ about messages, consumers and what they said."""

import math
from fnmatch import fnmatchcase

from firsthand.bench.conversations.questions import Questions, Span
from firsthand.bench.decoders.amqp_exchanges import Call, Delivery, Publish


class Rabbit(Questions):
    """Questions to RabbitMQ. What is not confirmed, acknowledged or answered yet is among what was asked for."""

    def published(
        self, routing_key: str = "*", *, since: float = 0.0, until: float = math.inf, during: Span | None = None
    ) -> list[Publish]:
        """The messages that the program published, `*` for anything in the routing key."""
        found = self._between(Publish, since, until, during)
        return [one for one in found if fnmatchcase(one.routing_key, routing_key)]

    def delivered(
        self, queue: str = "*", *, since: float = 0.0, until: float = math.inf, during: Span | None = None
    ) -> list[Delivery]:
        """The messages that the program got from these queues, with what it did with each so far: `settled`."""
        return [one for one in self._between(Delivery, since, until, during) if fnmatchcase(one.queue, queue)]

    def acked(self, queue: str = "*", *, since: float = 0.0, until: float = math.inf) -> list[Delivery]:
        """The deliveries that the program acknowledged in this time, whenever they came."""
        found = [one for one in self.delivered(queue) if one.settled == "ack" and since <= one.ended <= until]
        return sorted(found, key=lambda one: one.ended)

    def methods(
        self, name: str = "", *, since: float = 0.0, until: float = math.inf, during: Span | None = None
    ) -> list[Call]:
        """The methods that were called, such as `basic.qos` and `queue.declare`; `arguments` has what they said."""
        return [one for one in self._between(Call, since, until, during) if name in ("", one.method)]
