"""Your web process. So far it takes no jobs."""

import os

from flask import Flask
from waitress import serve

AMQP_URL = os.environ["AMQP_URL"]  # where RabbitMQ is, with user and password

app = Flask(__name__)

# Your turn: `firsthand brief consume-and-ack` tells what POST /jobs does with a job.

if __name__ == "__main__":
    serve(app, host="127.0.0.1", port=int(os.environ["PORT"]))
