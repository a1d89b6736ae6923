"""What clients may send: each member of a product is checked here, and money is counted in cents."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from problems import invalid

SKU = re.compile(r"[A-Z0-9-]{1,40}")
CATEGORY = re.compile(r"[a-z0-9-]{1,40}")
PRICE = re.compile(r"(0|[1-9][0-9]{0,4})\.[0-9]{2}")
STOCK_MAX = 1_000_000


def text_of_cents(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def cents_of_text(price: Any) -> int:
    if not (isinstance(price, str) and PRICE.fullmatch(price)):
        raise ValueError('must be text such as "12.50", from "0.00" to "99999.99"')
    return int(price.replace(".", ""))


def whole_number(value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"must be a whole number from {low} to {high}")
    return value


def text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError(f"must be text of at most {longest} characters")
    if "\0" in value:
        raise ValueError("must not contain U+0000: the database cannot keep it")
    return value


def name(value: Any, longest: int) -> str:
    if not text(value, longest).strip():
        raise ValueError("must be more than white space")
    return value


def _description(value: Any) -> str | None:
    return None if value is None else text(value, 2000)


def _sku(value: Any) -> str:
    if not (isinstance(value, str) and SKU.fullmatch(value)):
        raise ValueError("must be 1 to 40 of the characters A to Z, 0 to 9 and -")
    return value


def category(value: Any) -> str:
    if not (isinstance(value, str) and CATEGORY.fullmatch(value)):
        raise ValueError("must be 1 to 40 of the characters a to z, 0 to 9 and -")
    return value


MEMBERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "sku": ("sku", _sku),
    "name": ("name", lambda value: name(value, 200)),
    "description": ("description", _description),
    "category": ("category", category),
    "price": ("price_cents", cents_of_text),
    "stock": ("stock", lambda value: whole_number(value, 0, STOCK_MAX)),
}
"""Per member its column, and what makes the column's value of it."""


def columns_of(content: dict[str, Any], members: Iterable[str] = MEMBERS) -> dict[str, Any]:
    """The columns' values for these members; one that is missing counts as null."""
    columns, errors = {}, []
    for member in members:
        column, read = MEMBERS[member]
        try:
            columns[column] = read(content.get(member))
        except ValueError as error:
            errors.append({"pointer": f"#/{member}", "detail": str(error)})
    if errors:
        raise invalid(errors)
    return columns
