"""Stage 5: a number for each request, one form for all errors, and a log."""

import json
from collections.abc import AsyncIterator
from urllib.parse import quote

from kit import PROBLEM, cause_of, content, expect_status, id_of, line_of, log_lines, media_type, order, post

from firsthand.lab import App, Http, Reply, Rng, check, expect, fail

ID = r"[A-Za-z0-9-]{1,64}"
NUMBER = "X-Request-Id"


async def _some_replies(http: Http, rng: Rng) -> AsyncIterator[tuple[str, Reply]]:
    """Replies of every kind, with what was asked."""
    yield "GET /hello", await http.get("/hello")
    yield "GET /concerts/1", await http.get("/concerts/1")
    yield "POST /orders", await post(http, rng, order(rng))
    async for what, reply, _ in _some_errors(http, rng):
        yield what, reply


async def _some_errors(http: Http, rng: Rng) -> AsyncIterator[tuple[str, Reply, int]]:
    """Replies to what is wrong, with what was asked, and their status."""
    path = f"/{rng.token()}"
    yield f"GET {path}", await http.get(path), 404
    yield "GET /concerts/99", await http.get("/concerts/99"), 404
    yield "DELETE /concerts/1", await http.delete("/concerts/1"), 405
    broken = {"Content-Type": "application/json"}
    yield "POST /orders with {", await http.post("/orders", headers=broken, body=b"{"), 400
    plain = {"Content-Type": "text/plain"}
    yield "POST /orders with text/plain", await http.post("/orders", headers=plain, body=b"two tickets"), 415
    yield "POST /orders with tickets: 0", await post(http, rng, order(rng, tickets=0)), 422


async def _break(http: Http, rng: Rng, request_id: str = "") -> tuple[Reply, str]:
    """The reply of the route that fails, and the words of the failure."""
    cause = f"{rng.token()}{rng.token()}"
    headers = {NUMBER: request_id} if request_id else {}
    return await http.get(f"/breaks?because={cause}", headers=headers), cause


@check(proves="WEB-03")
async def numbers_each_request(http: Http, rng: Rng) -> None:
    """Every reply, errors too, carries an X-Request-Id, another one each time (brief)."""
    seen: list[str] = []
    async for what, reply in _some_replies(http, rng):
        found = id_of(reply, what)
        expect(found, f"X-Request-Id of {what}").matches(ID)
        if found in seen:
            fail("Two requests got the same X-Request-Id.", expected="another one each time", got=found)
        seen.append(found)


@check(proves="WEB-03")
async def takes_over_an_id(http: Http, rng: Rng) -> None:
    """An X-Request-Id that the client sends, of 1 to 64 letters, digits and hyphens, is taken over (brief)."""
    for given in (rng.token(), f"Mobile-{rng.token()}", "x", "A-9" * 21 + "z"):
        for path in ("/hello", f"/{rng.token()}"):
            reply = await http.get(path, headers={NUMBER: given})
            expect(id_of(reply, f"GET {path}"), f"X-Request-Id of GET {path}").equals(given)


@check(proves="WEB-03")
async def replaces_a_false_id(http: Http, rng: Rng) -> None:
    """An X-Request-Id with anything else in it, or longer, is replaced by one of your own (brief)."""
    word = rng.token()
    for given in (f"{word} {word}", f'"{word}"', f"{word};", f"{word}_1", f"../{word}", "a" * 65, f"<{word}>"):
        reply = await http.get("/hello", headers={NUMBER: given})
        found = id_of(reply, f"GET /hello with {NUMBER}: {given}")
        expect(found, f"X-Request-Id after the client sent {given}").matches(
            ID, hint="The whole text has to fit, not a part of it. What does not fit is replaced, not mended."
        )
        expect(found, "X-Request-Id").differs_from(given)


