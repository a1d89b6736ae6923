"""Stage 6: who edits says which version he has seen, and only one of two wins."""

import asyncio
from collections import Counter

from kit import (
    ANY_VERSION,
    ID_MAX,
    PRODUCTS,
    Row,
    answered_or_waiting,
    created,
    expect_members,
    held,
    location,
    problem,
    product,
    put_rows,
    send,
    shown,
)

from firsthand.lab import Deadline, Http, Postgres, Reply, Rng, check, expect, fail

STRONG_TAG = r'"[\x21\x23-\x7e\x80-\xff]*"'
RIVALS = 4
WAIT_S = 1.5
"""How long rivals may take to reach the place where they wait for each other."""
EDITORS = 8
SHARED = 4
EDITS = 1000


@check(proves="API-05")
async def tags_each_version(http: Http, rng: Rng) -> None:
    """Each version of a product has a strong ETag of its own, in every reply that shows it (RFC 9110, 8.8.3)."""
    reply = await send(http, rng, "POST", PRODUCTS, product(rng))
    path, tag = location(reply), _tag(reply)
    expect(_tag(await http.get(path)), f"ETag of GET {path}").equals(tag, hint="Nothing has changed since the 201.")
    seen = [tag]
    for number in range(4):
        if number == 1:
            reply = await send(http, rng, "PUT", path, product(rng), headers=[("If-Match", tag)])
        elif number == 2:
            reply = await send(http, rng, "PATCH", path, {"description": rng.token()}, headers=[("If-Match", tag)])
        else:
            reply = await send(http, rng, "PATCH", path, {"stock": 10 + number}, headers=[("If-Match", tag)])
        expect(reply.status, "status of an edit with the current tag").is_one_of((200, 204))
        tag = _tag(await http.get(path))
        if reply.status == 200:
            expect(_tag(reply), "ETag in the reply to the edit").equals(tag, hint="Send the tag of the new version.")
        expect(seen, "earlier tags").lacks(tag, hint="The product has changed, so its tag has to change.")
        seen.append(tag)


@check(proves="API-05")
async def answers_not_modified(http: Http, rng: Rng) -> None:
    """`If-None-Match` with the current tag is answered with 304, with another one as usual (RFC 9110, 13.1.2)."""
    path, _ = await created(http, rng)
    tag = _tag(await http.get(path))
    for value in (tag, f'"{rng.token()}", {tag}', f"W/{tag}", "*"):
        reply = await http.get(path, headers=[("If-None-Match", value)])
        expect(reply.status, f"status with If-None-Match: {value}").equals(304)
        expect(_tag(reply), "ETag of the 304").equals(tag)
    reply = await send(http, rng, "PATCH", path, {"stock": 77}, headers=[("If-Match", tag)])
    expect(reply.status, "status of an edit with the current tag").is_one_of((200, 204))
    for value in (tag, f'"{rng.token()}"'):
        reply = await http.get(path, headers=[("If-None-Match", value)])
        expect(reply.status, f"status with If-None-Match: {value}, which is not the current one").equals(200)
        expect_members(shown(reply), {"stock": 77}, f"GET {path}")


@check(proves="API-05")
async def demands_if_match(http: Http, rng: Rng) -> None:
    """`PUT` and `PATCH` without If-Match are answered with 428, and change nothing (RFC 6585, 3)."""
    path, made = await created(http, rng)
    for method, content in (("PUT", product(rng)), ("PATCH", {"stock": 5})):
        reply = await send(http, rng, method, path, content)
        problem(reply, 428, hint="Who does not say which version he has seen must not write over it.")
        expect_members(shown(await http.get(path)), made, f"GET {path} after a {method} without If-Match")


