"""What the stages of cch-stampede share: products, what was asked about them, their time to live, and held answers."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from firsthand.bench.conversations.sql import Sql
from firsthand.bench.decoders.postgres_statements import Statement
from firsthand.bench.doors.door import Door, open_door
from firsthand.bench.failures import CheckFailed
from firsthand.core.deadlines import until
from firsthand.lab import App, Deadline, Http, Instance, Reply, Rng, Wire, expect, fail

if TYPE_CHECKING:
    from firsthand.lab import Postgres, Redis

Product = dict[str, Any]

CATALOGUE = 300
"""Products that are there from the beginning; their ids are 1 and on."""
COMMIT_GATE = 71_003
"""The advisory lock at which a write waits before it is committed, while a check has it."""
LIFE_MS = (30_000, 60_000)
REFRESH_S = 10
ALONE_S = 2
"""After so long without an answer somebody else may ask the database for the same product."""
BACK_S = 5.0
"""How long a program may take to notice that a server is back."""
LATE_S = 0.25
"""How long PostgreSQL takes for the first answer while many ask for the same product."""
LOCK_MS = 3_000
"""How long a check waits for the end of a program's transactions."""
SLOW_S = 2.0
"""Many readers are answered within this time, where the machine is not busy with something else."""
REACHED_S = 10.0
TOUCH_S = 3.0
STEP_S = 0.2
"""How late answers of PostgreSQL are while a check waits for the one that it holds back."""
SETTLED_S = 0.6
"""How long a check waits for the end of what a program still says after its reply."""
SPREAD_WINDOW_MS = 5_000
FAR_ID = 1_000_000
MEMBERS = ("id", "name", "price_cents", "stock", "version")
COLUMNS = ", ".join(MEMBERS)


def path(product: Product | int) -> str:
    """Where the product is."""
    return f"/products/{product if isinstance(product, int) else product['id']}"


def key(product: Product) -> str:
    """What it is called in Redis."""
    return f"product:{product['id']}"


def values(rng: Rng) -> Product:
    """All that can be written of a product."""
    name = f"{rng.token()} {rng.text(1, 30)}".strip()
    return {"name": name, "price_cents": rng.integer(1, 9_999_999), "stock": rng.integer(0, 9_999)}


async def added(postgres: "Postgres", rng: Rng, product_id: int | None = None) -> Product:
    """A product that another program has put into the table just now, so that no cache can know it."""
    new = values(rng)
    columns, marks = ("name, price_cents, stock", "%s, %s, %s")
    if product_id is not None:
        columns, marks = f"id, {columns}", f"{product_id}, {marks}"
    sql = f"INSERT INTO products ({columns}) VALUES ({marks}) RETURNING {COLUMNS}"
    return _product((await postgres.rows(sql, *new.values()))[0])


async def stored(postgres: "Postgres", product: Product) -> Product:
    """The product as it stands in the table now."""
    found = await postgres.rows(f"SELECT {COLUMNS} FROM products WHERE id = %s", product["id"])
    if not found:
        fail(f"Product {product['id']} is no longer in the table.", expected="its row", got="none")
    return _product(found[0])


async def changed_by_others(postgres: "Postgres", rng: Rng, product: Product) -> Product:
    """The product after another program has changed its row, of which no cache is told."""
    await postgres.execute("UPDATE products SET stock = %s WHERE id = %s", rng.integer(10_000, 99_999), product["id"])
    return await stored(postgres, product)


def shown(reply: Reply, what: str = "GET") -> Product:
    """The product in a reply."""
    expect(reply.status, f"status of {what}").equals(200)
    try:
        content = json.loads(reply.body)
    except ValueError:
        fail(
            f"The body of {what} is not JSON.",
            expected="a JSON object",
            got=reply.body[:200].decode("utf-8", "replace"),
        )
    if not isinstance(content, dict):
        fail(f"The body of {what} is not a JSON object.", expected='{"id": ...}', got=json.dumps(content)[:200])
    return content


def expect_product(reply: Reply, wanted: Product, what: str = "GET", hint: str = "") -> None:
    """The reply shows exactly this product; more members than ours do not matter."""
    got = shown(reply, what)
    for member, value in wanted.items():
        if member not in got:
            fail(f"The body of {what} has no member `{member}`.", expected=_text(wanted), got=_text(got), hint=hint)
        if got[member] != value or type(got[member]) is not type(value):
            fail(
                f"`{member}` in the body of {what}: expected {_text(value)}, got {_text(got[member])}.",
                expected=_text(wanted),
                got=_text(got),
                hint=hint,
            )


def is_shown(reply: Reply, product: Product) -> bool:
    """Whether the reply shows this state of the product."""
    return reply.status == 200 and shown(reply).get("version") == product["version"]


async def send(http: Http, rng: Rng, method: str, product: Product, changes: Product) -> Reply:
    """A PUT or PATCH with these members, in any order."""
    members = list(changes.items())
    rng.shuffle(members)
    body = json.dumps(dict(members), ensure_ascii=rng.chance(50)).encode()
    return await http.request(method, path(product), headers=[("Content-Type", "application/json")], body=body)


