"""Stage 1: what lies in a folder can be asked for, and nothing else happens."""

from urllib.parse import quote

from kit import BAKERY, ask, page, put, served

from firsthand.lab import Http, Nginx, Rng, check, expect


@check(proves="NGX-01")
async def serves_files(http: Http, nginx: Nginx, rng: Rng) -> None:
    """GET gives the file of sites/bakery that has the path's name, byte for byte (ngx_http_core_module, root)."""
    data = page(rng)
    target = put(nginx, BAKERY, f"/{rng.token()}.html", data)
    await served(
        http,
        BAKERY,
        target,
        data,
        file=f"sites/bakery{target}",
        hint="`root` says in which folder nginx looks; its path begins at the folder of your nginx.conf.",
    )
    for path in (f"/{rng.token()}/{rng.token()}/{rng.token()}.txt", f"/{rng.token()}.png"):
        data = rng.payload()
        await served(http, BAKERY, put(nginx, BAKERY, path, data), data, file=f"sites/bakery{path}")


@check(proves="NGX-01")
async def finds_names_of_all_kinds(http: Http, nginx: Nginx, rng: Rng) -> None:
    """Spaces and letters of all languages in names are found, as a browser asks for them (RFC 3986, 2.1)."""
    for name in ("crème", "two words", "πίτα", "100% rye", "面包"):
        path, data = f"/{rng.token()} {name}.html", page(rng)
        await served(
            http,
            BAKERY,
            put(nginx, BAKERY, path, data),
            data,
            file=f"sites/bakery{path}",
            hint="nginx undoes %20 and its like by itself: $uri is the path after that, $request_uri the one before.",
        )


@check(proves="NGX-01")
async def ignores_the_query(http: Http, nginx: Nginx, rng: Rng) -> None:
    """What stands behind a ? does not change which file it is (RFC 3986, 3.4)."""
    data = page(rng)
    target = put(nginx, BAKERY, f"/{rng.token()}.html", data)
    for query in (f"v={rng.token()}", f"from={quote('/a b', safe='')}&x", ""):
        await served(http, BAKERY, f"{target}?{query}", data, hint="Look for a $args or $request_uri in your file.")


@check(proves="NGX-01")
async def says_what_is_missing(http: Http, nginx: Nginx, rng: Rng) -> None:
    """Where there is no such file the status is 404 (RFC 9110, 15.5.5)."""
    path = f"/{rng.token()}.html"
    put(nginx, BAKERY, path, page(rng))
    for target in (f"/{rng.token()}.html", f"/{rng.token()}/{rng.token()}.css", f"{path}x"):
        reply = await ask(http, BAKERY, target)
        expect(reply.status, f"status of GET {target}, which is not there").equals(
            404,
            hint="A page that says sorry with 200 or a redirect is found by search engines and monitors as if it were "
            "a good one.",
        )


@check(proves="NGX-01")
async def answers_head(http: Http, nginx: Nginx, rng: Rng) -> None:
    """HEAD gives what GET gives, without the body (RFC 9110, 9.3.2)."""
    data = page(rng)
    target = put(nginx, BAKERY, f"/{rng.token()}.html", data)
    reply = await ask(http, BAKERY, target, method="HEAD")
    expect(reply.status, f"status of HEAD {target}").equals(
        200, hint="nginx answers HEAD by itself. Something in your file lets only GET pass."
    )
    expect(reply.headers.get("Content-Length"), f"Content-Length of HEAD {target}").equals(str(len(data)))


@check(proves="NGX-01")
async def takes_nothing(http: Http, nginx: Nginx, rng: Rng) -> None:
    """POST, PUT and DELETE of a file get 405, and the file stays as it is (RFC 9110, 15.5.6)."""
    data = page(rng)
    target = put(nginx, BAKERY, f"/{rng.token()}.html", data)
    for method in ("POST", "PUT", "DELETE"):
        reply = await ask(http, BAKERY, target, method=method)
        expect(reply.status, f"status of {method} {target}").equals(
            405, hint="nginx says 405 for a file by itself. 403 would say: you may not; 405 says: nobody can."
        )
    await served(http, BAKERY, target, data)
