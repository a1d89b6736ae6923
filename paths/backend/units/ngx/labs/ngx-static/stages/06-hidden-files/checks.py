"""Stage 6: what lies in the folders and is nobody's business, and what looks alike and is."""

from kit import BAKERY, FOLDERS, KIDS, MUSEUM, ask, page, put, served

from firsthand.lab import Http, Nginx, Rng, check, expect

HOSTS = (BAKERY, MUSEUM, KIDS)


async def _is_withheld(http: Http, host: str, target: str, data: bytes, hint: str) -> None:
    reply = await ask(http, host, target)
    expect(reply.status, f"status of GET {target} for {host}, where the check has put such a file").is_one_of(
        (403, 404), hint=hint
    )
    expect(reply.body, f"body of GET {target} for {host}").lacks(data, hint="The file must not come with the refusal.")


@check(proves="NGX-01")
async def withholds_dotfiles(http: Http, nginx: Nginx, rng: Rng) -> None:
    """A path of which a part begins with a dot gives 403 or 404, on every site (brief)."""
    for host in HOSTS:
        for path in (
            "/.env",
            "/.git/config",
            f"/{rng.token()}/.htpasswd",
            f"/.{rng.token()}",
            f"/.{rng.token()}/x.html",
        ):
            data = page(rng)
            target = put(nginx, host, path, data)
            await _is_withheld(http, host, target, data, r"A pattern such as ~ /\. fits wherever the dot stands.")


@check(proves="NGX-01")
async def withholds_them_everywhere(http: Http, nginx: Nginx, rng: Rng) -> None:
    """Below /img/ and with the endings of stage 5, dotfiles are withheld, too (brief)."""
    for name in (f".{rng.token()}", f"{rng.token()}/.{rng.token()}.png"):
        data = page(rng)
        nginx.put(f"shared/img/{name}", data)
        hint = "^~ keeps patterns out, those for dots too. Inside of a location there can be a location with a pattern."
        await _is_withheld(http, BAKERY, f"/img/{name}", data, hint)
    for ending in ("css", "js", "png"):
        data = page(rng)
        target = put(nginx, BAKERY, f"/.{rng.token()}.{ending}", data)
        hint = "Of the patterns that fit, the first in the file wins: this one must stand before that of the endings."
        await _is_withheld(http, BAKERY, target, data, hint)


@check(proves="NGX-01")
async def leaves_well_known_open(http: Http, nginx: Nginx, rng: Rng) -> None:
    """/.well-known/ is served on every site; a dotfile in it is not (RFC 8615, 3)."""
    hint = r"(?!well-known/) behind the dot of a pattern means: unless this follows."
    for host in HOSTS:
        for path in (f"/.well-known/{rng.token()}", f"/.well-known/{rng.token()}/{rng.token()}.txt"):
            data = page(rng)
            await served(http, host, put(nginx, host, path, data), data, file=f"{FOLDERS[host]}{path}", hint=hint)
        for path in (f"/.well-known/.{rng.token()}", f"/.well-known{rng.token()}"):
            data = page(rng)
            await _is_withheld(http, host, put(nginx, host, path, data), data, "Only the folder itself is open.")


@check(proves="NGX-01")
async def withholds_leftovers(http: Http, nginx: Nginx, rng: Rng) -> None:
    """Names that end with ~, .bak or .sql give 403 or 404, on every site (brief)."""
    for host in HOSTS:
        for ending in ("~", ".html~", ".bak", ".conf.bak", ".sql"):
            data = page(rng)
            target = put(nginx, host, f"/{rng.token()}{ending}", data)
            await _is_withheld(http, host, target, data, "A pattern with $ looks at the end of the path.")


@check(proves="NGX-01")
async def withholds_no_more(http: Http, nginx: Nginx, rng: Rng) -> None:
    """Dots in the middle, and names that only look like those, are served (brief)."""
    word = rng.token()
    for path in (
        f"/v1.{rng.integer(1, 9)}/{word}.html",
        f"/{word}.backup.html",
        f"/{word}.sql.html",
        f"/{word}sql",
        f"/{word}bak",
        f"/~{word}/{word}.html",
        f"/git{word}.html",
        f"/{word}.well-known/{word}",
    ):
        data = page(rng)
        await served(
            http,
            BAKERY,
            put(nginx, BAKERY, path, data),
            data,
            file=f"sites/bakery{path}",
            hint=r"In a pattern a plain dot fits any character: \. is a dot. And $ is the end.",
        )
