"""What the stages of web-first-app share: the concerts, replies read as text and JSON, problems, orders, the log."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from firsthand.core.deadlines import until
from firsthand.lab import App, Deadline, Http, Reply, Rng, expect, fail

Json = Any

JSON = "application/json"
PROBLEM = "application/problem+json"
CONCERTS = (
    {"number": 1, "artist": "The Silver Tides", "genre": "folk", "price": 30},
    {"number": 2, "artist": "Café Noir", "genre": "drum & bass", "price": 25},
    {"number": 3, "artist": "Kofi & the Night Bus", "genre": "música latina", "price": 20},
    {"number": 4, "artist": "Ana Luz", "genre": "folk", "price": 40},
)
CSRF = "A guard for forms (CSRF) has refused it. This is no form of a page: in Django, take it out of MIDDLEWARE."
REDIRECTS = (301, 302, 307, 308)
LOG_S = 2.0
"""How long the line of a request may take to come out of the program, after its reply."""
SHOWN = 300
SHOWN_IN_A_SENTENCE = 60


def media_type(reply: Reply) -> str:
    """The Content-Type without its parameters, in small letters."""
    return (reply.headers.get("Content-Type") or "").partition(";")[0].strip().lower()


def expect_status(reply: Reply, status: int, what: str, hint: str = "") -> None:
    """The reply to `what` must have this status."""
    expect(reply.status, f"status of {what}").equals(status, hint=_hint_on_status(reply, status) or hint)


def _hint_on_status(reply: Reply, wanted: int) -> str:
    """What a status says that nobody has asked for, whatever the rule is."""
    if reply.status >= 500 > wanted:
        return "Your program broke at this, and nothing caught it. What it printed tells where."
    if reply.status in REDIRECTS:
        where = reply.headers.get("Location") or "nowhere"
        return f"It is a redirect, to {where}. Is there a / more at the end of your route, or one less?"
    if (reply.status, wanted) == (400, 422):
        return "400 is for what cannot be read as JSON. This can be read; its values are wrong, and that is a 422."
    return ""


def expect_text(reply: Reply, text: str, what: str, hint: str = "") -> None:
    """The body must be this text, in UTF-8; a line end behind it may be there."""
    expect_status(reply, 200, what)
    got = reply.body.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
    expect(got, f"body of {what}").equals(text, hint=hint)


def content(reply: Reply, what: str, types: Iterable[str] = (JSON,)) -> Json:
    """The body, read as JSON; its Content-Type must be one of these."""
    hint = "Text that holds JSON is text still, until the reply says what it is." if JSON in types else ""
    expect(media_type(reply) or "none", f"Content-Type of {what}").is_one_of(tuple(types), hint=hint)
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        got = reply.body[:SHOWN].decode("utf-8", "replace")
        fail(f"The body of {what} is not JSON: {error}.", expected="JSON in UTF-8", got=got or "an empty body")


def expect_members(got: Json, wanted: Mapping[str, Json], what: str) -> None:
    """The object must have these members with these values; it may have more."""
    if not isinstance(got, dict):
        fail(f"{what} is not a JSON object.", expected=json.dumps(dict(wanted), ensure_ascii=False), got=_shown(got))
    for name, value in wanted.items():
        if name not in got:
            fail(f"{what} has no `{name}`.", expected=f'"{name}": {_shown(value)}', got=_shown(got))
        if not _same(got[name], value):
            fail(f"`{name}` of {what} is wrong.", expected=_shown(value), got=_shown(got[name]))


def expect_concerts(got: Json, numbers: Iterable[object], what: str) -> None:
    """The body must be a list of just these concerts, in order of their numbers."""
    if not isinstance(got, list):
        hint = "A list in JSON stands in [ ]. If you keep the concerts by number, give back the values alone."
        fail(f"The body of {what} is not a list.", expected="[{...}, ...]", got=_shown(got), hint=hint)
    wanted = [concert for concert in CONCERTS if concert["number"] in set(numbers)]
    found = [one.get("number") if isinstance(one, dict) else one for one in got]
    expect(found, f"numbers of the concerts in {what}").equals([concert["number"] for concert in wanted])
    for one, concert in zip(got, wanted, strict=True):
        expect_members(one, concert, f"concert {concert['number']} in {what}")


def _same(got: Json, wanted: Json) -> bool:
    """Equal values; 30.0 is 30 in JSON, but true is not 1."""
    if isinstance(got, bool) or isinstance(wanted, bool):
        return got is wanted
    return bool(got == wanted)


def _shown(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)[:SHOWN]


# Orders.


def email(rng: Rng) -> str:
    """An address that nobody else has."""
    return f"{rng.token()}@{rng.token()}.test"


def order(rng: Rng, **changes: Json) -> dict[str, Json]:
    """An order as a client sends it; a change to `...` leaves a field out."""
    whole = {
        "email": email(rng),
        "concert": rng.integer(1, len(CONCERTS)),
        "tickets": rng.integer(1, 6),
        "note": " ".join(rng.tokens(3)),
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def kept(sent: Mapping[str, Json]) -> dict[str, Json]:
    """What the answer to this order must hold."""
    price = next(concert["price"] for concert in CONCERTS if concert["number"] == sent["concert"])
    return {"note": "", **sent, "pay": sent["tickets"] * int(str(price))}


async def post(http: Http, rng: Rng, sent: Json, headers: Mapping[str, str] | None = None) -> Reply:
    """`POST /orders` with this as JSON: fields in any order, characters escaped or not."""
    if isinstance(sent, dict):
        fields = list(sent.items())
        rng.shuffle(fields)
        sent = dict(fields)
    body = json.dumps(sent, ensure_ascii=rng.chance(50)).encode()
    kind = rng.choice((JSON, f"{JSON}; charset=utf-8"))
    return await http.post("/orders", headers={"Content-Type": kind, **(headers or {})}, body=body)


async def placed(http: Http, rng: Rng, **changes: Json) -> tuple[dict[str, Json], Json]:
    """An order that is right and must be taken: what was sent, and what came back."""
    sent = order(rng, **changes)
    reply = await post(http, rng, sent)
    what = "POST /orders with an order that is right"
    if changes:
        what += " and has " + ", ".join(_told(field, value) for field, value in changes.items())
    expect_status(reply, 201, what, _hint_on_order(reply))
    got = content(reply, "POST /orders")
    expect_members(got, kept(sent), "the order in the answer")
    return sent, got


def _told(field: str, value: Json) -> str:
    """A field of an order as a sentence shows it; `...` is one that was left out."""
    if value is ...:
        return f"no `{field}`"
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > SHOWN_IN_A_SENTENCE:
        text = f"{text[:SHOWN_IN_A_SENTENCE]}... ({len(value)} characters)"
    return f'"{field}": {text}'


def _hint_on_order(reply: Reply) -> str:
    """What may be wrong with the answer to an order that is right."""
    if reply.status in (404, 405):
        return "Is there a route for the path /orders, with the method POST?"
    if reply.status in (200, 202):
        return "Something new has come to be: that is a 201."
    if reply.status == 415:
        return "It was sent as application/json, perhaps with `; charset=utf-8` behind it."
    answer = reply.body[:SHOWN].decode("utf-8", "replace")
    return f"Do you read the body as JSON, and does each rule let what is right pass? Your program answered: {answer}"


def expect_refused(reply: Reply, fields: Iterable[str], sent: Json, hint: str = "", shown: str = "") -> None:
    """The reply must be a 422 that names just these fields, each once, and has words for each."""
    what = f"POST /orders with {shown or _shown(sent)}"
    expect_status(reply, 422, what, hint)
    got = content(reply, "the 422", (JSON, PROBLEM))
    errors = got.get("errors") if isinstance(got, dict) else None
    if not isinstance(errors, list) or not all(isinstance(error, dict) for error in errors):
        fail(
            "The 422 has no list `errors`.",
            expected='{"errors": [{"field": "tickets", "message": "..."}]}',
            got=_shown(got),
        )
    named = sorted(str(error.get("field")) for error in errors)
    expect(named, f"fields named by the errors of {what}").equals(sorted(fields), hint=hint)
    for error in errors:
        message = error.get("message")
        if not isinstance(message, str) or not message.strip():
            fail("An error has no words.", expected='"message": "Give a whole number from 1 to 6."', got=_shown(error))


async def expect_field_refused(http: Http, rng: Rng, field: str, values: Iterable[Json], hints: str = "") -> None:
    """Each of these values for the field must be refused, with this one field named."""
    for value in values:
        sent = order(rng, **{field: value})
        hint = "A field that is missing is wrong, too, and named." if value is ... else hints
        expect_refused(await post(http, rng, sent), [field], sent, hint, _told(field, value))


def id_of(reply: Reply, what: str) -> str:
    """The request's number."""
    found = reply.headers.all("X-Request-Id")
    if len(found) != 1 or not found[0].strip():
        got = " and ".join(found) or "none"
        fail(f"The reply to {what} has not one X-Request-Id.", expected="X-Request-Id: ...", got=got)
    return str(found[0].strip())


