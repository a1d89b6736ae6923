"""What the stages of api-shop share: products to send, to put into the database and to expect; problems and links."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from firsthand.core.deadlines import ticks
from firsthand.lab import Connection, Deadline, Http, Postgres, Reply, Rng, expect, fail

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
PROBLEM = "application/problem+json"

PRODUCTS = "/products"
ORDERS = "/orders"
INVALID = "/problems/invalid"
DUPLICATE_SKU = "/problems/duplicate-sku"
OUT_OF_STOCK = "/problems/out-of-stock"

ANY_VERSION = [("If-Match", "*")]
ID_MAX = 2**31 - 1
MEMBERS = ("sku", "name", "description", "category", "price", "stock")

ADVERSE = (
    "O'Brien's \"best\" mug",
    "'; DROP TABLE products; --",
    "x' OR '1'='1",
    "50% off, {0} %s %(name)s $1 :name ?",
    "back\\slash and \\' and \\n",
    "<b>bold</b> & more",
    "null",
)

Client = Http | Connection
Json = Any


def price(cents: int) -> str:
    """Money as the API writes it: text with two decimals."""
    return f"{cents // 100}.{cents % 100:02}"


def plain_cents(rng: Rng) -> int:
    """A price that no way of counting gets wrong: money has a check of its own."""
    return rng.integer(1, 99_999) * 100 + rng.choice((25, 50, 75))


def sku(rng: Rng) -> str:
    """A new article number."""
    return f"{rng.token().upper()}-{rng.integer(0, 9999):04}"


def name(rng: Rng) -> str:
    """A name that nothing else has, of letters that need no care; odd ones have a check of their own."""
    return " ".join(rng.tokens(2))


def product(rng: Rng, **changes: Json) -> dict[str, Json]:
    """A product as a client sends it; a change of `...` leaves a member out."""
    whole = {
        "sku": sku(rng),
        "name": name(rng),
        "description": name(rng) if rng.chance(70) else None,
        "category": rng.token(),
        "price": price(plain_cents(rng)),
        "stock": rng.integer(1, 1_000_000),
        **changes,
    }
    return {member: value for member, value in whole.items() if value is not ...}


def encoded(rng: Rng, content: Json) -> bytes:
    """The content as JSON: members in any order, characters escaped or not, white space or none."""
    if isinstance(content, dict):
        members = list(content.items())
        rng.shuffle(members)
        content = dict(members)
    separators = rng.choice(((",", ":"), (", ", ": "), (" ,", " : ")))
    return json.dumps(content, ensure_ascii=rng.chance(50), separators=separators).encode()


async def send(
    client: Client,
    rng: Rng,
    method: str,
    target: str,
    content: Json,
    *,
    headers: Sequence[tuple[str, str]] = (),
    media_type: str = "",
) -> Reply:
    """A request with a body of JSON; PATCH sends a merge patch unless told."""
    media_type = media_type or (MERGE_PATCH if method == "PATCH" else JSON)
    return await client.request(
        method, target, headers=[("Content-Type", media_type), *headers], body=encoded(rng, content)
    )


async def created(client: Client, rng: Rng, **changes: Json) -> tuple[str, dict[str, Json]]:
    """Create a product by the API; returns where it is, and what was answered."""
    reply = await send(client, rng, "POST", PRODUCTS, product(rng, **changes))
    expect(reply.status, "status of POST /products").equals(201)
    return location(reply), shown(reply)


def location(reply: Reply) -> str:
    """The path that the reply's Location leads to; it may be a whole address or a part of one."""
    value = reply.headers.get("Location")
    if not value:
        fail(
            "The reply has no Location.", expected="Location: /products/{id}", hint="A 201 says where the new thing is."
        )
    parts = urlsplit(value)
    return parts.path or "/"


def media_type(reply: Reply) -> str:
    """The reply's Content-Type without its parameters."""
    return (reply.headers.get("Content-Type") or "").partition(";")[0].strip().lower()


def content_of(reply: Reply, what: str = "the body") -> dict[str, Json]:
    """The object that the reply's body is, as JSON."""
    try:
        content = json.loads(reply.body)
    except ValueError:
        fail(
            f"{what[:1].upper()}{what[1:]} is not JSON.",
            expected="a JSON object",
            got=reply.body[:200].decode("utf-8", "replace"),
        )
    if not isinstance(content, dict):
        fail(f"{what[:1].upper()}{what[1:]} is not a JSON object.", expected="{...}", got=json.dumps(content)[:200])
    return content


def shown(reply: Reply) -> dict[str, Json]:
    """The object in a reply that is not an error."""
    expect(media_type(reply), "Content-Type").equals(JSON)
    return content_of(reply)


def expect_members(found: Mapping[str, Json], wanted: Mapping[str, Json], what: str) -> None:
    """`found` has these members, of the same kind; it may have more."""
    for member, value in wanted.items():
        if member not in found:
            fail(f"{what} has no member `{member}`.", expected=f"{member}: {_shown(value)}", got=_shown(dict(found)))
        got = found[member]
        if got != value or type(got) is not type(value):
            fail(
                f"`{member}` of {what}: expected {_shown(value)}, got {_shown(got)}.",
                expected=_shown(value),
                got=_shown(got),
                hint=_likely(member, value, got),
            )


