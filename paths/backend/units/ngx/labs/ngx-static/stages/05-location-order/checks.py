"""Stage 5: exact, prefix and pattern: which location answers."""

from kit import BAKERY, ask, kind_of, leads_to, max_age, page, put, served

from firsthand.lab import Http, Nginx, Rng, check, expect, fail

DAY_S = 86_400
YEAR_S = 31_536_000
KEPT = ("css", "js", "png", "svg", "woff2")


@check(proves="NGX-01")
async def serves_shared_pictures(http: Http, nginx: Nginx, rng: Rng) -> None:
    """/img/NAME is the file shared/img/NAME, whatever its ending (ngx_http_core_module, alias and ^~)."""
    for name in (f"{rng.token()}.txt", f"{rng.token()}/{rng.token()}.jpg", f"{rng.token()}.png", f"{rng.token()}.svg"):
        data = rng.any_bytes(20, 300)
        nginx.put(f"shared/img/{name}", data)
        await served(
            http,
            BAKERY,
            f"/img/{name}",
            data,
            file=f"shared/img/{name}",
            hint="`root` is put before the whole path, /img/ included; `alias` in the place of it. If only some "
            "endings fail: a pattern (~) wins over a plain prefix, but not over one with ^~.",
        )


@check(proves="NGX-01")
async def stays_in_the_folder(http: Http, nginx: Nginx, rng: Rng) -> None:
    """No path gets out of shared/img: what lies beside it is never given (brief)."""
    name, secret = f"{rng.token()}.txt", page(rng)
    nginx.put(f"shared/{name}", secret)
    for target in (f"/img../{name}", f"/img/%2e%2e/{name}", f"/img/../shared/{name}"):
        reply = await ask(http, BAKERY, target)
        if secret in reply.body:
            fail(
                f"GET {target} gives shared/{name}, which is for nobody.",
                expected="404, or another refusal",
                got=f"{reply.status}, and the file",
                hint="`location /img` without its slash fits /img../ as well, and alias makes shared/img/../ of that. "
                "Where alias ends with a slash, the location must, too.",
            )


@check(proves="NGX-01")
async def answers_one_path(http: Http, rng: Rng) -> None:
    """/status says ok, as text/plain; a longer path is another one: 404 (ngx_http_core_module, =)."""
    reply = await ask(http, BAKERY, "/status")
    expect(reply.status, "status of GET /status").equals(200)
    expect(reply.body.decode("utf-8", "replace").strip(), "body of GET /status").equals("ok")
    expect(kind_of(reply), "type that Content-Type of GET /status names").equals("text/plain")
    for target in (f"/status/{rng.token()}", f"/status{rng.token()}", "/status/"):
        reply = await ask(http, BAKERY, target)
        expect(reply.status, f"status of GET {target}").equals(
            404, hint="`location /status` is a prefix: it fits all that begins so. `=` means this path alone."
        )


@check(proves="NGX-01")
async def says_what_is_gone(http: Http, nginx: Nginx, rng: Rng) -> None:
    """All below /old/ is 410, Gone, whatever its ending, whatever lies there (RFC 9110, 15.5.11)."""
    for ending in ("html", *KEPT):
        target = put(nginx, BAKERY, f"/old/{rng.token()}.{ending}", page(rng))
        reply = await ask(http, BAKERY, target)
        expect(reply.status, f"status of GET {target}").equals(
            410, hint="A pattern that fits wins over this prefix, unless it is written with ^~."
        )


@check(proves="NGX-01")
async def leads_to_the_recipes(http: Http, rng: Rng) -> None:
    """/old/recipes/X is redirected, 301, to /recipes/X, whatever X is; the query stays (brief)."""
    for rest in (f"{rng.token()}.html", f"{rng.token()}/{rng.token()}.css", ""):
        query = f"p={rng.integer(1, 99)}"
        target = f"/old/recipes/{rest}?{query}"
        reply = await ask(http, BAKERY, target)
        expect(reply.status, f"status of GET {target}").equals(
            301, hint="Of the prefixes that fit the longest wins, wherever it stands in the file."
        )
        leads_to(reply, BAKERY, f"/recipes/{rest}", query, f"GET {target}", "`rewrite ... permanent` keeps the query.")


@check(proves="NGX-01")
async def lets_browsers_keep(http: Http, nginx: Nginx, rng: Rng) -> None:
    """.css .js .png .svg .woff2, in any case, may be kept a day, /img/ a year, pages not (RFC 9111, 5.2.2.1)."""
    for ending in KEPT:
        for written in (ending, rng.odd_case(ending)):
            target = put(nginx, BAKERY, f"/{rng.token()}.{written}", page(rng))
            reply = await ask(http, BAKERY, target)
            expect(reply.status, f"status of GET {target}").equals(200)
            expect(max_age(reply), f"max-age in Cache-Control of GET {target}").equals(
                DAY_S, hint="~ heeds the case of letters, ~* does not."
            )
    name = f"{rng.token()}.{rng.choice(KEPT)}"
    nginx.put(f"shared/img/{name}", page(rng))
    reply = await ask(http, BAKERY, f"/img/{name}")
    expect(max_age(reply), f"max-age in Cache-Control of GET /img/{name}").equals(YEAR_S)
    for path in (f"/{rng.token()}.html", f"/{rng.token()}.css.html", f"/{rng.token()}css", f"/{rng.token()}.json"):
        reply = await ask(http, BAKERY, put(nginx, BAKERY, path, page(rng)))
        expect(max_age(reply), f"max-age in Cache-Control of GET {path}").equals(
            None, hint=r"In a pattern a dot is any character and \. is a dot; $ is the end: js would fit json."
        )


@check(proves="NGX-01")
async def forbids_guessing_there_too(http: Http, nginx: Nginx, rng: Rng) -> None:
    """X-Content-Type-Options: nosniff comes with what browsers may keep, too (ngx_http_headers_module)."""
    style = put(nginx, BAKERY, f"/{rng.token()}.css", page(rng))
    name = f"{rng.token()}.png"
    nginx.put(f"shared/img/{name}", page(rng))
    for target in (style, f"/img/{name}"):
        reply = await ask(http, BAKERY, target)
        expect(
            (reply.headers.get("X-Content-Type-Options") or "").lower(), f"X-Content-Type-Options of GET {target}"
        ).equals("nosniff", hint="A location with an add_header of its own inherits none: say both there.")
