"""Products: how they are shown, listed page by page, and changed."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import psycopg
from db import pool
from fields import cents_of_text, text, text_of_cents
from problems import DUPLICATE_SKU, ProblemError
from psycopg import errors, sql

ID_MAX = 2**31 - 1
LIMIT_MAX = 100
SORTS = {"id": "id", "name": "name", "price": "price_cents"}


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A product as clients see it."""
    plain = {member: row[member] for member in ("id", "sku", "name", "description", "category")}
    return {**plain, "price": text_of_cents(row["price_cents"]), "stock": row["stock"]}


def find(product_id: int) -> dict[str, Any]:
    with pool.connection() as db:
        row = db.execute("SELECT * FROM products WHERE id = %s", [product_id]).fetchone()
    if row is None:
        raise _missing(product_id)
    return row


def create(columns: Mapping[str, Any]) -> dict[str, Any]:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    values = sql.SQL(", ").join(map(sql.Placeholder, columns))
    statement = sql.SQL("INSERT INTO products ({}) VALUES ({}) RETURNING *").format(names, values)
    with pool.connection() as db, _unique_sku(columns):
        return db.execute(statement, columns).fetchone()


def change(product_id: int, columns: Mapping[str, Any], tags: list[str] | None) -> dict[str, Any]:
    """Write these columns if the product's version is among the tags; None stands for any version.

    The condition is a part of the UPDATE itself: nobody can come between the two.
    """
    changes = [sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(column)) for column in columns]
    statement = sql.SQL(
        "UPDATE products SET {} WHERE id = %(id)s AND (%(any)s OR version::text = ANY(%(tags)s)) RETURNING *"
    ).format(sql.SQL(", ").join([*changes, sql.SQL("version = version + 1")]))
    values = {**columns, "id": product_id, "any": tags is None, "tags": tags or []}
    with pool.connection() as db, _unique_sku(columns):
        row = db.execute(statement, values).fetchone()
        if row is None:
            raise _not_this_version(db, product_id)
    return row


def delete(product_id: int, tags: list[str] | None) -> None:
    statement = "DELETE FROM products WHERE id = %s AND (%s OR version::text = ANY(%s))"
    with pool.connection() as db:
        try:
            deleted = db.execute(statement, [product_id, tags is None, tags or []]).rowcount
        except errors.ForeignKeyViolation:
            raise ProblemError(409, "This product has been ordered, so it stays.") from None
        if not deleted:
            raise _not_this_version(db, product_id)


def page(wanted: Mapping[str, str]) -> tuple[list[dict[str, Any]], str]:
    """The products that this query asks for, and the query of the next page; "" after the last one."""
    query = _Query(wanted)
    descending = wanted.get("sort", "-id").startswith("-")
    sort = wanted.get("sort", "-id").removeprefix("-")
    if sort not in SORTS:
        query.refuse("sort", f"is one of {', '.join(SORTS)}, or one of them after a minus sign")
    limit = query.read("limit", _limit) or 20
    conditions, values = query.conditions()
    column = SORTS.get(sort, "id")
    cursor = query.read("cursor", lambda given: _position(given, column))
    query.stop_if_refused()

    if cursor:
        conditions.append(f"({column}, id) {'<' if descending else '>'} (%s, %s)")
        values += cursor
    direction = "DESC" if descending else "ASC"
    statement = f"""
        SELECT * FROM products WHERE {" AND ".join(conditions) or "true"}
        ORDER BY {column} {direction}, id {direction} LIMIT %s"""
    with pool.connection() as db:
        rows = db.execute(statement, [*values, limit + 1]).fetchall()  # one more tells whether there is a next page
    if len(rows) <= limit:
        return [shown(row) for row in rows], ""
    last = rows[limit - 1]
    following = urlencode({**wanted, "cursor": _cursor(column, last)})
    return [shown(row) for row in rows[:limit]], following


class _Query:
    """Reads a query's parameters, and collects what is wrong with them."""

    def __init__(self, wanted: Mapping[str, str]) -> None:
        self._wanted = wanted
        self._errors: list[dict[str, str]] = []
        for parameter in wanted.keys() - {"sort", "limit", "cursor"} - _FILTERS.keys():
            self.refuse(parameter, "is not a parameter of this list")

    def refuse(self, parameter: str, detail: str) -> None:
        self._errors.append({"parameter": parameter, "detail": detail})

    def read(self, parameter: str, reader: Any) -> Any:
        if parameter not in self._wanted:
            return None
        try:
            return reader(self._wanted[parameter])
        except ValueError as error:
            self.refuse(parameter, str(error))
            return None

    def conditions(self) -> tuple[list[str], list[Any]]:
        given = [(condition, self.read(name, read)) for name, (condition, read) in _FILTERS.items()]
        there = [(condition, value) for condition, value in given if value is not None]
        return [condition for condition, _ in there], [value for _, value in there]

    def stop_if_refused(self) -> None:
        if self._errors:
            raise ProblemError(400, "This query cannot be answered.", errors=self._errors)


def _true_or_false(given: str) -> bool:
    if given not in ("true", "false"):
        raise ValueError("is true or false")
    return given == "true"


_FILTERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "category": ("category = %s", lambda given: text(given, 200)),
    "min_price": ("price_cents >= %s", cents_of_text),
    "max_price": ("price_cents <= %s", cents_of_text),
    "in_stock": ("(stock > 0) = %s", _true_or_false),
    "q": ("strpos(lower(name), lower(%s)) > 0", lambda given: text(given, 200)),
}
"""Per parameter its condition, and what makes the condition's value of what was given."""


def _limit(given: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) <= 3 and 1 <= int(given) <= LIMIT_MAX):
        raise ValueError(f"is a whole number from 1 to {LIMIT_MAX}")
    return int(given)


def _cursor(column: str, row: Mapping[str, Any]) -> str:
    """Where a page ended: the value that it is sorted by, and the id, since several may have that value."""
    return base64.urlsafe_b64encode(json.dumps([column, row[column], row["id"]]).encode()).decode()


def _position(cursor: str, column: str) -> list[Any]:
    try:
        of, value, last_id = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (ValueError, TypeError):
        raise ValueError("is not one that this list has given") from None
    kind = str if column == "name" else int
    if of != column or type(value) is not kind or type(last_id) is not int or not 0 < last_id <= ID_MAX:
        raise ValueError("belongs to another list")
    return [value, last_id]


@contextmanager
def _unique_sku(columns: Mapping[str, Any]) -> Iterator[None]:
    """Turns the database's refusal into the problem that it is, whoever else came first."""
    try:
        yield
    except errors.UniqueViolation:
        taken = {"pointer": "#/sku", "detail": "is taken"}
        raise ProblemError(409, f"There is a product {columns['sku']}.", kind=DUPLICATE_SKU, errors=[taken]) from None


def _not_this_version(db: psycopg.Connection, product_id: int) -> ProblemError:
    if db.execute("SELECT FROM products WHERE id = %s", [product_id]).fetchone() is None:
        return _missing(product_id)
    return ProblemError(412, "The product has changed since you read it: read it again.")


def _missing(product_id: int) -> ProblemError:
    return ProblemError(404, f"There is no product {product_id}.")