async def patched(http: Http, rng: Rng, product: Product) -> Product:
    """The product after a PATCH of its price."""
    cents = product["price_cents"] + rng.integer(1, 999)
    reply = await send(http, rng, "PATCH", product, {"price_cents": cents})
    wanted = {**product, "price_cents": cents, "version": product["version"] + 1}
    expect_product(reply, wanted, f"PATCH {path(product)}")
    return wanted


def queries(source: Wire | Door, product: Product, since: float) -> list[Statement]:
    """How PostgreSQL was asked for this product."""
    sql = source.postgres if isinstance(source, Wire) else Sql(source)
    number = re.compile(rf"(?<!\d){product['id']}(?!\d)")
    return [
        one
        for one in sql.statements("select .. products", since=since)
        if number.search(" ".join(filter(None, (one.sql, *one.parameters))))
    ]


def expect_one_query(asked: Sequence[Statement], product: Product, of: str, hint: str) -> None:
    """PostgreSQL was asked once; where that took longer than the brief's two seconds, once more for each of them."""
    allowed = 1 + int((max(one.ended or one.began for one in asked) - asked[0].began) / ALONE_S) if asked else 1
    if not 1 <= len(asked) <= allowed:
        fail(
            f"PostgreSQL was asked {len(asked)} times for product {product['id']}, by {of}; expected 1.",
            expected="1 query",
            got=f"{len(asked)} queries",
            hint=f"{hint} `firsthand trace` shows them.",
        )


async def life_ms(redis: "Redis", product: Product) -> int:
    """How long the product's key has still to live: -1 for ever, -2 where there is none."""
    return int(await redis.command("PTTL", key(product)))


async def nearly_over(redis: "Redis", rng: Rng, product: Product) -> None:
    """The product's key is in its last seconds."""
    set_to = await redis.command("EXPIRE", key(product), rng.integer(REFRESH_S - 3, REFRESH_S - 1))
    if not set_to:
        fail(
            f"There is no key `{key(product)}` in Redis after a GET.",
            expected=key(product),
            got="none",
            hint="Keep the product there, with a time to live of 30 to 60 seconds.",
        )


async def expect_one_flight(
    https: Sequence[Http],
    readers: Sequence[int],
    prepare: Callable[[], Awaitable[Product]],
    *,
    wire: Wire,
    postgres: "Postgres",
    deadline: Deadline,
    hint: str,
) -> None:
    """So many GETs at once for a product cause one query; PostgreSQL answers when all of them are there.

    Where a machine is so busy that this takes long, a program may have taken its servers for broken: then what went
    wrong does not count yet, and fewer readers come to another product.
    """
    for number in readers:
        for http in https:
            await in_touch(http, wire, postgres, deadline)
        product = await prepare()
        since = wire.mark()
        found = await _rush(https, product, number, wire=wire, postgres=postgres, deadline=deadline)
        was_slow = wire.mark() - since > SLOW_S
        await settled(wire, deadline)
        where = f" at {len(https)} instances" if len(https) > 1 else ""
        try:
            expect_one_query(queries(wire, product, since), product, f"{number} GETs at once{where}", hint)
            for reply in found:
                if isinstance(reply, BaseException):
                    raise reply
                expect_product(reply, product, f"GET {path(product)}")
        except CheckFailed:
            if number == readers[-1] or not was_slow:
                raise
        else:
            return


async def _rush(
    https: Sequence[Http], product: Product, number: int, *, wire: Wire, postgres: "Postgres", deadline: Deadline
) -> list[Reply | BaseException]:
    since = wire.mark()

    def held_long_enough() -> bool:
        asked = queries(wire, product, since)
        return all(task.done() for task in tasks) or bool(asked and wire.mark() - asked[0].began > LATE_S)

    async with _busy(postgres):
        tasks = [asyncio.create_task(_awaited(ask)) for ask in getting(https, [product] * number)]
        await wire.until(held_long_enough, deadline)
    return await asyncio.gather(*tasks, return_exceptions=True)


async def in_touch(http: Http, wire: Wire, postgres: "Postgres", deadline: Deadline, door: Door | None = None) -> None:
    """Wait until this instance answers from Redis: it may have just been started, or have left Redis alone.

    `door` is its own way to PostgreSQL, where it has one.
    """
    product = {"id": await postgres.value("SELECT min(id) FROM products")}

    async def from_redis() -> bool:
        since = wire.mark()
        return (await http.get(path(product))).status == 200 and not queries(door or wire, product, since)

    await until(from_redis, deadline.earlier(TOUCH_S))  # if it never does, the check that follows says so


@asynccontextmanager
async def _busy(postgres: "Postgres") -> AsyncIterator[None]:
    """PostgreSQL answers nothing about products until the end of the block."""
    connection = await postgres.connected()
    async with connection.transaction():
        await postgres.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
        try:
            await postgres.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
        except CheckFailed:
            fail(
                "The program has left a transaction open in PostgreSQL, though all its requests are answered.",
                expected="COMMIT, or autocommit, before the answer to a request",
                got="a lock on the table products that is not let go",
                hint="A connection that only reads is in a transaction, too, unless it is in autocommit mode.",
            )
        yield


