"""Stage 3: what is not there, what cannot be done, and the head alone."""

from kit import CONCERTS, expect_status, media_type, wrong_methods_are_405

from firsthand.lab import Http, Rng, check, expect, hinting

QUIET_S = 0.02
"""How long a check listens for the body that the answer to HEAD must not have."""
WRONG = ("POST", "PUT", "DELETE")


@check(proves="WEB-01")
async def unknown_path_is_404(http: Http, rng: Rng) -> None:
    """A path that no route has is answered with 404 (RFC 9110, 15.5.5)."""
    word = rng.token()
    for path in ("/", f"/{word}", f"/hello{word}", f"/concerts{word}", f"/concerts/1/{word}", f"/hello/{word}/x"):
        expect_status(await http.get(path), 404, f"GET {path}", "No route has this path.")


@check(proves=("WEB-01", "NET-10"))
async def unknown_concert_is_404(http: Http, rng: Rng) -> None:
    """A number that no concert has is answered with 404 (RFC 9110, 15.5.5)."""
    for number in (0, len(CONCERTS) + 1, rng.integer(10, 10**6), 2**31, 2**63, 10**40 + rng.integer(0, 10**9)):
        path = f"/concerts/{number}"
        expect_status(await http.get(path), 404, f"GET {path}", "Your handler has to say it: the route fits.")


@check(proves="WEB-01")
async def odd_number_is_404(http: Http, rng: Rng) -> None:
    """What is not written as a number, in digits 0 to 9 and without a 0 in front, is answered with 404 (brief)."""
    number = rng.integer(1, len(CONCERTS))
    odd = (
        f"{rng.token()}", f"{number}x", f"0{number}", f"+{number}", f"-{number}", f"{number}.0", f"{number}e0",
        f"%20{number}", f"{number}%20", f"{number}%0A", f"0x{number}", "%EF%BC%91", "%D9%A1",
    )  # fmt: skip
    for text in odd:
        path = f"/concerts/{text}"
        hint = "Readers of numbers take more than you think. Compare the text with a pattern first."
        expect_status(await http.get(path), 404, f"GET {path}", hint)


@check(proves=("WEB-01", "NET-10"))
async def wrong_method_is_405(http: Http, rng: Rng) -> None:
    """A path that is there, asked with a method that it does not have, is a 405 with Allow (RFC 9110, 15.5.6)."""
    name = rng.token()
    paths = ("/hello", f"/hello/{name}", "/concerts", "/concerts/1")
    await wrong_methods_are_405(http, dict.fromkeys(paths, WRONG), "GET")
    expect_status(await http.get("/concerts/1"), 200, "GET /concerts/1 after all this")


@check(proves="NET-10")
async def answers_head(http: Http) -> None:
    """HEAD is answered as GET, with the same status and Content-Type, and without the body (RFC 9110, 9.3.2)."""
    for path, status in (("/hello", 200), ("/concerts", 200), ("/concerts/1", 200), ("/concerts/99", 404)):
        shown = await http.get(path)
        async with http.connection() as connection:
            reply = await connection.request("HEAD", path)
            hint = "Whoever may GET may ask for the head alone."
            expect_status(reply, status, f"HEAD {path}", hint)
            expect(media_type(reply), f"Content-Type of HEAD {path}").equals(media_type(shown))
            with hinting("The answer to HEAD ends with its empty line."):
                await connection.nothing_more(QUIET_S)


@check(proves="WEB-01")
async def slash_is_another_address(http: Http, rng: Rng) -> None:
    """A path with a `/` more at its end is another path: 404, and no redirect (brief)."""
    for path in ("/hello/", "/concerts/", "/concerts/1/", f"/hello/{rng.token()}/"):
        hint = "Each framework has its own habit here, and a setting for it."
        expect_status(await http.get(path), 404, f"GET {path}", hint)
