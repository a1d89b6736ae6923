"""Stage 4: orders, looked at before anybody believes them."""

import json

from kit import CONCERTS, JSON, email, expect_field_refused, expect_refused, expect_status, order, placed, post

from firsthand.lab import Http, Rng, check, expect

EMAIL_MAX = 254
NOTE_MAX = 200


@check(proves="WEB-02")
async def takes_an_order(http: Http, rng: Rng) -> None:
    """An order that is right is answered with 201 and the order, with what there is to pay (RFC 9110, 15.3.2)."""
    for number in range(1, len(CONCERTS) + 1):
        await placed(http, rng, concert=number)
    for tickets in (1, 6):
        await placed(http, rng, tickets=tickets, note=rng.choice(("", "für Zoë", "two in row 1 & <b>")))
    await placed(http, rng, note=...)


@check(proves=("WEB-02", "NET-10"))
async def unreadable_is_400(http: Http, rng: Rng) -> None:
    """A body that is not JSON is answered with 400 (RFC 9110, 15.5.1)."""
    whole = json.dumps(order(rng)).encode()
    for body in (whole[: rng.integer(1, len(whole) - 1)], b"", b"tickets=2", whole[:-1] + b",}", b"{'tickets': 2}"):
        reply = await http.post("/orders", headers={"Content-Type": JSON}, body=body)
        shown = body.decode() or "an empty body"
        expect_status(reply, 400, f"POST /orders with {shown}", "Whatever comes, a stranger must not get a 500.")


@check(proves=("WEB-02", "NET-10"))
async def wants_json(http: Http, rng: Rng) -> None:
    """A body whose Content-Type is not `application/json` is answered with 415 (RFC 9110, 15.5.16)."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", f"application/{rng.token()}"):
        body = json.dumps(order(rng)).encode()
        reply = await http.post("/orders", headers={"Content-Type": kind}, body=body)
        expect_status(reply, 415, f"POST /orders with Content-Type: {kind}", "Look at the type before the body.")


@check(proves="WEB-02")
async def wants_an_object(http: Http, rng: Rng) -> None:
    """JSON that is not an object, such as a list or `null`, is answered with 422 or 400 (brief)."""
    for sent in ([], [order(rng)], None, rng.token(), rng.integer(0, 9), True):
        reply = await post(http, rng, sent)
        shown = json.dumps(sent)[:80]
        hint = "Ask whether it is an object before you look for fields in it."
        expect(reply.status, f"status of POST /orders with {shown}").is_one_of((422, 400), hint=hint)


@check(proves="WEB-02")
async def checks_the_tickets(http: Http, rng: Rng) -> None:
    """`tickets` is a whole number from 1 to 6; anything else is a 422 that names the field (brief)."""
    values = [..., 0, 7, -rng.integer(1, 9), rng.integer(8, 10**6), 2.5, "2", "", True, False, None, [2], {}]
    await expect_field_refused(http, rng, "tickets", values, 'A text is no number, and true is not 1: "2" is refused.')


@check(proves="WEB-02")
async def checks_the_concert(http: Http, rng: Rng) -> None:
    """`concert` is the number of a concert that there is; anything else is a 422 that names the field (brief)."""
    values = [..., 0, len(CONCERTS) + 1, -1, rng.integer(10, 10**6), "1", 1.5, True, None, [1], {"number": 1}]
    await expect_field_refused(http, rng, "concert", values, 'A text is no number, and true is not 1: "1" is refused.')


@check(proves="WEB-02")
async def checks_the_email(http: Http, rng: Rng) -> None:
    """`email` is a text with one @, something on both sides, no white space, 254 characters at most (brief)."""
    name = rng.token()
    whole = "@" + name + ".test"
    await placed(http, rng, email="a" * (EMAIL_MAX - len(whole)) + whole)
    values = [
        ..., "", name, "@" + name, name + "@", "@", f"{name} x{whole}", f"{name}{whole}\n", f"\t{name}{whole}", True,
        f"{name}@{name}{whole}", "a" * (EMAIL_MAX - len(whole) + 1) + whole, rng.integer(0, 9), None, [email(rng)],
    ]  # fmt: skip
    await expect_field_refused(http, rng, "email", values, "The whole text has to fit the pattern; mind its length.")


@check(proves="WEB-02")
async def checks_the_note(http: Http, rng: Rng) -> None:
    """`note` may be left out; else it is a text of 200 characters at most, and characters are not bytes (brief)."""
    for letter in ("n", "é", "日"):
        await placed(http, rng, note=letter * NOTE_MAX)
    values = ["n" * (NOTE_MAX + 1), "é" * (NOTE_MAX + 1), rng.integer(0, 9), None, True, [rng.token()], {}]
    await expect_field_refused(http, rng, "note", values, "Count characters, not bytes. null is no text.")


@check(proves="WEB-02")
async def tells_all_mistakes(http: Http, rng: Rng) -> None:
    """All fields that are wrong are named in one answer, and no others (brief)."""
    hint = "Look at every field before you answer; do not stop at the first mistake."
    wrong = {"email": "ada", "concert": 99, "tickets": 0, "note": 5}
    for count in (2, 3, 4):
        fields = rng.sample(sorted(wrong), count)
        sent = order(rng, **{field: wrong[field] for field in fields})
        expect_refused(await post(http, rng, sent), fields, sent, hint)
    expect_refused(await post(http, rng, {}), ["email", "concert", "tickets"], {}, hint)


@check(proves="WEB-02")
async def names_unknown_fields(http: Http, rng: Rng) -> None:
    """A field that an order does not have is a mistake, too, under its own name (brief)."""
    for extra in (rng.token(), "ticket", "pay", "toString"):
        sent = {**order(rng), extra: 0}
        hint = "A typing mistake such as `ticket` would be overlooked in silence."
        expect_refused(await post(http, rng, sent), [extra], sent, hint)
    sent = order(rng, tickets=..., ticket=2)
    expect_refused(await post(http, rng, sent), ["ticket", "tickets"], sent)
