"""Orders: all of their lines or nothing."""

from collections import Counter
from typing import Any

from db import pool
from fields import name, text_of_cents, whole_number
from problems import INVALID, OUT_OF_STOCK, ProblemError, invalid
from products import ID_MAX

LINES_MAX = 50
QUANTITY_MAX = 1000


def read(content: dict[str, Any]) -> tuple[str, list[tuple[int, int]]]:
    """The customer, and a product's id and a quantity per line."""
    errors = []

    def checked(pointer: str, read_value: Any, value: Any, *bounds: int) -> Any:
        try:
            return read_value(value, *bounds)
        except ValueError as error:
            errors.append({"pointer": pointer, "detail": str(error)})

    customer = checked("#/customer", name, content.get("customer"), 100)
    lines = content.get("lines")
    if not isinstance(lines, list) or not 1 <= len(lines) <= LINES_MAX:
        raise invalid([*errors, {"pointer": "#/lines", "detail": f"must be a list of 1 to {LINES_MAX} lines"}])
    found = []
    for number, line in enumerate(lines):
        if not isinstance(line, dict):
            errors.append({"pointer": f"#/lines/{number}", "detail": "must be an object"})
            continue
        product = checked(f"#/lines/{number}/product", whole_number, line.get("product"), 1, ID_MAX)
        quantity = checked(f"#/lines/{number}/quantity", whole_number, line.get("quantity"), 1, QUANTITY_MAX)
        found.append((product, quantity))
    if errors:
        raise invalid(errors)
    return customer, found


def place(customer: str, lines: list[tuple[int, int]]) -> int:
    """Take all of it from the stock and write the order down, in one transaction; returns the order's id."""
    wanted: Counter[int] = Counter()
    for product, quantity in lines:
        wanted[product] += quantity
    with pool.connection() as db, db.transaction():
        # Everybody locks in the order of ids, so that no two orders can wait for each other.
        rows = db.execute("SELECT * FROM products WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(wanted)])
        products = {row["id"]: row for row in rows}
        _refuse(lines, "product", [p for p in wanted if p not in products], "there is no such product")
        short = [p for p in wanted if products[p]["stock"] < wanted[p]]
        _refuse(lines, "quantity", short, "is more than there is", status=409, kind=OUT_OF_STOCK)

        for product in wanted:
            db.execute(
                "UPDATE products SET stock = stock - %s, version = version + 1 WHERE id = %s",
                [wanted[product], product],
            )
        total = sum(quantity * products[product]["price_cents"] for product, quantity in lines)
        order = db.execute(
            "INSERT INTO orders (customer, total_cents) VALUES (%s, %s) RETURNING id", [customer, total]
        ).fetchone()["id"]
        for number, (product, quantity) in enumerate(lines, 1):
            db.execute(
                "INSERT INTO order_lines (order_id, line, product_id, quantity, price_cents)"
                " VALUES (%s, %s, %s, %s, %s)",
                [order, number, product, quantity, products[product]["price_cents"]],
            )
    return order


def find(order_id: int) -> dict[str, Any]:
    """An order as clients see it."""
    with pool.connection() as db:
        order = db.execute("SELECT * FROM orders WHERE id = %s", [order_id]).fetchone()
        lines = db.execute("SELECT * FROM order_lines WHERE order_id = %s ORDER BY line", [order_id]).fetchall()
    if order is None:
        raise ProblemError(404, f"There is no order {order_id}.")
    return {
        "id": order_id,
        "customer": order["customer"],
        "total": text_of_cents(order["total_cents"]),
        "lines": [
            {
                "product": line["product_id"],
                "quantity": line["quantity"],
                "price": text_of_cents(line["price_cents"]),
            }
            for line in lines
        ],
    }


def _refuse(
    lines: list[tuple[int, int]], member: str, products: list[int], why: str, *, status: int = 422, kind: str = INVALID
) -> None:
    """End it, naming the lines of these products, if there are any."""
    errors = [
        {"pointer": f"#/lines/{number}/{member}", "detail": why}
        for number, (product, _) in enumerate(lines)
        if product in products
    ]
    if errors:
        raise ProblemError(status, "This order cannot be taken.", kind=kind, errors=errors)