def _likely(member: str, value: Json, got: Json) -> str:
    if member in ("price", "total") and not isinstance(got, str):
        return 'Money is text with two decimals, such as "12.50": numbers of JSON are read as floats by most clients.'
    if member in ("price", "total") and got != value:
        return "Is money a float somewhere on its way? 0.29 * 100 is 28.999999999999996."
    if isinstance(value, int) and isinstance(got, str):
        return "A number, without quotes. Some drivers give large integers as text."
    return ""


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:200]} ... {text[-80:]}"


def items_of(reply: Reply) -> list[dict[str, Json]]:
    """The products of a list."""
    expect(reply.status, "status of the list").equals(200)
    items = shown(reply).get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        fail(
            'The list has no member "items" with an array of products.', expected='{"items": [...]}', got=_shown(items)
        )
    return items


def ids_of(reply: Reply) -> list[Json]:
    """The ids of the products of a list, in their order."""
    return [item.get("id") for item in items_of(reply)]


def problem(reply: Reply, status: int | Sequence[int], *, hint: str = "", kind: str = "") -> dict[str, Json]:
    """The problem details of an error with this status; `kind` is its type where the brief names one."""
    statuses = [status] if isinstance(status, int) else list(status)
    expect(reply.status, "status").is_one_of(statuses, hint=hint)
    expect(media_type(reply), f"Content-Type of the {reply.status}").equals(
        PROBLEM, hint="All errors have the one format, those of your framework, too."
    )
    details = content_of(reply, f"the body of the {reply.status}")
    expect_members(details, {"status": reply.status}, "the problem")
    expect(details.get("title"), "title of the problem").matches(r"(?s).*\S.*", hint="A short text for people.")
    expect(details.get("type", "about:blank"), "type of the problem").matches(r"\S+", hint="A URI, as text.")
    if kind:
        expect(details.get("type"), "type of the problem").equals(kind)
    return details


def named(details: Mapping[str, Json], by: str) -> list[str]:
    """What the problem's errors name, sorted: `by` is pointer or parameter. Each has words for people, too."""
    errors = details.get("errors")
    if not isinstance(errors, list) or not all(isinstance(error, dict) for error in errors):
        fail(
            'The problem has no list "errors".',
            expected=f'"errors": [{{"{by}": "...", "detail": "..."}}]',
            got=_shown(dict(details)),
        )
    for error in errors:
        expect(error.get("detail"), "detail of an error").matches(r"(?s).*\S.*", hint="Say what is wrong with it.")
    return sorted({str(error.get(by)) for error in errors})


def expect_named(details: Mapping[str, Json], by: str, wanted: Iterable[str], hint: str = "") -> None:
    """The problem's errors name exactly these."""
    expect(", ".join(named(details, by)), f"the {by}s that the errors name").equals(
        ", ".join(sorted(wanted)), hint=hint or "One error for each that is wrong, all of them in one reply."
    )


@dataclass
class Row:
    """A product for the database."""

    name: str
    category: str
    price_cents: int = 100
    stock: int = 5
    sku: str = ""
    id: int = field(default=0, compare=False)


async def put_rows(postgres: Postgres, rng: Rng, rows: Sequence[Row]) -> None:
    """Write the rows into the table, in their order; each gets its id."""
    for row in rows:
        row.sku = row.sku or sku(rng)
    found = await postgres.rows(
        "INSERT INTO products (sku, name, category, price_cents, stock)"
        " SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::int[]) RETURNING id",
        [row.sku for row in rows],
        [row.name for row in rows],
        [row.category for row in rows],
        [row.price_cents for row in rows],
        [row.stock for row in rows],
    )
    for row, (row_id,) in zip(rows, found, strict=True):
        row.id = row_id


LINK = re.compile(
    r"""<(?P<target>[^>]*)>(?P<parameters>(?:\s*;\s*[\w!#$%&'*+.^`|~-]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]*))?)*)"""
)
REL = re.compile(r""";\s*rel\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+))""", re.IGNORECASE)


def next_of(reply: Reply, http: Http, asked: str) -> str:
    """The target of the reply's link to the next page, ready to be asked for; "" where there is none."""
    targets = []
    for value in reply.headers.all("Link"):
        for link in LINK.finditer(value):
            rel = REL.search(link["parameters"])
            if rel and "next" in (rel[1] or rel[2] or "").lower().split():
                targets.append(link["target"])
    if not targets:
        return ""
    whole = urlsplit(urljoin(f"{http.base}{asked}", targets[0]))
    if whole.netloc != str(http.address):
        fail(
            "The link leads to another server.",
            expected=f"http://{http.address}{PRODUCTS}?... or {PRODUCTS}?...",
            got=targets[0],
            hint="Write it relative, or with the Host of the request.",
        )
    return f"{whole.path}?{whole.query}" if whole.query else whole.path


@asynccontextmanager
async def held(postgres: Postgres, row_id: int) -> AsyncIterator[None]:
    """The product is locked by somebody else until the end of the block; whatever he did is kept then."""
    connection = await postgres.connected()
    async with connection.transaction():
        await postgres.execute("SELECT FROM products WHERE id = %s FOR UPDATE", row_id)
        yield


async def answered_or_waiting(postgres: Postgres, requests: Sequence[asyncio.Task[Reply]], deadline: Deadline) -> None:
    """Return when every request is answered or waits in the database for somebody else.

    A program may also let some of them wait in a queue of its own; then this takes until the deadline, and that is all.
    """
    async for _ in ticks(deadline):
        await postgres.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the same activity again
        waiting = await postgres.value(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE usename = current_user AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()"
        )
        if waiting >= sum(not request.done() for request in requests):
            return