def allowed(reply: Reply) -> list[str]:
    """The methods that Allow lists."""
    return [each.strip() for value in reply.headers.all("Allow") for each in value.split(",") if each.strip()]


async def wrong_methods_are_405(http: Http, wrong: Mapping[str, Iterable[str]], has: str) -> None:
    """Each path refuses these methods with 405 and an Allow that names `has`, and not what was refused."""
    for path, methods in wrong.items():
        for method in methods:
            reply = await http.request(method, path, body=b"" if method in ("POST", "PUT") else None)
            hint = CSRF if reply.status == 403 else "The address exists; it does not do that."
            expect_status(reply, 405, f"{method} {path}", hint)
            told = f"Allow in the reply to {method} {path}"
            expect(allowed(reply), told).contains(has, hint="A 405 must say which methods are possible.")
            expect(allowed(reply), told).lacks(method)


# The log.


def log_lines(app: App) -> list[dict[str, Json]]:
    """The lines that the first web instance has printed and that are JSON objects."""
    found = []
    for line in app.instances[0].program.stdout.data().splitlines():
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            found.append(entry)
    return found


async def line_of(app: App, request_id: str, what: str) -> dict[str, Json]:
    """The line of this request, once it is there: the one that has method, path and status."""
    return await _logged(app, request_id, what, lambda entry: {"method", "path", "status"} <= entry.keys())