async def together(asks: Sequence[Callable[[], Awaitable[Reply]]]) -> list[Reply]:
    """All at the same time; the first that fails is told."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_awaited(ask)) for ask in asks]
    return [task.result() for task in tasks]


def getting(https: Sequence[Http], targets: Sequence[Product | int]) -> list[Callable[[], Awaitable[Reply]]]:
    """A GET for each of these products, from one instance after another."""

    def ask(http: Http, target: Product | int) -> Callable[[], Awaitable[Reply]]:
        return lambda: http.get(path(target))

    return [ask(https[number % len(https)], target) for number, target in enumerate(targets)]


def expect_spread(lives: Sequence[int], what: str) -> None:
    """In any five seconds at most half of these times end."""
    ordered = sorted(lives)
    most, at = max((sum(low <= each <= low + SPREAD_WINDOW_MS for each in ordered), low) for low in ordered)
    if most > len(lives) / 2:
        shortest, longest = ordered[0] / 1000, ordered[-1] / 1000
        fail(
            f"Of {len(lives)} products {what}, {most} expire within the same 5 seconds.",
            expected=f"at most {len(lives) // 2} of {len(lives)} in any 5 seconds, spread over 30 to 60 s",
            got=f"{most} between {at / 1000:.1f} and {at / 1000 + 5:.1f} s; all: {shortest:.1f} to {longest:.1f} s",
            hint="Draw a time to live for each key, anew whenever it is written.",
        )


def back_in(deadline: Deadline, app: App) -> Deadline:
    """Until when a program must have noticed that a server is back."""
    return deadline.earlier(BACK_S, app.factor)


async def settled(wire: Wire, deadline: Deadline) -> None:
    """What the program still says after its reply has been said."""
    await wire.quiet(deadline.earlier(SETTLED_S))


@dataclass
class Beside:
    """A further instance whose way to PostgreSQL is its own, so that its answers alone can be held back."""

    http: Http
    instance: Instance
    door: Door
    wire: Wire
    deadline: Deadline

    @asynccontextmanager
    async def held(self, reached: Callable[[], Awaitable[bool]], what: str) -> AsyncIterator[None]:
        """Answers of PostgreSQL are late until `reached`, then they are held back until the end of the block."""
        late = self.door.delay(STEP_S, direction="received")
        try:
            if not await until(reached, self.deadline.earlier(REACHED_S)):
                fail(f"The second instance did not ask PostgreSQL {what}.", hint="Its DATABASE_URL is one of its own.")
            with self.door.black_hole():
                late.end()
                yield
        finally:
            late.end()

    def answered(self, product: Product, since: float) -> Callable[[], Awaitable[bool]]:
        """A condition: PostgreSQL has answered a question for this product, and the door has the answer."""

        async def is_answered() -> bool:
            return any(one.ok for one in queries(self.door, product, since))

        return is_answered

    def was_late(self, product: Product, since: float) -> bool:
        """Whether that answer is held back now, and had not passed already when the door was closed to it."""
        asked = [one for one in queries(self.door, product, since) if one.ok]
        return bool(asked) and self.wire.mark() - asked[-1].ended < STEP_S


@asynccontextmanager
async def beside(
    app: App, http: Http, wire: Wire, postgres: "Postgres", rng: Rng, deadline: Deadline
) -> AsyncIterator[Beside]:
    """A second instance, until the end of the block."""
    number = len(postgres.door.heard)
    recorder = postgres.door.recorder
    door = await open_door(f"postgres.{number}", postgres.address, recorder, rng=rng, protocol="postgres")
    wire.add(door)
    try:
        (instance,) = await app.start("web", env=postgres.lease.environment_at(door.address))
        second = Beside(http.at(instance), instance, door, wire, deadline)
        await in_touch(second.http, wire, postgres, deadline, door)
        yield second
        door.heal()
        await instance.stop()
    finally:
        await door.close()


@contextmanager
def gone(door: Door) -> Iterator[None]:
    """Nobody listens there, and all connections have broken."""
    with door.refuse():
        door.reset()
        yield


@asynccontextmanager
async def commits_held(postgres: "Postgres") -> AsyncIterator[None]:
    """No write to the table is committed until the end of the block; reads go on."""
    await postgres.value("SELECT pg_advisory_lock(%s)", COMMIT_GATE)
    try:
        yield
    finally:
        await postgres.value("SELECT pg_advisory_unlock(%s)", COMMIT_GATE)


async def waits_for_commit(postgres: "Postgres") -> bool:
    """Whether a write waits there."""
    return bool(
        await postgres.value(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            COMMIT_GATE,
        )
    )


async def _awaited(ask: Callable[[], Awaitable[Reply]]) -> Reply:
    return await ask()


def _product(row: Sequence[Any]) -> Product:
    return dict(zip(MEMBERS, row, strict=True))


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:400]
