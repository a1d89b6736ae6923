"""Your shop. So far it knows no path: every request is answered with 404."""

import os

from flask import Flask
from waitress import serve

DATABASE_URL = os.environ["DATABASE_URL"]  # the tables of given/schema.sql are there; psycopg can speak to them

app = Flask(__name__)

# Your turn: `firsthand brief crud` tells what POST /products has to do.

if __name__ == "__main__":
    serve(app, host="127.0.0.1", port=int(os.environ["PORT"]), threads=16)
