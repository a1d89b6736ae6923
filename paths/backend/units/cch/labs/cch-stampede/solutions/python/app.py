"""The shop's products over HTTP."""

import os
from typing import Any

import catalogue
import psycopg
from flask import Flask, Response, abort, jsonify, request
from waitress import serve

THREADS = 16

app = Flask(__name__)


@app.get("/products/<int:product_id>")
def show(product_id: int) -> Response:
    return _found(catalogue.read(product_id))


@app.put("/products/<int:product_id>")
@app.patch("/products/<int:product_id>")
def change(product_id: int) -> Response:
    return _found(catalogue.change(product_id, request.get_json()))


@app.delete("/products/<int:product_id>")
def delete(product_id: int) -> Response:
    if not catalogue.delete(product_id):
        abort(404)
    return Response(status=204)


@app.errorhandler(psycopg.OperationalError)
@app.errorhandler(catalogue.BusyError)
def _come_later(error: Exception) -> Response:
    app.logger.warning("no answer from the database: %r", error)
    return Response(status=503, headers={"Retry-After": "1"})


def _found(product: dict[str, Any] | None) -> Response:
    if product is None:
        abort(404)
    return jsonify(product)


if __name__ == "__main__":
    serve(app, host="127.0.0.1", port=int(os.environ["PORT"]), threads=THREADS, backlog=1024, connection_limit=1000)