async def cause_of(app: App, request_id: str, cause: str) -> None:
    """Wait for a line with this request's id that holds the words of the failure."""
    await _logged(app, request_id, "the cause of the 500", lambda entry: cause in json.dumps(entry), f'"...{cause}..."')


async def _logged(
    app: App,
    request_id: str,
    what: str,
    is_meant: Callable[[dict[str, Json]], bool],
    wanted: str = '"method", "path" and "status"',
) -> dict[str, Json]:
    def lines() -> list[dict[str, Json]]:
        return [entry for entry in log_lines(app) if entry.get("id") == request_id and is_meant(entry)]

    async def is_there() -> bool:
        return bool(lines())

    if not await until(is_there, Deadline.after(LOG_S, app.factor)):
        last = app.instances[0].program.stdout.tail(3)
        fail(
            f"The log has no line for {what}.",
            expected=f'a line of JSON with "id": "{request_id}", {wanted}',
            got=f"last lines of the output:\n{last}" if last else "nothing was printed",
            hint="Is it one object in JSON on a line of its own, and written at once? Python: print(..., flush=True).",
        )
    return lines()[0]


def place_of(reply: Reply) -> str:
    """The path in Location, which may be a whole URL."""
    found = reply.headers.get("Location")
    if not found:
        fail("The 201 has no Location.", expected="Location: /orders/...", got="none", hint="Where is the new order?")
    return urlsplit(found).path
