"""Stage 2: whatever goes wrong is told in one format, and nothing goes wrong halfway."""

import asyncio
from typing import Any

from kit import (
    ANY_VERSION,
    DUPLICATE_SKU,
    ID_MAX,
    INVALID,
    PRODUCTS,
    answered_or_waiting,
    created,
    expect_members,
    expect_named,
    problem,
    product,
    send,
    shown,
    sku,
)

from firsthand.core.deadlines import ticks
from firsthand.lab import App, Deadline, Http, Postgres, Rng, check, expect, fail, hinting

WAIT_S = 1.5
"""How long two requests may take to reach the place where one waits for the other."""
BACK_S = 5.0
"""In which a program has to work again after its database is back (brief)."""
ROUND = 8


@check(proves="API-02")
async def errors_are_problems(http: Http, rng: Rng) -> None:
    """Every error is a problem document that repeats its status (RFC 9457, 3 and 3.1)."""
    path, _ = await created(http, rng)
    problem(await http.get(f"{PRODUCTS}/{ID_MAX - rng.integer(0, 1000)}"), 404)
    problem(await http.get(f"{PRODUCTS}/{rng.token()}"), 404)
    problem(await http.get(f"/{rng.token()}"), 404)
    problem(await http.delete(f"{PRODUCTS}/{ID_MAX - rng.integer(0, 1000)}"), 404)
    problem(await send(http, rng, "POST", path, product(rng), headers=ANY_VERSION), 405)


@check(proves="API-02")
async def refuses_what_is_not_json(http: Http, rng: Rng) -> None:
    """A body that is not JSON, or not an object, is answered with 400 (RFC 9110, 15.5.1)."""
    whole = b'{"name": "%s", "price": "1.00"' % rng.token().encode()
    for body in (
        b"",
        whole,
        whole + b",}",
        b"{'name': 'x'}",
        b"name=" + rng.token().encode(),
        b'{"name": "\xff\xfe\xfa"}',
        b"[" + whole + b"}]",
        b'"' + rng.token().encode() + b'"',
        b"null",
        str(rng.integer(0, 10**6)).encode(),
    ):
        reply = await http.post(PRODUCTS, headers=[("Content-Type", "application/json")], body=body)
        shown_body = body.decode("utf-8", "backslashreplace") or "(empty)"
        problem(reply, 400, hint=f"The body was: {shown_body}")


@check(proves="API-02")
async def names_every_bad_member(http: Http, rng: Rng, postgres: Postgres) -> None:
    """A product with bad members is answered with 422, which names all of them, and none is made (RFC 9457, 3.2)."""
    bad = {"sku": ..., "name": "", "category": "Not A Category", "price": "1.5", "stock": -1}
    for number in (1, 2, 3, len(bad)):
        members = rng.sample(sorted(bad), number)
        marked = rng.token()
        content = product(rng, description=marked, **{member: bad[member] for member in members})
        reply = await send(http, rng, "POST", PRODUCTS, content)
        details = problem(reply, 422, hint=f"These members were bad: {', '.join(members)}.", kind=INVALID)
        expect_named(details, "pointer", [f"#/{member}" for member in members])
        left = await postgres.value("SELECT count(*) FROM products WHERE description = %s", marked)
        expect(left, "rows that a refused product left").equals(0)


@check(proves="API-02")
async def refuses_wrong_values(http: Http, rng: Rng) -> None:
    """Each member takes what the table of the brief says, and nothing that only looks like it (brief)."""
    prices = [12.5, 12, None, True, f"{rng.choice('١४７')}.00", "1.00\n", " 1.00", "", "NaN", "1e3"]
    wrong: dict[str, list[Any]] = {
        "sku": [rng.token(), "A" * 41, "A B", 7, None, ["A"], "ABC\n"],
        "name": ["", "  \t ", "x" * 201, 12, None, True, {"en": "mug"}],
        "description": ["x" * 2001, 7, ["text"]],
        "category": ["", "Big", "a/b", "a" * 41, 3, "abc\n"],
        "price": [*prices, "12", "12.5", "12.505", "-1.00", "1,50", "01.00", ".50", "100000.00"],
        "stock": ["5", 1.5, -1, 1_000_001, 2**31, 10**20, None, True, [5], "a"],
    }
    asked = [(member, value) for member, values in wrong.items() for value in values]
    rng.shuffle(asked)
    async with http.connection() as connection:
        for member, value in asked:
            reply = await send(connection, rng, "POST", PRODUCTS, product(rng, **{member: value}))
            told = f"The body had {member} = {value!r:.60} (as Python writes it)."
            expect_named(problem(reply, 422, hint=told, kind=INVALID), "pointer", [f"#/{member}"], told)
        edges = ({"price": "0.00"}, {"price": "99999.99"}, {"name": "x" * 200}, {"stock": 0}, {"stock": 1_000_000})
        for right in (*edges, {"sku": f"{rng.token().upper():-<40}"}, {"description": ...}, {"description": ""}):
            reply = await send(connection, rng, "POST", PRODUCTS, product(rng, **right))
            expect(reply.status, f"status with {right} (... is: left out)").equals(201, hint="This is still allowed.")


