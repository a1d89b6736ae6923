"""Stage 4: one address, several sites: the header Host decides."""

from kit import BAKERY, KIDS, MUSEUM, ask, leads_to, page, put, served

from firsthand.lab import Http, Nginx, Rng, check, expect


@check(proves="NGX-01")
async def serves_each_host(http: Http, nginx: Nginx, rng: Rng) -> None:
    """The same path is another file for each host: bakery.example, museum.example (RFC 9110, 7.2)."""
    path = f"/{rng.token()}.html"
    pages = {host: page(rng) for host in (BAKERY, MUSEUM)}
    for host, data in pages.items():
        put(nginx, host, path, data)
    for host, data in pages.items():
        hint = f"A server block with `server_name {host};` and the root of its site."
        await served(http, host, path, data, hint=hint)
        await served(http, f"{rng.odd_case(host)}:8080", path, data, hint=hint)


@check(proves="NGX-01")
async def leads_away_from_www(http: Http, rng: Rng) -> None:
    """www.bakery.example is redirected, 301, to bakery.example with the same path and query (brief)."""
    path, query = f"/{rng.token()} {rng.token()}/", f"q={rng.token()}%20{rng.token()}"
    target = f"{path.replace(' ', '%20')}?{query}"
    reply = await ask(http, "www.bakery.example", target)
    what = f"GET {target} for www.bakery.example"
    hint = "$request_uri is path and query as they were asked for; $uri is decoded and has no query."
    expect(reply.status, f"status of {what}").equals(301)
    expect(reply.headers.get("Location") or "", f"Location of {what}").matches(r"(https?:)?//bakery\.example.*")
    leads_to(reply, BAKERY, path, query, what, hint)
    expect(reply.headers.get("Location") or "", f"Location of {what}").lacks(" ", hint=hint)


@check(proves="NGX-01")
async def serves_names_below(http: Http, nginx: Nginx, rng: Rng) -> None:
    """Every name below museum.example is the museum's site, too (server names, wildcard names)."""
    path, data = f"/{rng.token()}.html", page(rng)
    put(nginx, MUSEUM, path, data)
    for host in (f"{rng.token()}.{MUSEUM}", f"www.{MUSEUM}", f"{rng.token()}.{rng.token()}.{MUSEUM}"):
        await served(http, host, path, data, hint="An asterisk at the beginning of a server_name stands for any names.")


@check(proves="NGX-01")
async def prefers_the_exact_name(http: Http, nginx: Nginx, rng: Rng) -> None:
    """kids.museum.example is a site of its own, although a wildcard fits it (server names)."""
    path = f"/{rng.token()}.html"
    pages = {host: page(rng) for host in (KIDS, MUSEUM)}
    for host, data in pages.items():
        put(nginx, host, path, data)
    await served(
        http,
        KIDS,
        path,
        pages[KIDS],
        file=f"sites/kids{path}",
        hint="Exact names win over those with an asterisk, and these over patterns (~), wherever they stand.",
    )


@check(proves="NGX-01")
async def knows_no_others(http: Http, nginx: Nginx, rng: Rng) -> None:
    """A host that is none of these, or none at all, gets 421, and no file (RFC 9110, 15.5.20)."""
    path = f"/{rng.token()}.html"
    for host in (BAKERY, MUSEUM, KIDS):
        put(nginx, host, path, page(rng))
    hint = "One server block is the default: that with `listen ${PORT} default_server;`, or else the first in the file."
    for host in (f"{rng.token()}.example", "127.0.0.1", f"{rng.token()}{MUSEUM}", f"{rng.token()}.{BAKERY}"):
        reply = await ask(http, host, path)
        expect(reply.status, f"status of GET {path} for {host}").equals(421, hint=hint)
    async with http.connection() as connection:
        await connection.send(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        reply = await connection.reply()
        expect(reply.status, f"status of GET {path} in HTTP/1.0, without Host").equals(421, hint=hint)


@check(proves="NGX-01")
async def keeps_the_rules_for_all(http: Http, nginx: Nginx, rng: Rng) -> None:
    """Front pages and the page for 404 are each site's own: the rules of stage 3 hold for all sites (brief)."""
    for host in (MUSEUM, KIDS):
        folder, front, missing = f"/{rng.token()}/", page(rng), page(rng)
        put(nginx, host, f"{folder}welcome.html", front)
        put(nginx, host, "/404.html", missing)
        hint = "What a server block says holds for it alone: say it in http, or include a file in each server."
        await served(http, host, folder, front, hint=hint)
        reply = await ask(http, host, f"/{rng.token()}")
        expect(reply.status, f"status of a missing page of {host}").equals(404)
        expect(reply.body, f"body of a missing page of {host}").equals(missing, hint=hint)
