"""Stage 3: folders have front pages, one address each, and no lists; what is missing is told by a page of the site."""

from kit import BAKERY, ask, leads_to, page, put, served

from firsthand.lab import Http, Nginx, Rng, check, expect


@check(proves="NGX-01")
async def gives_the_front_page(http: Http, nginx: Nginx, rng: Rng) -> None:
    """A folder gives its index.html, or where there is none its welcome.html (ngx_http_index_module)."""
    for names in (["welcome.html"], ["index.html"], ["welcome.html", "index.html"]):
        folder = rng.choice((f"/{rng.token()}/", f"/{rng.token()}/{rng.token()}/"))
        for name in names:
            data = page(rng)
            put(nginx, BAKERY, f"{folder}{name}", data)
        await served(
            http,
            BAKERY,
            folder,
            data,
            file=f"sites/bakery{folder}{names[-1]}",
            hint="`index` takes several names: nginx gives the first one that is there.",
        )


@check(proves="NGX-01")
async def adds_the_slash(http: Http, nginx: Nginx, rng: Rng) -> None:
    """A folder without its slash is redirected, 301, to the path with it; the query stays (brief)."""
    folder, query = f"/{rng.token()}/{rng.token()}", f"q={rng.token()}"
    put(nginx, BAKERY, f"{folder}/index.html", page(rng))
    reply = await ask(http, BAKERY, f"{folder}?{query}")
    hint = (
        "nginx does so by itself, unless try_files leaves it no chance: `$uri/` in its list means the folder. Without "
        "the slash all relative links of the page lead a folder too high."
    )
    expect(reply.status, f"status of GET {folder}, a folder").equals(301, hint=hint)
    leads_to(reply, BAKERY, f"{folder}/", query, f"GET {folder}?{query}", hint)


@check(proves="NGX-01")
async def lists_nothing(http: Http, nginx: Nginx, rng: Rng) -> None:
    """A folder without a front page gives 403 or 404, and no list of what is in it (brief)."""
    folder, name = f"/{rng.token()}/", f"{rng.token()}.txt"
    put(nginx, BAKERY, f"{folder}{name}", page(rng))
    reply = await ask(http, BAKERY, folder)
    hint = "autoindex makes such lists; it is off unless somebody turns it on."
    expect(reply.status, f"status of GET {folder}, a folder without a front page").is_one_of((403, 404), hint=hint)
    expect(reply.body.decode("utf-8", "replace"), f"body of GET {folder}").lacks(name, hint=hint)


@check(proves="NGX-01")
async def shows_its_own_404(http: Http, nginx: Nginx, rng: Rng) -> None:
    """With 404 comes the page sites/bakery/404.html, as it is now on the disk (ngx_http_core_module, error_page)."""
    data = page(rng)
    put(nginx, BAKERY, "/404.html", data)
    for target in (f"/{rng.token()}", f"/{rng.token()}/{rng.token()}.png"):
        reply = await ask(http, BAKERY, target)
        expect(reply.status, f"status of GET {target}, which is not there").equals(404)
        expect(reply.body, f"body of GET {target}, which the check has put into sites/bakery/404.html").equals(
            data,
            hint="error_page takes a path of the site, with a slash before it. open_file_cache remembers old pages.",
        )


@check(proves="NGX-01")
async def hides_the_404_page(http: Http, nginx: Nginx, rng: Rng) -> None:
    """GET /404.html is 404 as well: it is no page of the site (ngx_http_core_module, internal)."""
    put(nginx, BAKERY, "/404.html", page(rng))
    reply = await ask(http, BAKERY, "/404.html")
    expect(reply.status, "status of GET /404.html").equals(
        404, hint="In a location of its own, `internal;` makes it visible to error_page alone."
    )
