"""Stage 5: two ways to change a product: the whole of it, and only what is named."""

import json

from kit import (
    ANY_VERSION,
    DUPLICATE_SKU,
    ID_MAX,
    INVALID,
    JSON,
    MEMBERS,
    MERGE_PATCH,
    PRODUCTS,
    created,
    expect_members,
    expect_named,
    problem,
    product,
    send,
    shown,
)

from firsthand.lab import Http, Reply, Rng, check, expect


@check(proves="API-04")
async def put_replaces(http: Http, rng: Rng) -> None:
    """`PUT` writes the whole product, under the same id, as often as it comes (RFC 9110, 9.3.4)."""
    path, made = await created(http, rng)
    other, untouched = await created(http, rng)
    for wanted in (product(rng), product(rng, sku=made["sku"])):
        for _ in range(2):
            reply = await send(http, rng, "PUT", path, wanted, headers=ANY_VERSION)
            _changed(reply, {"id": made["id"], **wanted})
            expect_members(shown(await http.get(path)), {"id": made["id"], **wanted}, f"GET {path} after PUT")
    expect_members(shown(await http.get(other)), untouched, "another product")


@check(proves="API-04")
async def put_forgets_what_is_left_out(http: Http, rng: Rng) -> None:
    """What `PUT` leaves out is not kept: description becomes null, for all others that is a 422 (RFC 9110, 9.3.4)."""
    path, made = await created(http, rng, description=rng.token())
    for missing in rng.sample([member for member in MEMBERS if member != "description"], 3):
        wanted = product(rng, **{missing: ...})
        details = problem(await send(http, rng, "PUT", path, wanted, headers=ANY_VERSION), 422, kind=INVALID)
        expect_named(details, "pointer", [f"#/{missing}"])
        expect_members(shown(await http.get(path)), made, f"GET {path} after a refused PUT")
    wanted = product(rng, description=...)
    _changed(await send(http, rng, "PUT", path, wanted, headers=ANY_VERSION), wanted)
    expect_members(shown(await http.get(path)), {**wanted, "description": None}, f"GET {path} after PUT")


@check(proves="API-04")
async def patch_changes_what_it_names(http: Http, rng: Rng) -> None:
    """`PATCH` changes the members that it names, and no others (RFC 7396, 1)."""
    path, now = await created(http, rng, description=rng.token())
    groups = [*([member] for member in MEMBERS), rng.sample(MEMBERS, 2), rng.sample(MEMBERS, 3)]
    patches = [{member: product(rng, description=rng.text())[member] for member in group} for group in groups]
    for patch in (*patches, {"stock": 0}, {"description": ""}, {"price": "0.00"}, {}):
        now = {**now, **patch}
        _changed(await send(http, rng, "PATCH", path, patch, headers=ANY_VERSION), now)
        named = ", ".join(patch) or "nothing"
        expect_members(shown(await http.get(path)), now, f"the product after a PATCH of {named}")


@check(proves="API-04")
async def null_takes_away(http: Http, rng: Rng) -> None:
    """`null` in a patch takes the member away: the description can go, the others cannot (RFC 7396, 2)."""
    path, made = await created(http, rng, description=rng.token())
    for member in rng.sample([member for member in MEMBERS if member != "description"], 3):
        reply = await send(http, rng, "PATCH", path, {member: None}, headers=ANY_VERSION)
        hint = f"The patch was {json.dumps({member: None})}: a product cannot be without {member}."
        expect_named(problem(reply, 422, hint=hint, kind=INVALID), "pointer", [f"#/{member}"])
    wanted = {**made, "description": None}
    _changed(await send(http, rng, "PATCH", path, {"description": None}, headers=ANY_VERSION), wanted)
    expect_members(shown(await http.get(path)), wanted, "the product after a PATCH with description null")
    _changed(await send(http, rng, "PATCH", path, {"stock": 3}, headers=ANY_VERSION), {**wanted, "stock": 3})


@check(proves="API-04")
async def edits_are_checked_whole(http: Http, rng: Rng) -> None:
    """One bad member and nothing of the edit is done; the rules are those of `POST` (RFC 5789, 2)."""
    path, made = await created(http, rng)
    good = product(rng)
    bad = {"price": rng.choice(("12", "1.00\n", "-1.00")), "stock": rng.choice((-1, 1.5)), "name": ""}
    for member, value in bad.items():
        others = [other for other in MEMBERS if other != member]
        patch = {**{other: good[other] for other in rng.sample(others, 3)}, member: value}
        for method, content in (("PATCH", patch), ("PUT", {**good, member: value})):
            reply = await send(http, rng, method, path, content, headers=ANY_VERSION)
            hint = f"The body of {method} had {member} = {value!r}."
            expect_named(problem(reply, 422, hint=hint, kind=INVALID), "pointer", [f"#/{member}"])
            expect_members(shown(await http.get(path)), made, f"the product after a refused {method}")


@check(proves="API-04")
async def patch_needs_its_media_type(http: Http, rng: Rng) -> None:
    """A `PATCH` that is no merge patch is answered with 415, and Accept-Patch says what is one (RFC 5789, 2.2)."""
    path, made = await created(http, rng)
    for media_type in (JSON, "application/json-patch+json", "text/plain"):
        reply = await send(http, rng, "PATCH", path, {"stock": 1}, headers=ANY_VERSION, media_type=media_type)
        problem(reply, 415, hint=f"The Content-Type was {media_type}: there are several kinds of patches.")
        told = [
            each.partition(";")[0].strip() for value in reply.headers.all("Accept-Patch") for each in value.split(",")
        ]
        expect(told, "Accept-Patch").contains(MERGE_PATCH)
    reply = await http.request("PATCH", path, headers=[("Content-Type", MERGE_PATCH), *ANY_VERSION], body=b'["stock"]')
    problem(reply, 400, hint="A patch that is not an object would replace the whole product by something else.")
    reply = await send(http, rng, "PUT", path, product(rng), headers=ANY_VERSION, media_type="text/plain")
    problem(reply, 415)
    expect_members(shown(await http.get(path)), made, f"GET {path} after all this")


@check(proves="API-04")
async def edits_keep_the_rest_in_order(http: Http, rng: Rng) -> None:
    """Edits of what is not there are 404, of a sku that is taken 409; id is never changed (RFC 9110, 9.3.4)."""
    path, made = await created(http, rng)
    _, other = await created(http, rng)
    missing = f"{PRODUCTS}/{ID_MAX - rng.integer(0, 1000)}"
    for method, content in (("PUT", product(rng)), ("PATCH", {"stock": 1})):
        reply = await send(http, rng, method, missing, content, headers=ANY_VERSION)
        problem(reply, 404, hint="Only POST makes products here.")
        reply = await send(http, rng, method, path, {**content, "sku": other["sku"]}, headers=ANY_VERSION)
        problem(reply, 409, hint="The sku belongs to another product.", kind=DUPLICATE_SKU)
        expect_members(shown(await http.get(path)), made, f"GET {path} after a refused {method}")
        reply = await send(http, rng, method, path, {**content, "id": other["id"]}, headers=ANY_VERSION)
        _changed(reply, {"id": made["id"], **content})
        made = {**made, **content, "id": made["id"]}


def _changed(reply: Reply, wanted: dict[str, object]) -> None:
    """An edit that was made: 200 with the product, or 204 with nothing."""
    expect(reply.status, "status of the edit").is_one_of((200, 204))
    if reply.status == 200:
        expect_members(shown(reply), wanted, "the product in the reply")
