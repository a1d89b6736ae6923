"""Ada's ticket shop, with Flask: which request goes where, and what is answered."""

import json
import os
import re
import secrets
import traceback
from typing import Any

import orders
from concerts import CONCERTS
from flask import Flask, Response, abort, g, jsonify, request
from waitress import serve
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 100_000


class Number(BaseConverter):
    """A hole for a number that is written in one way only: no 0 in front, digits 0 to 9."""

    regex = "[1-9][0-9]{0,8}"


class Id(BaseConverter):
    """A hole for the id of an order."""

    regex = "[A-Za-z0-9-]{1,64}"


app.url_map.converters.update(number=Number, id=Id)


# Once around everything.


@app.before_request
def begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.id = given if re.fullmatch(r"[A-Za-z0-9-]{1,64}", given) else secrets.token_hex(8)


@app.after_request
def end(reply: Response) -> Response:
    reply.headers["X-Request-Id"] = g.id
    write(method=request.method, path=request.path, status=reply.status_code)
    return reply


@app.errorhandler(HTTPException)
def refused(error: HTTPException) -> Response:
    reply = error.get_response()  # keeps headers such as Allow
    return problem(reply, title=error.name, status=error.code)


@app.errorhandler(Exception)
def failed(_error: Exception) -> Response:
    write(error=traceback.format_exc())
    return problem(Response(status=500), title="Something went wrong on our side.", status=500)


def problem(reply: Response, **members: Any) -> Response:
    reply.data = json.dumps({**members, "id": g.id})
    reply.content_type = "application/problem+json"
    return reply


def write(**what: Any) -> None:
    print(json.dumps({"id": g.id, **what}), flush=True)


# The routes.


@app.get("/hello")
def hello() -> Response:
    return text("Hello!")


@app.get("/hello/<name>")
def hello_you(name: str) -> Response:
    return text(f"Hello, {name}!")


@app.get("/concerts")
def list_concerts() -> Response:
    genre = request.args.get("genre")
    return jsonify([concert for concert in CONCERTS.values() if genre is None or concert["genre"] == genre])


@app.get("/concerts/<number:number>")
def show_concert(number: str) -> Response:
    return jsonify(CONCERTS.get(int(number)) or abort(404))


@app.post("/orders")
def add_order() -> Response:
    order, wrong = orders.read(request.get_json())
    if wrong:
        return problem(Response(status=422), title="This order cannot be taken.", status=422, errors=wrong)
    reply = jsonify(orders.keep(order))
    reply.status_code = 201
    reply.headers["Location"] = f"/orders/{order['id']}"
    return reply


@app.get("/orders/<id:order_id>")
def show_order(order_id: str) -> Response:
    return jsonify(orders.find(order_id) or abort(404))


@app.delete("/orders/<id:order_id>")
def delete_order(order_id: str) -> Response:
    if not orders.remove(order_id):
        abort(404)
    return Response(status=204)


@app.get("/breaks")
def breaks() -> Response:
    raise RuntimeError(request.args.get("because", ""))


def text(content: str) -> Response:
    return Response(content, content_type="text/plain; charset=utf-8")


if __name__ == "__main__":
    serve(app, host="127.0.0.1", port=int(os.environ["PORT"]))
