"""Stage 5: files, and the form in which a client wants them."""

import json
import shutil
from urllib.parse import quote

from kit import coding, compressible, head, media_type, options, percent, publish

from firsthand.core.limits import KIB
from firsthand.lab import Folder, Http, Reply, Rng, check, expect, fail


@check(proves="NET-11")
async def serves_files(http: Http, rng: Rng, public: Folder) -> None:
    """`GET /files/{path}` gives the file's bytes; a missing file and a folder are a 404 (brief)."""
    folder, name, other = rng.tokens(3)
    contents = [rng.payload(), rng.any_bytes(64 * KIB, 64 * KIB), b"", b"\r\n\r\n" + rng.text().encode()]
    paths = [f"{name}.txt", f"{folder}/{name}", f"{folder}/{other} +%41/{name}.html", f"{name} {other}"]
    for path, content in zip(paths, contents, strict=True):
        public.write(path, content)
        target = "/files/" + "/".join(percent(part.encode(), rng) for part in path.split("/"))
        reply = await http.get(target)
        expect(reply.status, f"status of {target}").equals(
            200, hint="Percent-decode the path before you open the file."
        )
        expect(reply.body, f"body of {target}").equals(content, hint="Read and send the file as bytes, not as text.")
    changed = rng.any_bytes(1, 99)
    public.write(f"{folder}/{name}", changed)
    expect((await http.get(f"/files/{folder}/{name}")).body, "body of a file that has changed").equals(
        changed, hint="Files change while you run: read them when they are asked for."
    )
    for target in (f"/files/{other}", f"/files/{folder}/{other}.txt", f"/files/{folder}"):
        reply = await http.get(target)
        expect(reply.status, f"status of {target}").equals(404, hint="Neither a missing file nor a folder can be sent.")


@check(proves="NET-11")
async def stays_inside_the_folder(http: Http, rng: Rng, public: Folder) -> None:
    """Nothing outside PUBLIC_DIR is served, however the path is written (RFC 9110, 17.3)."""
    inside, name, secret = rng.token(), rng.token(), rng.any_bytes(20, 60)
    public.write(f"{inside}/{name}.txt", b"yes")
    neighbour = public.path.with_name(f"{public.path.name}-{rng.token()}")
    neighbour.mkdir()
    try:
        neighbour.chmod(0o755)
        file = neighbour / f"{name}.txt"
        file.write_bytes(secret)
        file.chmod(0o644)
        way = f"{neighbour.name}/{name}.txt"
        for target in (
            f"../{way}",
            f"{inside}/../../{way}",
            f"%2e%2e/{way}",
            f"%2E./{way}",
            f"..%2f{way}",
            f"{inside}%2F..%2f%2e%2e%2F{way.replace('/', '%2f')}",
            quote(str(file)),
            quote(str(file), safe=""),
        ):
            reply = await http.get(f"/files/{target}")
            if secret in reply.body:
                fail(
                    f"GET /files/{target} served a file that is not in PUBLIC_DIR.",
                    expected="400, 403 or 404",
                    got=str(reply.status),
                    hint="Decode first, resolve the dots, then ask whether the folder is among the result's parents.",
                )
            expect(reply.status, f"status of /files/{target}").is_one_of((400, 403, 404))
    finally:
        shutil.rmtree(neighbour, ignore_errors=True)
    expect((await http.get(f"/files/{inside}/{name}.txt")).body, "body of a file inside").equals(b"yes")


@check(proves="NET-12")
async def compresses_when_asked(http: Http, rng: Rng, public: Folder) -> None:
    """A file is gzipped for a client that accepts gzip, and sent as it is to others (RFC 9110, 12.5.3)."""
    for content in (compressible(rng), rng.any_bytes(64 * KIB, 64 * KIB), rng.token().encode()):
        target = publish(public, rng, content)
        reply = await http.get(target, headers={"Accept-Encoding": rng.choice(("gzip", "gzip, deflate, br"))})
        expect(reply.status, "status").equals(200)
        _is_gzip(reply, content, "gzip")
        await _as_it_is(await http.get(target), content, "none")
        await _as_it_is(await http.get(target, headers={"Accept-Encoding": ""}), content, "an empty one")


@check(proves="NET-12")
async def reads_codings_as_whole_names(http: Http, rng: Rng, public: Folder) -> None:
    """Codings are whole names in any case; `*` is every coding not named (RFC 9110, 8.4.1 and 12.5.3)."""
    content = compressible(rng)
    target = publish(public, rng, content)
    for value in ("gzipped", "x-not-gzip", f"gzip-{rng.token()}", "br, gzip2, deflate", "not gzip"):
        await _as_it_is(await http.get(target, headers={"Accept-Encoding": value}), content, value)
    for value in (rng.odd_case("gzip"), "br , gzip", "deflate,gzip", "gzip ; q=0.5", "*", "br;q=0.1, *"):
        _is_gzip(await http.get(target, headers={"Accept-Encoding": value}), content, value)


