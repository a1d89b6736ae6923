"""Your worker. So far it waits for nothing."""

import os
import threading

AMQP_URL = os.environ["AMQP_URL"]  # where RabbitMQ is, with user and password
PRINTER = os.environ["BACKEND_PRINTER"]  # where the printer is, as host:port

print("nothing to do", flush=True)

# Your turn: `firsthand brief consume-and-ack` tells where jobs are, and what to do with them.
threading.Event().wait()
