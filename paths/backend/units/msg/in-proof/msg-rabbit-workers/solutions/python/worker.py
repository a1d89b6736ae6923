"""Takes jobs from a queue, one at a time, lets each be printed, and acknowledges it when that is done."""

import json
import os
import signal
import threading
from http.client import HTTPConnection

import broker
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

QUEUE = os.environ.get("QUEUE", broker.QUEUE)
BINDINGS = os.environ["BINDINGS"].split(",") if "BINDINGS" in os.environ else broker.BINDINGS
PRINT_S = 30
LOOK_S = 0.25
"""How soon an idle worker notices that it shall end."""
AGAIN_S = 0.2

ending = threading.Event()


def work() -> None:
    """Do jobs until the worker shall end, or until the connection is lost: then this raises AMQPError."""
    with broker.connect() as connection:
        channel = connection.channel()
        broker.declare(channel, QUEUE, BINDINGS)
        channel.basic_qos(prefetch_count=1)
        for delivery, _, body in channel.consume(QUEUE, inactivity_timeout=LOOK_S):
            if delivery:
                do(channel, json.loads(body))
                channel.basic_ack(delivery.delivery_tag)
            if ending.is_set():
                channel.cancel()  # what came meanwhile goes back to the queue
                return


def do(channel: BlockingChannel, job: dict[str, str]) -> None:
    """Let a job be printed, and tell all who want to know."""
    send_to_printer(job)
    channel.basic_publish(broker.PRINTED, "", json.dumps({"id": job["id"]}).encode())


def send_to_printer(job: dict[str, str]) -> None:
    """Return when the printer has printed it. Its key is the same at each attempt, so it prints each job once."""
    printer = HTTPConnection(os.environ["BACKEND_PRINTER"], timeout=PRINT_S)
    try:
        printer.request("POST", "/print", job["document"].encode(), {"Idempotency-Key": job["id"]})
        answer = printer.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"The printer says {answer.status}.")
    finally:
        printer.close()


def main() -> None:
    """Work, and begin again whenever the connection was lost."""
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    print(f"working for {QUEUE}", flush=True)
    while not ending.is_set():
        try:
            work()
        except AMQPError as error:
            print(f"no RabbitMQ: {error!r}", flush=True)
            ending.wait(AGAIN_S)


if __name__ == "__main__":
    main()