@check(proves="NET-12")
async def weighs_q_values(http: Http, rng: Rng, public: Folder) -> None:
    """gzip with q=0 is refused, and gives way to an identity of higher weight (RFC 9110, 12.4.2 and 12.5.3)."""
    content = compressible(rng)
    target = publish(public, rng, content)
    plain = ["gzip;q=0", "br, gzip; q=0.000", "gzip;q=0, *", "*, gzip;q=0", "identity, *;q=0"]
    plain += ["br;q=1, identity;q=0.001, *;q=0.0"]
    plain += ["identity, gzip;q=0.5", "gzip;q=0.8, identity;q=0.9", "gzip;q=0.099, identity;q=0.1"]
    packed = [
        "gzip;q=0.001",
        "gzip;q=1.000",
        "identity;q=0.5, gzip;q=0.5",
        "*;q=0, gzip;q=0.3",
        "identity;q=0.2, *;q=0.7",
    ]
    for value in plain:
        await _as_it_is(await http.get(target, headers={"Accept-Encoding": value}), content, value)
    for value in packed:
        _is_gzip(await http.get(target, headers={"Accept-Encoding": value}), content, value)


@check(proves="NET-12")
async def says_vary(http: Http, rng: Rng, public: Folder) -> None:
    """Every 200 under /files/ tells caches that it depends on Accept-Encoding (RFC 9110, 12.5.5)."""
    target = publish(public, rng, compressible(rng))
    for headers in ((), [("Accept-Encoding", "gzip")], [("Accept-Encoding", "identity")]):
        reply = await http.get(target, headers=headers)
        listed = [name.lower() for name in options(reply, "Vary")]
        if "*" not in listed:
            expect(listed, "Vary").contains(
                "accept-encoding", hint="The plain reply needs it too: a cache may be asked for gzip next."
            )


@check(proves="NET-12")
async def negotiates_the_type(http: Http, rng: Rng) -> None:
    """`GET /about` is text or JSON, as Accept weighs them; 406 if neither will do (RFC 9110, 12.5.1)."""
    text = ["text/plain", "*/*", "text/*", "text/plain, application/json", "application/json;q=0.4, text/plain;q=0.5"]
    text += ["application/*;q=0.5, */*;q=0.6", "application/json;q=0, */*"]
    structured = [
        "application/json",
        rng.odd_case("application/json"),
        "application/*",
        "image/png, application/json;q=0.1",
    ]
    structured += ["text/*;q=0.3, application/json", "*/*;q=0.8, text/plain;q=0.1", "text/*;q=0, */*;q=0.2"]
    for value in text:
        await _about(await http.get("/about", headers={"Accept": value}), "text/plain", value)
    for value in structured:
        await _about(await http.get("/about", headers={"Accept": value}), "application/json", value)
    for value in ("image/png", "text/plain;q=0, application/json;q=0.0", "text/html, image/*"):
        reply = await http.get("/about", headers={"Accept": value})
        expect(reply.status, f"status with Accept: {value}").equals(
            406, hint="Neither text nor JSON is acceptable here."
        )
    async with http.connection() as connection:
        await connection.send(head("GET /about HTTP/1.1", "Host: localhost"))
        await _about(await connection.reply(), "text/plain", "(none)")


async def _as_it_is(reply: Reply, content: bytes, value: str) -> None:
    expect(reply.status, "status").equals(200)
    expect(coding(reply), f"Content-Encoding with Accept-Encoding: {value}").equals(
        "", hint="This client did not say that it takes gzip, or wants the file as it is more."
    )
    expect(reply.body, f"body with Accept-Encoding: {value}").equals(content)


def _is_gzip(reply: Reply, content: bytes, value: str) -> None:
    expect(coding(reply), f"Content-Encoding with Accept-Encoding: {value}").equals(
        "gzip", hint="This client takes gzip, and does not prefer the file as it is."
    )
    expect(reply.decompressed(), f"unpacked body with Accept-Encoding: {value}").equals(content)


async def _about(reply: Reply, wanted: str, accept: str) -> None:
    expect(reply.status, f"status with Accept: {accept}").equals(200)
    expect(media_type(reply), f"Content-Type with Accept: {accept}").equals(
        wanted, hint="The most specific entry that covers a type gives its weight; then the higher weight wins."
    )
    if wanted == "application/json":
        try:
            shape = type(json.loads(reply.body)).__name__
        except ValueError:
            shape = "not JSON"
        expect(shape, "the body").equals("dict", hint="Send a JSON object, such as {}.")
