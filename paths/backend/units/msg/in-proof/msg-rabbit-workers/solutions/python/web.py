"""Takes jobs over HTTP, and publishes them. It answers 202 when RabbitMQ has promised to keep the job."""

import json
import os
import threading
import uuid

import broker
from flask import Flask, request
from pika import BasicProperties, DeliveryMode
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError
from waitress import serve

ATTEMPTS = 2
"""The first one may find that the connection broke while nobody looked; the second one has a new connection."""

app = Flask(__name__)


class Publisher:
    """One channel for all threads: they publish in turn, because a connection of pika belongs to one at a time."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._channel: BlockingChannel | None = None

    def publish(self, key: str, body: bytes) -> None:
        """Return when RabbitMQ has confirmed that the message lies in a queue; raise AMQPError otherwise."""
        with self._turn:
            for left in reversed(range(ATTEMPTS)):
                try:
                    self._publish(key, body)
                    return
                except AMQPError:
                    self._forget()
                    if not left:
                        raise

    def _publish(self, key: str, body: bytes) -> None:
        if self._channel is None:
            self._channel = broker.connect().channel()
            self._channel.confirm_delivery()  # from now on basic_publish waits for the confirm
            broker.declare(self._channel)
        properties = BasicProperties(content_type="application/json", delivery_mode=DeliveryMode.Persistent)
        self._channel.basic_publish(broker.JOBS, key, body, properties, mandatory=True)

    def _forget(self) -> None:
        channel, self._channel = self._channel, None
        if channel and channel.connection.is_open:
            channel.connection.close()


publisher = Publisher()


@app.post("/jobs")
def take_job() -> tuple[dict[str, str], int]:
    job = {"id": str(uuid.uuid4()), **{member: request.json[member] for member in ("kind", "region", "document")}}
    try:
        publisher.publish(f"job.{job['kind']}.{job['region']}", json.dumps(job).encode())
    except AMQPError as error:
        app.logger.warning("not published: %r", error)
        return {"error": "Jobs cannot be taken now. Try again."}, 503
    return {"id": job["id"]}, 202


if __name__ == "__main__":
    serve(app, host="127.0.0.1", port=int(os.environ["PORT"]))
