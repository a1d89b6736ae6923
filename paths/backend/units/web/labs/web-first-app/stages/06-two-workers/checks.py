"""Stage 6: orders that stay, whichever copy of the program is asked."""

import asyncio
from urllib.parse import quote

from kit import content, expect_members, expect_status, kept, order, place_of, post, wrong_methods_are_405

from firsthand.lab import App, Folder, Http, Rng, check, expect, fail, hinting

ID = r"[A-Za-z0-9-]{1,64}"
QUIET_S = 0.02
"""How long a check listens for the body that a 204 must not have."""
AT_ONCE = 4
"""Orders that each of two copies gets at the same time."""
NOT_SHOWN = (404, 400, 301, 307, 308)
"""What may be said of an address that only a trick makes; some routers redirect to the one without dots."""
ANOTHER = "Each order needs an id of its own. A random one needs no counting."
IN_MEMORY = "What one process keeps in its memory, another one cannot see. DATA_DIR is the same for both."


async def _second(http: Http, app: App) -> Http:
    """A client for another copy of the program."""
    return http.at((await app.start("web"))[0])


async def _placed(http: Http, rng: Rng) -> tuple[str, dict[str, object]]:
    """An order: its path, and what must be found there."""
    sent = order(rng)
    reply = await post(http, rng, sent)
    expect_status(reply, 201, "POST /orders")
    got = content(reply, "POST /orders")
    expect_members(got, kept(sent), "the order in the answer")
    found = got.get("id")
    if not isinstance(found, str):
        fail("The order has no text as its `id`.", expected='"id": "..."', got=repr(found))
    expect(found, "`id` of the new order").matches(ID)
    expect(place_of(reply), "path in Location").equals(f"/orders/{found}")
    return f"/orders/{found}", {"id": found, **kept(sent)}


async def _shows(http: Http, path: str, wanted: dict[str, object], where: str, hint: str = "") -> None:
    reply = await http.get(path)
    what = f"GET {path}{where}"
    expect_status(reply, 200, what, hint)
    expect_members(content(reply, what), wanted, what)


@check(proves=("WEB-01", "NET-10"))
async def gives_each_order_an_address(http: Http, rng: Rng) -> None:
    """The 201 has the order's `id` and a Location, where GET finds the order (RFC 9110, 15.3.2)."""
    orders = [await _placed(http, rng) for _ in range(3)]
    expect(len({path for path, _ in orders}), "different addresses of three orders").equals(3, hint=ANOTHER)
    for path, wanted in orders:
        await _shows(http, path, wanted, "")


@check(proves="WEB-01")
async def both_workers_know_it(http: Http, app: App, rng: Rng) -> None:
    """An order that one copy of the program took is shown by the other one, in both directions (brief)."""
    other = await _second(http, app)
    path, wanted = await _placed(http, rng)
    await _shows(other, path, wanted, " at the second copy", IN_MEMORY)
    path, wanted = await _placed(other, rng)
    await _shows(http, path, wanted, " at the first copy", IN_MEMORY)
    for instance in app.instances[1:]:
        await instance.stop()
    await _shows(http, path, wanted, " after the copy that took the order has ended", IN_MEMORY)


@check(proves="WEB-01")
async def never_gives_an_id_twice(http: Http, app: App, rng: Rng) -> None:
    """Two orders never get one id, whichever copies take them, and when (brief)."""
    one, other = (http.at(instance) for instance in await app.start("web", count=2))
    taken = [await _placed(each, rng) for each in (one, other, one, other)]
    taken += await asyncio.gather(*(_placed(each, rng) for _ in range(AT_ONCE) for each in (one, other)))
    paths = [path for path, _ in taken]
    twice = [path for path in paths if paths.count(path) > 1]
    if twice:
        hint = "Two copies that both count from 1 give the same numbers. A random id needs no counting."
        fail("Two orders got the same id.", expected="another one each time", got=twice[0], hint=hint)
    for path, wanted in taken:
        await _shows(http, path, wanted, "")


@check(proves="NET-10")
async def deletes_an_order(http: Http, app: App, rng: Rng) -> None:
    """DELETE answers 204 without a body; then the order is gone for both copies, and stays so (RFC 9110, 9.3.5)."""
    other = await _second(http, app)
    path, _ = await _placed(http, rng)
    stays, wanted = await _placed(http, rng)
    expect_status(await other.get(path), 200, f"GET {path} before DELETE", IN_MEMORY)
    async with http.connection() as connection:
        reply = await connection.delete(path)
        expect_status(reply, 204, f"DELETE {path}", "204 says: done, and there is nothing more to say.")
        with hinting("A 204 ends with its empty line: send no body."):
            await connection.nothing_more(QUIET_S)
    for each, where in ((http, "the first copy"), (other, "the second copy")):
        expect_status(await each.get(path), 404, f"GET {path} after DELETE, at {where}")
        expect_status(await each.delete(path), 404, f"a second DELETE {path}, at {where}", "It was gone before.")
    await _shows(other, stays, wanted, ", which nobody deleted")


@check(proves=("WEB-01", "NET-10"))
async def orders_know_their_methods(http: Http, rng: Rng) -> None:
    """`/orders` takes POST alone; `/orders/ID` takes GET, HEAD and DELETE; other methods are a 405 (brief)."""
    await wrong_methods_are_405(http, {"/orders": ("GET", "PUT", "DELETE")}, "POST")
    path, wanted = await _placed(http, rng)
    for has in ("GET", "DELETE"):
        await wrong_methods_are_405(http, {path: ("POST", "PUT")}, has)
    expect_status(await http.head(path), 200, f"HEAD {path}")
    await _shows(http, path, wanted, " after all this")


@check(proves=("WEB-01", "WEB-02"))
async def an_id_is_no_path(http: Http, rng: Rng, data_dir: Folder) -> None:
    """Whatever is not the id of an order is a 404, also when it would lead to a file (brief)."""
    path, _ = await _placed(http, rng)
    order_id = path.rpartition("/")[2]
    folder = data_dir.path.name
    for text in (rng.token(), f"{order_id}x", f"x{order_id}", f"{order_id}.json", " "):
        target = f"/orders/{quote(text, safe='')}"
        expect_status(await http.get(target), 404, f"GET {target}")
    tricks = (f"./{order_id}", f"x/../{order_id}", f"../{folder}/{order_id}", f"{order_id}\n", f"{order_id}\0", "..")
    for text in tricks:
        target = f"/orders/{quote(text, safe='').replace('.', '%2E')}"
        for method in ("GET", "DELETE"):
            reply = await http.request(method, target)
            hint = "Compare the id with a pattern before you make the name of a file of it."
            expect(reply.status, f"status of {method} {target}").is_one_of(NOT_SHOWN, hint=hint)
    expect_status(await http.get(path), 200, f"GET {path} after all this", "Something has deleted it.")
