"""The shop's products over HTTP. So far the shop does not know how to show one."""

import os

from flask import Flask, Response
from waitress import serve

DATABASE_URL = os.environ["DATABASE_URL"]  # PostgreSQL; psycopg and psycopg_pool speak to it
REDIS_URL = os.environ["REDIS_URL"]  # Redis; the package redis speaks to it

app = Flask(__name__)


@app.get("/products/<int:product_id>")
def show(product_id: int) -> Response:
    # Your turn: `firsthand brief aside` tells where a product is looked for first.
    return Response(f"Product {product_id} cannot be shown yet.\n", 501, content_type="text/plain")


if __name__ == "__main__":
    # Five hundred clients may come at once: these wait in line until one of the threads is free.
    serve(app, host="127.0.0.1", port=int(os.environ["PORT"]), threads=16, backlog=1024, connection_limit=1000)
