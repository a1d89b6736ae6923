"""The shop: which request goes where, and what is answered."""

import json
import os
from typing import Any

import orders
import products
import psycopg
from fields import MEMBERS, columns_of
from flask import Flask, Response, request
from problems import ProblemError
from waitress import serve
from werkzeug.exceptions import HTTPException

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"

app = Flask(__name__)


@app.get("/products")
def list_products() -> Response:
    items, following = products.page(request.args.to_dict())
    reply = _json({"items": items})
    if following:
        reply.headers["Link"] = f'</products?{following}>; rel="next"'
    return reply


@app.post("/products")
def create_product() -> Response:
    row = products.create(columns_of(_content(JSON)))
    return _product(row, 201, {"Location": f"/products/{row['id']}"})


@app.get("/products/<int(max=2147483647):product_id>")
def show_product(product_id: int) -> Response:
    return _product(products.find(product_id)).make_conditional(request)


@app.put("/products/<int(max=2147483647):product_id>")
def replace_product(product_id: int) -> Response:
    columns = columns_of(_content(JSON))
    return _product(products.change(product_id, columns, _tags(needed=True)))


@app.patch("/products/<int(max=2147483647):product_id>")
def edit_product(product_id: int) -> Response:
    content = _content(MERGE_PATCH)
    columns = columns_of(content, [member for member in MEMBERS if member in content])
    return _product(products.change(product_id, columns, _tags(needed=True)))


@app.delete("/products/<int(max=2147483647):product_id>")
def delete_product(product_id: int) -> Response:
    products.delete(product_id, _tags(needed=False))
    return Response(status=204)


@app.post("/orders")
def place_order() -> Response:
    order = orders.place(*orders.read(_content(JSON)))
    return _json(orders.find(order), 201, {"Location": f"/orders/{order}"})


@app.get("/orders/<int(max=2147483647):order_id>")
def show_order(order_id: int) -> Response:
    return _json(orders.find(order_id))


def _content(media_type: str) -> dict[str, Any]:
    if request.mimetype != media_type:
        accept = {"Accept-Patch": media_type} if request.method == "PATCH" else None
        raise ProblemError(415, f"The body has to be {media_type}.", headers=accept)
    try:
        content = json.loads(request.get_data())
    except ValueError as error:
        raise ProblemError(400, f"The body is not JSON: {error}.") from None
    if not isinstance(content, dict):
        raise ProblemError(400, "The body has to be a JSON object.")
    return content


def _tags(*, needed: bool) -> list[str] | None:
    """The versions that If-Match allows; None stands for all of them."""
    if "If-Match" not in request.headers:
        if needed:
            raise ProblemError(428, "Say in If-Match which version you want to change.")
        return None
    allowed = request.if_match
    return None if allowed.star_tag else list(allowed.as_set(include_weak=False))


def _product(row: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    reply = _json(products.shown(row), status, headers)
    reply.set_etag(str(row["version"]))
    return reply


def _json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(content), status, headers, content_type=JSON)


@app.errorhandler(ProblemError)
def _problem(problem: ProblemError) -> Response:
    return problem.response()


@app.errorhandler(HTTPException)
def _http_error(error: HTTPException) -> Response:
    """What Flask itself refuses, such as unknown paths and wrong methods."""
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return ProblemError(error.code or 500, error.description or "", headers=headers).response()


@app.errorhandler(psycopg.OperationalError)
def _database_gone(error: psycopg.OperationalError) -> Response:
    app.logger.warning("database: %s", error)
    return ProblemError(503, "The database cannot be reached at the moment.", headers={"Retry-After": "1"}).response()


if __name__ == "__main__":
    serve(app, host="127.0.0.1", port=int(os.environ["PORT"]), threads=16)
