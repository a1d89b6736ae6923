"""The products in Redis, each under `product:ID`, and who may ask the database for one, under `lease:ID`.

A lease does two jobs, as in "Scaling Memcache at Facebook" (NSDI 2013, 3.2.1). Only one reader gets it, so only one
asks the database. And a write takes it away, so that what this reader has read before the write is not kept after it.
"""

import json
import os
import random
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

T = TypeVar("T")

LIFE_S = (30, 60)
REFRESH_S = 10
LEASE_S = 2
TIMEOUT_S = 1.0
"""Far more than a good answer takes: with less, a busy moment would count as an outage."""
PAUSE_S = 1.0
"""How long we leave Redis alone after it has failed: else each request would wait for a timeout of its own."""
MAKE_UP_S = 0.25

client = redis.Redis.from_url(
    os.environ["REDIS_URL"],
    socket_timeout=TIMEOUT_S,
    socket_connect_timeout=TIMEOUT_S,
    retry=Retry(NoBackoff(), 1, (redis.ConnectionError,)),  # one that broke while it was idle is replaced at once
)

# What Redis does in one script, nobody comes between. KEYS: the product and its lease.
_look = client.register_script("""
    local product = redis.call('GET', KEYS[1])
    if product and redis.call('PTTL', KEYS[1]) > tonumber(ARGV[2]) then return {product, 0} end
    local mine = redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[3])
    return {product, mine and 1 or 0}
""")
_fill = client.register_script("""
    if redis.call('GET', KEYS[2]) ~= ARGV[1] then return end
    redis.call('DEL', KEYS[2])
    if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
""")

_missed: set[int] = set()
"""Products that were written while Redis could not be told."""


class _Rest:
    """Until when Redis is left alone."""

    until = 0.0


class UnavailableError(Exception):
    """Redis cannot be asked now, or what it knows of this product is not to be trusted."""


def look(product_id: int) -> tuple[dict[str, Any] | None, str]:
    """The product if it is there, and a lease for whoever has to ask the database: "" for all the others."""
    if product_id in _missed:
        raise UnavailableError
    token = secrets.token_hex(8)
    arguments = [token, REFRESH_S * 1000, LEASE_S * 1000]
    product, mine = _asked(lambda: _look(_keys(product_id), arguments))
    return json.loads(product) if product else None, token if mine else ""


def fill(product_id: int, product: dict[str, Any] | None, lease: str) -> None:
    """Keep what the holder of the lease has read, unless somebody has written since; nothing where there is none."""
    content = json.dumps(product) if product else ""
    life_ms = random.randint(LIFE_S[0] * 1000, LIFE_S[1] * 1000)
    with suppress(UnavailableError):  # then the next reader asks the database again
        _asked(lambda: _fill(_keys(product_id), [lease, content, life_ms]))


def forget(product_id: int) -> None:
    """The product was written: drop it, and the lease of whoever is reading it."""
    try:
        client.delete(*_keys(product_id))
    except redis.RedisError:
        _missed.add(product_id)


def _asked(question: Callable[[], T]) -> T:
    if time.monotonic() < _Rest.until:
        raise UnavailableError
    try:
        return question()
    except redis.RedisError as error:
        _Rest.until = time.monotonic() + PAUSE_S
        raise UnavailableError from error


def _keys(product_id: int) -> list[str]:
    return [f"product:{product_id}", f"lease:{product_id}"]


def _make_up() -> None:
    while True:
        time.sleep(MAKE_UP_S)
        for product_id in list(_missed):
            _missed.discard(product_id)
            forget(product_id)


threading.Thread(target=_make_up, daemon=True).start()
