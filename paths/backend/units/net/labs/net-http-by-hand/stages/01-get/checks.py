"""Stage 1: the smallest whole request."""

from kit import Hand, Server, Written, some_host, some_hosts, some_target, some_targets

from firsthand.lab import Answer, App, Doors, Peers, Rng, check, expect


async def _asked(app: App, rng: Rng, *, host: str = "", target: str = "") -> Written:
    env = {"HOST": host or some_host(rng), "TARGET": target or some_target(rng)}
    return await Hand(app).asks("get", env=env)


@check(proves="NET-09")
async def asks_with_get(app: App, rng: Rng) -> None:
    """`get` prints a request whose first line is GET, the target and HTTP/1.1, one space between (RFC 9112, 3)."""
    for target in some_targets(rng):
        asked = await _asked(app, rng, target=target)
        asked.expect_line("GET", target)


@check(proves="NET-09")
async def ends_the_head(app: App, rng: Rng) -> None:
    """An empty line ends the head, and nothing follows it (RFC 9112, 2.1)."""
    asked = await _asked(app, rng)
    asked.expect_end()
    asked.expect_body(None)


@check(proves="NET-09")
async def ends_lines_with_cr_lf(app: App, rng: Rng) -> None:
    """Each line of the head, the empty one too, ends with CR LF (RFC 9112, 2.1)."""
    asked = await _asked(app, rng)
    asked.expect_crlf()


@check(proves="NET-09")
async def names_the_host(app: App, rng: Rng) -> None:
    """One Host header says which site is meant; no space stands before the colon (RFC 9112, 3.2)."""
    for host in some_hosts(rng):
        asked = await _asked(app, rng, host=host)
        asked.expect_host(host)


@check(proves="NET-09")
async def asks_to_hang_up(app: App, peers: Peers, doors: Doors, rng: Rng) -> None:
    """With `Connection: close` it asks the server to hang up, and a real server answers and does (RFC 9112, 9.6)."""
    server = Server(peers, doors, app)
    target = some_target(rng)
    asked = await Hand(app).asks("get", env={"HOST": server.host, "TARGET": target})
    asked.expect_close()
    asked.expect_whole("GET", target, server.host)
    await server.answers(asked, lambda _: Answer(body=b"hello\n"))
    for hit in server.hits:
        expect(f"{hit.method} {hit.target}", "what the server understood").equals(f"GET {target}")