@check(proves="WEB-03")
async def gives_errors_one_form(http: Http, rng: Rng) -> None:
    """Every error is `application/problem+json` with title, status and the request's id (RFC 9457, 3)."""
    async for what, reply, status in _some_errors(http, rng):
        expect_status(reply, status, what)
        hint = "Also the 404 and 405 that your framework answers by itself: it has a place for a handler of errors."
        expect(media_type(reply) or "none", f"Content-Type of the {status}").equals(PROBLEM, hint=hint)
        got = content(reply, f"the {status}", (PROBLEM,))
        if not isinstance(got, dict) or not isinstance(got.get("title"), str) or not got["title"].strip():
            fail(f"The {status} of {what} has no `title`.", expected='"title": "..."', got=json.dumps(got)[:200])
        expect(got.get("status"), f"`status` in the body of the {status}").equals(status)
        expect(got.get("id"), f"`id` in the body of the {status}").equals(id_of(reply, what))
        if status == 422:
            expect([e.get("field") for e in got.get("errors", [])], "fields of the 422's `errors`").equals(["tickets"])


@check(proves="WEB-03")
async def hides_the_cause(http: Http, rng: Rng) -> None:
    """What nobody expected becomes a 500 in the same form, without a word about the cause (RFC 9457, 5)."""
    reply, cause = await _break(http, rng)
    what = "GET /breaks"
    expect_status(reply, 500, what)
    if cause.encode() in reply.raw:
        got = reply.body.decode("utf-8", "replace")[:200]
        hint = "Words, stack traces and names of files belong in the log, and nowhere else."
        fail("The 500 tells the cause to the client.", expected=f"no {cause} in it", got=got, hint=hint)
    expect(media_type(reply) or "none", "Content-Type of the 500").equals(PROBLEM)
    got = content(reply, "the 500", (PROBLEM,))
    expect(got.get("status") if isinstance(got, dict) else None, "`status` in the body of the 500").equals(500)
    expect(got.get("id"), "`id` in the body of the 500").equals(id_of(reply, what))
    expect_status(await http.get("/hello"), 200, "GET /hello after it", "One failure must not end the program.")


@check(proves="WEB-03")
async def logs_each_request(http: Http, app: App, rng: Rng) -> None:
    """For each request a line of JSON is printed, with id, method, path and status (brief)."""
    word = rng.token()
    for method, path, status in (("GET", "/concerts", 200), ("GET", f"/{word}", 404), ("DELETE", "/hello", 405)):
        given = rng.token()
        await http.request(method, path, headers={NUMBER: given})
        entry = await line_of(app, given, f"{method} {path}")
        for name, value in (("method", method), ("path", path), ("status", status)):
            hint = "The path ends where the query would begin, without the `?`." if name == "path" else ""
            expect(entry.get(name), f"`{name}` in the log's line for {method} {path}").equals(value, hint=hint)
    given = rng.token()
    await http.get(f"/hello?secret={word}", headers={NUMBER: given})
    entry = await line_of(app, given, "GET /hello with a query")
    hint = "The query may hold what is nobody's business, such as a token."
    expect(entry.get("path"), "`path` in the log's line for GET /hello with a query").equals("/hello", hint=hint)


@check(proves="WEB-03")
async def logs_the_cause(http: Http, app: App, rng: Rng) -> None:
    """Of a failure the log has the cause, and the line with status 500, both with the request's id (brief)."""
    given = rng.token()
    _, cause = await _break(http, rng, given)
    await cause_of(app, given, cause)
    entry = await line_of(app, given, "the request that failed")
    hint = "Is the log inside of the error handler? Then the failure flies past it."
    expect(entry.get("status"), "`status` in the log's line for GET /breaks").equals(500, hint=hint)


@check(proves="WEB-03")
async def keeps_strangers_out_of_the_log(http: Http, app: App, rng: Rng) -> None:
    """Whatever a client sends, it cannot write a line of its own into the log (brief)."""
    forged, after = rng.token(), rng.token()
    line = json.dumps({"id": forged, "method": "GET", "path": "/hello", "status": 200})
    for text in (f"x\n{line}\n", f'x", "id": "{forged}'):
        path = f"/{quote(text, safe='')}"
        expect_status(await http.get(path), 404, f"GET {path}")
    await http.get("/hello", headers={NUMBER: after})
    await line_of(app, after, "GET /hello")
    hint = "Let the language's own writer of JSON make the line: it escapes what came from outside."
    expect([e for e in log_lines(app) if e.get("id") == forged], "lines that a client has forged").equals([], hint=hint)