@check(proves="API-05")
async def refuses_old_versions(http: Http, rng: Rng) -> None:
    """An edit or DELETE with the tag of an older version is answered with 412, and does nothing (RFC 9110, 13.1.1)."""
    path, made = await created(http, rng)
    old = _tag(await http.get(path))
    reply = await send(http, rng, "PATCH", path, {"stock": 4321}, headers=[("If-Match", old)])
    expect(reply.status, "status of an edit with the current tag").is_one_of((200, 204))
    now = {**made, "stock": 4321}
    current = _tag(await http.get(path))
    for stale in (old, f'"{rng.token()}"', f'{old}, "{rng.token()}"', f'"{"9" * 30}"'):
        for method, content in (("PUT", product(rng)), ("PATCH", {"stock": 5}), ("DELETE", None)):
            headers = [("If-Match", stale)]
            reply = await (
                http.delete(path, headers=headers)
                if method == "DELETE"
                else send(http, rng, method, path, content, headers=headers)
            )
            problem(reply, 412, hint=f"If-Match was {stale}, and the product's ETag is {current}.")
            reply = await http.get(path)
            expect_members(shown(reply), now, f"the product after a refused {method}")
            expect(_tag(reply), f"ETag after a refused {method}").equals(current)
    missing = f"{PRODUCTS}/{ID_MAX - rng.integer(0, 1000)}"
    problem(await send(http, rng, "PATCH", missing, {"stock": 5}, headers=[("If-Match", current)]), 404)
    reply = await http.delete(path, headers=[("If-Match", current)])
    expect(reply.status, "status of DELETE with the current tag").equals(204)


@check(proves="API-05")
async def compares_tags_strongly(http: Http, rng: Rng) -> None:
    """If-Match may be a list or `*`; a weak tag never matches (RFC 9110, 8.8.3.2 and 13.1.1)."""
    path, _ = await created(http, rng)
    for number in range(3):
        tag = _tag(await http.get(path))
        for weak in (f"W/{tag}", f'"{rng.token()}", W/{tag}'):
            reply = await send(http, rng, "PATCH", path, {"stock": 5}, headers=[("If-Match", weak)])
            problem(reply, 412, hint=f"If-Match was {weak}: a weak tag does not promise that it is the same version.")
        one, two = rng.tokens(2)
        value = (f'"{one}", {tag}', f'{tag},"{two}"', f'"{one},{two}" , {tag} , W/"{one}"')[number]
        reply = await send(http, rng, "PATCH", path, {"stock": 100 + number}, headers=[("If-Match", value)])
        expect(reply.status, f"status with If-Match: {value} (ETag: {tag})").is_one_of((200, 204))
    for method, content in (("PUT", product(rng)), ("PATCH", {"stock": 7})):
        reply = await send(http, rng, method, path, content, headers=ANY_VERSION)
        expect(reply.status, f"status of {method} with If-Match: *").is_one_of((200, 204))


@check(proves="API-05")
async def one_of_rivals_wins(http: Http, rng: Rng, postgres: Postgres, deadline: Deadline) -> None:
    """Of several edits of one version at the same moment one is made, and the others get 412 (RFC 9110, 13.1.1)."""
    path, made = await created(http, rng)
    tag = _tag(await http.get(path))
    names = rng.tokens(RIVALS)
    async with held(postgres, made["id"]):  # nobody can write, so that all come to the same place
        rivals = [
            asyncio.create_task(send(http, rng, "PATCH", path, {"name": name}, headers=[("If-Match", tag)]))
            for name in names
        ]
        await answered_or_waiting(postgres, rivals, deadline.earlier(WAIT_S))
    replies = await asyncio.gather(*rivals)
    won = [name for name, reply in zip(names, replies, strict=True) if reply.status in (200, 204)]
    if len(won) != 1:
        fail(
            f"{RIVALS} clients edited the same version at once, and {len(won)} of them were told that it worked.",
            expected="one 200 or 204, and 412 for the others",
            got=", ".join(str(reply.status) for reply in replies),
            hint="Do not compare first and write later. Compare in the UPDATE itself: WHERE ... AND version = ...",
        )
    for reply in replies:
        if reply.status not in (200, 204):
            problem(reply, 412)
    expect_members(shown(await http.get(path)), {"name": won[0]}, "the product after the edits")


