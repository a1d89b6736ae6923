"""The products in PostgreSQL."""

import os
from typing import Any

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

MEMBERS = ("name", "price_cents", "stock")

# However many requests come, the database has so many of ours at a time. The others wait here, where it costs nothing.
pool = ConnectionPool(
    os.environ["DATABASE_URL"],
    min_size=1,
    max_size=8,
    timeout=2.5,
    check=ConnectionPool.check_connection,  # one that broke meanwhile is replaced before anybody uses it
    kwargs={"row_factory": dict_row, "autocommit": True},
)


def find(product_id: int) -> dict[str, Any] | None:
    """The product as it is now."""
    return _one("SELECT id, name, price_cents, stock, version FROM products WHERE id = %s", (product_id,))


def change(product_id: int, changes: dict[str, Any]) -> dict[str, Any] | None:
    """Write what is given, leave the rest; returns the product as it is then. The write is committed on return."""
    return _one(
        "UPDATE products SET name = coalesce(%s, name), price_cents = coalesce(%s, price_cents),"
        " stock = coalesce(%s, stock) WHERE id = %s RETURNING id, name, price_cents, stock, version",
        (*(changes.get(member) for member in MEMBERS), product_id),
    )


def delete(product_id: int) -> bool:
    """Whether there was such a product. It is gone on return."""
    return _one("DELETE FROM products WHERE id = %s RETURNING id", (product_id,)) is not None


def _one(sql: str, parameters: tuple[Any, ...]) -> dict[str, Any] | None:
    with pool.connection() as connection:
        return connection.execute(sql, parameters).fetchone()
