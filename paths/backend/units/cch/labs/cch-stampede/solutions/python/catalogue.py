"""Reads products through the cache, and writes them past it."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cache
import database

Product = dict[str, Any]

PATIENCE_S = 2.5
WAIT_S = 0.1

_refreshers = ThreadPoolExecutor(max_workers=4)


class BusyError(Exception):
    """Somebody else asks the database, and gets no answer."""


def read(product_id: int) -> Product | None:
    """The product, from Redis if it is there; of many who miss it, one asks the database, and the others wait."""
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        try:
            product, lease = cache.look(product_id)
        except cache.UnavailableError:
            return database.find(product_id)
        if product and lease:
            _refreshers.submit(_load, product_id, lease)
        if product:
            return product
        if lease:
            return _load(product_id, lease)
        time.sleep(WAIT_S)
    raise BusyError


def change(product_id: int, changes: Product) -> Product | None:
    """Write to the database, then let the cache forget."""
    product = database.change(product_id, changes)
    cache.forget(product_id)
    return product


def delete(product_id: int) -> bool:
    """Whether there was such a product."""
    found = database.delete(product_id)
    cache.forget(product_id)
    return found


def _load(product_id: int, lease: str) -> Product | None:
    product = database.find(product_id)
    cache.fill(product_id, product, lease)
    return product
