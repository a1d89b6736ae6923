"""Stage 6: naming a version, and asking whether it is still the one."""

from kit import change, coding, compressible, opaque, options, publish, tag_of

from firsthand.lab import Folder, Http, Reply, Rng, check, expect, hinting

GZIP = ("Accept-Encoding", "gzip")


@check(proves="NET-14")
async def tags_each_version(http: Http, rng: Rng, public: Folder) -> None:
    """A file has a strong ETag, the same until its content changes (RFC 9110, 8.8.1 and 8.8.3)."""
    one, two = rng.token(12), rng.token(12)
    target = publish(public, rng, one.encode())
    tag = tag_of(await http.get(target))
    expect(tag, "ETag of a file as it is").matches('".*"', hint="A strong tag has no W/ before its quotes.")
    expect(tag_of(await http.get(target)), "ETag of the same file, asked again").equals(tag)
    expect(tag_of(await http.head(target)), "ETag in the reply to HEAD").equals(tag)
    change(public, target, two.encode())
    reply = await http.get(target)
    expect(reply.body, "body after a change").equals(two.encode())
    expect(tag_of(reply), "ETag after a change that kept the size").differs_from(
        tag, hint="The size alone names no version: take the content, or at least the modification time, too."
    )


@check(proves="NET-14")
async def answers_304(http: Http, rng: Rng, public: Folder) -> None:
    """If-None-Match with the current tag is answered with 304, without a body (RFC 9110, 13.1.2 and 15.4.5)."""
    content = compressible(rng)
    target = publish(public, rng, content)
    tag = tag_of(await http.get(target))
    async with http.connection() as connection:
        for method in ("GET", "HEAD", "GET"):
            with hinting("A 304 ends with its empty line: no body, and no bytes of one."):
                reply = await connection.request(method, target, headers={"If-None-Match": tag})
            _not_modified(reply, tag, f"{method} with the current tag")
            if (length := reply.headers.get("Content-Length")) is not None:
                expect(length, "Content-Length of the 304").equals(
                    str(len(content)), hint="It tells the length of the 200's body (RFC 9110, 8.6). Leave it out."
                )
        reply = await connection.get(target, headers={"If-None-Match": f'"{rng.token()}"'})
        expect(reply.status, "status with another tag").equals(200)
        expect(reply.body, "body with another tag").equals(content)
    change(public, target, content[::-1])
    reply = await http.get(target, headers={"If-None-Match": tag})
    expect(reply.status, "status with the tag of an older version").equals(200, hint="Compare with the tag of now.")


@check(proves="NET-14")
async def compares_lists_and_weak_tags(http: Http, rng: Rng, public: Folder) -> None:
    """If-None-Match may be a list or `*`, and compares weakly (RFC 9110, 8.8.3.2 and 13.1.2)."""
    content = compressible(rng)
    target = publish(public, rng, content)
    tag = tag_of(await http.get(target))
    one, two = (f'"{token}"' for token in rng.tokens(2))
    for value in (f"{one}, {tag}", f"{tag},{one}", f"{one} ,W/{two}, W/{tag}", f"W/{tag}", f'"a,b", {tag}', "*"):
        _not_modified(await http.get(target, headers={"If-None-Match": value}), tag, f"If-None-Match: {value}")
    inner = opaque(tag)
    for value in (f"{one}, {two}", f'"{inner}{rng.token()}"', f'"{rng.token()}{inner}"', f'"x,*,{inner},y"'):
        reply = await http.get(target, headers={"If-None-Match": value})
        expect(reply.status, f"status with If-None-Match: {value}").equals(
            200, hint="Compare whole tags, quotes included; a comma or a star inside the quotes belongs to the tag."
        )


@check(proves="NET-14")
async def tells_codings_apart(http: Http, rng: Rng, public: Folder) -> None:
    """A file and its gzip never share a strong tag, and a 304 goes by the right one (RFC 9110, 8.8.3.3)."""
    content = compressible(rng)
    target = publish(public, rng, content)
    plain = tag_of(await http.get(target))
    packed_reply = await http.get(target, headers=[GZIP])
    expect(coding(packed_reply), "Content-Encoding").equals("gzip")
    packed = tag_of(packed_reply)
    expect(packed, "ETag of the gzip").differs_from(
        plain,
        hint="A strong tag promises the same bytes; the gzip has others. Give it a tag of its own, or a weak one.",
    )
    with hinting("When gzip would be sent, If-None-Match is about the tag of the gzip."):
        _not_modified(await http.get(target, headers=[GZIP, ("If-None-Match", packed)]), packed, "the gzip's tag")
    if opaque(packed) == opaque(plain):
        return  # weakly equal: both may be answered with 304
    for headers in ([GZIP, ("If-None-Match", plain)], [("If-None-Match", packed)]):
        reply = await http.get(target, headers=headers)
        expect(reply.status, "status with the tag of the other form").equals(
            200, hint="The client holds other bytes than those that you would send now."
        )


@check(proves="NET-14")
async def checks_if_match(http: Http, rng: Rng, public: Folder) -> None:
    """If-Match without the current tag, compared strongly, is answered with 412 (RFC 9110, 13.1.1)."""
    content = compressible(rng)
    target = publish(public, rng, content)
    tag = tag_of(await http.get(target))
    other = f'"{rng.token()}"'
    for value in (other, f"{other}, W/{other}", f"W/{tag}", f"{other}, W/{tag}", f'"{opaque(tag)}{rng.token()}"'):
        reply = await http.get(target, headers={"If-Match": value})
        expect(reply.status, f"status with If-Match: {value}").equals(
            412, hint="If-Match compares strongly: only the very same tag counts, and never a weak one."
        )
    for value in (tag, f"{other}, {tag}", "*"):
        reply = await http.get(target, headers={"If-Match": value})
        expect(reply.status, f"status with If-Match: {value}").equals(200, hint="The condition holds: answer as usual.")
        expect(reply.body, "body").equals(content)


def _not_modified(reply: Reply, tag: str, what: str) -> None:
    expect(reply.status, f"status with {what}").equals(304)
    expect(reply.headers.get("ETag"), "ETag of the 304").equals(
        tag, hint="A 304 carries the ETag that the 200 would have."
    )
    listed = [name.lower() for name in options(reply, "Vary")]
    if "*" not in listed:
        expect(listed, "Vary of the 304").contains("accept-encoding", hint="What the 200 varies by, the 304 does too.")