@check(proves="API-02")
async def refuses_text_that_cannot_be_kept(http: Http, rng: Rng) -> None:
    """The character U+0000, which PostgreSQL cannot keep, is a bad value and no failure (PostgreSQL 18, 8.3)."""
    for member in ("name", "description"):
        content = product(rng, **{member: f"{rng.token()}\0{rng.token()}"})
        reply = await send(http, rng, "POST", PRODUCTS, content)
        hint = "The JSON text \\u0000 is a character that PostgreSQL's text cannot hold: look for it before you ask."
        expect_named(problem(reply, 422, hint=hint, kind=INVALID), "pointer", [f"#/{member}"])


@check(proves="API-02")
async def ignores_unknown_members(http: Http, rng: Rng, postgres: Postgres) -> None:
    """Members that it does not know are ignored, `id` and the table's other columns among them (brief)."""
    more = {"id": ID_MAX - rng.integer(0, 1000), "version": 900, rng.token(): rng.token(), "price_cents": 1}
    path, made = await created(http, rng, price="12.34", **more)
    expect(made["id"], "id of the new product").differs_from(more["id"], hint="Ids are given by the database alone.")
    expect_members(shown(await http.get(path)), {"price": "12.34"}, f"GET {path}")
    stored = await postgres.value("SELECT version FROM products WHERE id = %s", made["id"])
    expect(stored, "version in the table").differs_from(900, hint="Take only the members that the brief lists.")


@check(proves="API-02")
async def demands_json(http: Http, rng: Rng) -> None:
    """A body of another media type is answered with 415; parameters and case do not matter (RFC 9110, 15.5.16)."""
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "application/jsonp"):
        reply = await send(http, rng, "POST", PRODUCTS, product(rng), media_type=media_type)
        problem(reply, 415, hint=f"The Content-Type was {media_type}.")
    for media_type in ("application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"):
        reply = await send(http, rng, "POST", PRODUCTS, product(rng), media_type=media_type)
        expect(reply.status, f"status with Content-Type: {media_type}").equals(201)


@check(proves="API-02")
async def keeps_skus_unique(http: Http, rng: Rng, postgres: Postgres, deadline: Deadline) -> None:
    """A second product of the same sku is answered with 409, even when both come at once (RFC 9110, 15.5.10)."""
    _, made = await created(http, rng)
    reply = await send(http, rng, "POST", PRODUCTS, product(rng, sku=made["sku"]))
    expect_named(problem(reply, 409, kind=DUPLICATE_SKU), "pointer", ["#/sku"])
    taken = sku(rng)
    connection = await postgres.connected()
    async with connection.transaction():  # somebody else is about to write this sku, and nobody can see it yet
        await postgres.execute(
            "INSERT INTO products (sku, name, category, price_cents, stock) VALUES (%s, 'x', 'x', 1, 1)", taken
        )
        late = asyncio.create_task(send(http, rng, "POST", PRODUCTS, product(rng, sku=taken)))
        await answered_or_waiting(postgres, [late], deadline.earlier(WAIT_S))
    hint = "Somebody may come between your look and your INSERT. Only the UNIQUE column knows: handle its refusal."
    details = problem(await late, 409, hint=hint, kind=DUPLICATE_SKU)
    expect_named(details, "pointer", ["#/sku"])


@check(proves="API-02", deadline_s=15.0)
async def survives_a_lost_database(app: App, http: Http, rng: Rng, postgres: Postgres, deadline: Deadline) -> None:
    """Without its database it answers 503, soon; then all is well without a restart (RFC 9110, 15.6.4)."""
    path, made = await created(http, rng)
    for _ in range(3):
        await http.get(path)
    with postgres.door.refuse():
        postgres.door.reset()
        with hinting("The database is away. Do not wait for it for more than a second, and do not end."):
            *reads, write = await asyncio.gather(
                *(http.get(path) for _ in range(3)), send(http, rng, "POST", PRODUCTS, product(rng))
            )
        for reply in (*reads, write):
            problem(reply, 503, hint="The database is away: its connections were reset, and new ones are refused.")
        problem(await http.get(path), 503)
    again = 0
    async for _ in ticks(deadline.earlier(BACK_S, 2.0)):
        replies = await asyncio.gather(*(http.get(path) for _ in range(ROUND)))
        again = again + 1 if all(reply.status == 200 for reply in replies) else 0
        if again == 3:
            expect_members(shown(replies[0]), made, f"GET {path}")
            await app.restart()  # a pool may fill up again for a minute, and the checks to come want all of it
            return
    fail(
        f"The database has been back for {BACK_S:.0f} seconds, and requests still fail.",
        expected="200",
        got=", ".join(str(reply.status) for reply in replies),
        hint="Throw broken connections away, and open new ones.",
    )