@check(proves="API-05")
async def edits_side_by_side_both_stay(http: Http, rng: Rng, postgres: Postgres, deadline: Deadline) -> None:
    """A PATCH writes only what it names, also when somebody changes the rest at that moment (RFC 7396, 1)."""
    path, made = await created(http, rng)
    stock, name = rng.integer(1, 999), rng.token()
    async with held(postgres, made["id"]):
        await postgres.execute("UPDATE products SET stock = %s, version = version + 1 WHERE id = %s", stock, made["id"])
        edit = asyncio.create_task(send(http, rng, "PATCH", path, {"name": name}, headers=ANY_VERSION))
        await answered_or_waiting(postgres, [edit], deadline.earlier(WAIT_S))
    reply = await edit
    expect(reply.status, "status of a PATCH with If-Match: * beside another change").is_one_of((200, 204))
    hint = "Reading a whole product and writing it back undoes what others have done in between."
    now = shown(await http.get(path))
    expect(now.get("stock"), "stock, which somebody else has changed meanwhile").equals(stock, hint=hint)
    expect_members(now, {"name": name}, "the product after both")


@check(proves="API-05", deadline_s=60.0)
async def thousand_edits_lose_nothing(http: Http, rng: Rng, postgres: Postgres) -> None:
    """Of a thousand edits by eight clients at once, each that was confirmed counts, and no other (RFC 9110, 13.1.1)."""
    rows = [Row(rng.token(), rng.token(), stock=rng.integer(0, 1000)) for _ in range(SHARED)]
    await put_rows(postgres, rng, rows)
    made: Counter[int] = Counter()
    await asyncio.gather(
        *(_edit(http, rng.child(str(editor)), rows[editor % SHARED], made) for editor in range(EDITORS))
    )
    for row in rows:
        stock = await postgres.value("SELECT stock FROM products WHERE id = %s", row.id)
        if stock != row.stock + made[row.id]:
            fail(
                f"Each edit added 1 to the stock of {PRODUCTS}/{row.id}. {made[row.id]} were confirmed, "
                f"but the stock has grown by {stock - row.stock}.",
                expected=str(row.stock + made[row.id]),
                got=str(stock),
                hint="Some were confirmed and then lost, or refused and done all the same.",
            )
    expect(sum(made.values()), "number of confirmed edits").is_at_least(EDITS // 20, hint="Nearly all were refused.")


async def _edit(http: Http, rng: Rng, row: Row, made: Counter[int]) -> None:
    """Add 1 to its stock, again and again, each time with the tag that goes with what was seen."""
    path = f"{PRODUCTS}/{row.id}"
    seen: tuple[int, str] | None = None
    async with http.connection() as connection:
        for _ in range(EDITS // EDITORS):
            client = connection if await connection.is_open() else http
            if seen is None:
                reply = await client.get(path)
                seen = shown(reply)["stock"], _tag(reply)
                client = connection if await connection.is_open() else http
            stock, tag = seen
            reply = await send(client, rng, "PATCH", path, {"stock": stock + 1}, headers=[("If-Match", tag)])
            expect(reply.status, "status of an edit").is_one_of((200, 204, 412))
            made[row.id] += reply.status != 412
            seen = (stock + 1, _tag(reply)) if reply.status != 412 and "ETag" in reply.headers else None


def _tag(reply: Reply) -> str:
    """The reply's entity tag, which has to be there, and strong."""
    tag = reply.headers.get("ETag")
    if tag is None:
        fail("The reply has no ETag.", expected='ETag: "..."', hint="Every reply that shows a product carries its tag.")
    expect(tag, "ETag").matches(STRONG_TAG, hint='A strong tag is text in double quotes, without W/: "7".')
    return tag
