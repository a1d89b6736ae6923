"""What web and workers share: the connection, and what must be there before anything is published or consumed."""

import os
from collections.abc import Sequence

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPConnectionError

JOBS = "jobs"
PRINTED = "printed"
QUEUE = "print"
BINDINGS = ("job.#",)
TIMEOUT_S = 1.5


def connect() -> pika.BlockingConnection:
    """A connection to RabbitMQ, or an AMQPError soon."""
    parameters = pika.URLParameters(os.environ["AMQP_URL"])
    parameters.socket_timeout = parameters.stack_timeout = TIMEOUT_S
    try:
        return pika.BlockingConnection(parameters)
    except (AMQPConnectorException, OSError) as error:  # some of what can go wrong comes out of pika as it is
        raise AMQPConnectionError(repr(error)) from error


def declare(channel: BlockingChannel, queue: str = QUEUE, bindings: Sequence[str] = BINDINGS) -> None:
    """Make exchanges and queue, or find them made: whoever comes first does it, so the order of starts is free."""
    channel.exchange_declare(JOBS, "topic", durable=True)
    channel.exchange_declare(PRINTED, "fanout", durable=True)
    channel.queue_declare(queue, durable=True)
    for binding in bindings:
        channel.queue_bind(queue, JOBS, binding)
