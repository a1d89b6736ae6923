"""Stage 3: dead, silent and failing back ends, and what may be asked again."""

from kit import NAMES, PRIMARIES, ZONE, answered, asked, becomes, counts, forgotten, plain, say

from firsthand.core.deadlines import ticks
from firsthand.lab import Backend, Deadline, Doors, Hit, Http, Nginx, Peers, Request, Rng, check, expect, hinting

FAILS = 2
AWAY_S = 2.0
BACK_S = 8.0
SILENT_S = 8.0


@check(proves="NGX-04")
async def asks_another(http: Http, nginx: Nginx, peers: Peers, doors: Doors, rng: Rng) -> None:
    """Below /steady/ a request whose back end refuses the connection is answered by another one (brief)."""
    async with forgotten(nginx):
        reply = await http.get("/steady/")
        answered(reply, "GET /steady/ while all is well", hint="Is there a location for /steady/?")
        for name in rng.sample(PRIMARIES, 2):
            doors[name].refuse()
            doors[name].reset()
        for method in rng.sample(("GET", "POST", "GET", "POST", "PUT"), 5):
            target, body = f"/steady/{rng.token()}", rng.any_bytes(1, 300)
            reply = await http.request(method, target, body=None if method == "GET" else body)
            answered(
                reply,
                f"{method} {target} while two of three refuse connections",
                hint="Nothing was sent to a back end that refuses, so that even a POST can be given to another.",
            )
            if method != "GET":
                hit = next(hit for name in NAMES for hit in peers[name].hits if hit.target == target)
                expect(hit.body, "body that the other back end got").equals(body)


@check(proves="NGX-04")
async def hides_a_503(http: Http, nginx: Nginx, peers: Peers, rng: Rng) -> None:
    """A 502, 503 or 504 from a back end is not shown below /steady/: another one is asked (proxy_next_upstream)."""
    for status in rng.sample((502, 503, 504), 3):
        async with forgotten(nginx):
            tired = peers[rng.choice(PRIMARIES)]
            tired.forget()
            say(peers, plain("not now", status=status), [tired.name])
            for _ in range(4):
                target = f"/steady/{rng.token()}"
                answered(
                    await http.get(target),
                    f"GET {target} while {tired.name} answers {status}",
                    hint=f"Only error and timeout count as failures unless told: http_{status}.",
                )
            expect(tired.count, f"requests that {tired.name} got").is_at_least(1)
            say(peers, plain(tired.name), [tired.name])


@check(proves="NGX-04")
async def passes_errors_on(http: Http, nginx: Nginx, peers: Peers, rng: Rng) -> None:
    """Any other error is the answer: it is given to the client, and nobody else is asked (brief)."""
    async with forgotten(nginx):
        for status in rng.sample((400, 403, 404, 429, 500), 5):
            words = rng.token()
            say(peers, plain(words, status=status))
            for peer in peers.values():
                peer.forget()
            reply = await http.get(f"/steady/{rng.token()}")
            expect(reply.status, f"status when a back end says {status}").equals(status)
            expect(reply.body, f"body when a back end says {status}").equals(words.encode())
            expect(asked(peers), f"back ends asked, when the first says {status}").equals(
                1, hint="What one answers with 500 the others would, too; each attempt may do harm again."
            )


@check(proves="NGX-04")
async def never_repeats_a_post(http: Http, nginx: Nginx, peers: Peers, rng: Rng) -> None:
    """A POST that was sent to a back end is sent to no other, whatever becomes of it (RFC 9110, 9.2.2)."""
    for answer, status in ((None, 502), (plain("not now", status=503), 503)):
        async with forgotten(nginx):
            say(peers, answer)
            for peer in peers.values():
                peer.forget()
            reply = await http.post(f"/steady/{rng.token()}", body=rng.any_bytes(1, 300))
            what = "says 503" if answer else "reads the request and closes the connection"
            expect(asked(peers), f"back ends that got the POST, when the first {what}").equals(
                1, hint="It may have been carried out already: an order would be placed twice. No non_idempotent."
            )
            expect(reply.status, f"status when a back end {what}").equals(status)


@check(proves="NGX-04")
async def gives_up_on_silence(http: Http, nginx: Nginx, peers: Peers, rng: Rng, deadline: Deadline) -> None:
    """A back end that says nothing for 2 seconds has failed: the request is given to another (brief)."""
    async with forgotten(nginx), http.connection() as connection:
        for name in NAMES:
            peers[name].hold()
        target = f"/steady/{rng.token()}"
        await connection.send(connection.encoded(Request("GET", target)))
        in_time = Deadline.after(SILENT_S).earlier(deadline.left_s)
        await becomes(lambda: asked(peers) == 1, in_time)
        for name in NAMES:
            if not peers[name].count:
                peers[name].release()
        await becomes(lambda: asked(peers) > 1, in_time)
        expect(asked(peers), f"back ends asked, when the first has said nothing for {SILENT_S:.0f} s").equals(
            2, hint="nginx waits 60 seconds unless told: proxy_read_timeout."
        )
        answered(await connection.reply(), f"GET {target}")


@check(proves="NGX-04")
async def leaves_the_dead_alone(http: Http, nginx: Nginx, peers: Peers, rng: Rng, deadline: Deadline) -> None:
    """After 2 failures a back end gets no requests for 2 seconds, and is tried again then (max_fails, fail_timeout)."""
    async with forgotten(nginx):
        dead = peers[rng.choice(PRIMARIES)]
        say(peers, None, [dead.name])
        for _ in range(15):
            target = f"/steady/{rng.token()}"
            answered(await http.get(target), f"GET {target} while {dead.name} closes each connection")
        expect(dead.count, f"requests that {dead.name} got").is_at_least(1)
        _left_alone(dead)
        say(peers, plain(dead.name), [dead.name])
        healed_at = dead.count
        async for _ in ticks(deadline.earlier(BACK_S)):
            answered(await http.get("/steady/"), "GET /steady/")
            if dead.count > healed_at:
                break
        expect(dead.count, f"requests that {dead.name} got, well again").is_at_least(
            healed_at + 1, hint=f"fail_timeout=2s is also how long it is left alone; {BACK_S:.0f} s have passed."
        )


@check(proves="NGX-04")
async def forgives_one_slip(http: Http, nginx: Nginx, peers: Peers, rng: Rng) -> None:
    """One failure alone changes nothing: the back end keeps its share below /steady/ (max_fails=2)."""
    async with forgotten(nginx):
        clumsy = peers[rng.choice(PRIMARIES)]

        def slips_once(_hit: Hit) -> None:
            say(peers, plain(clumsy.name), [clumsy.name])

        say(peers, slips_once, [clumsy.name])
        for _ in range(15):
            target = f"/steady/{rng.token()}"
            answered(await http.get(target), f"GET {target}")
        expect(clumsy.count, f"requests of 15 that {clumsy.name} got, which failed once").is_at_least(
            3, hint="max_fails is 1 unless told: a single broken connection takes a third of your back ends away."
        )


@check(proves="NGX-04")
async def keeps_one_in_reserve(http: Http, nginx: Nginx, peers: Peers, doors: Doors, rng: Rng) -> None:
    """Below /steady/ delta gets nothing, unless all others have failed; then it answers at once (backup)."""
    async with forgotten(nginx):
        for _ in range(12):
            target = f"/steady/{rng.token()}"
            answered(await http.get(target), f"GET {target}")
        expect(counts(peers)["delta"], "requests of 12 that delta got while all were well").equals(0)
        for name in PRIMARIES:
            doors[name].refuse()
            doors[name].reset()
        for number in ("first", "second"):
            target = f"/steady/{rng.token()}"
            with hinting("A backup is asked when all others have failed, within the same request."):
                name = answered(await http.get(target), f"the {number} GET {target} when all three refuse")
            expect(name, "who answers when all three refuse").equals("delta")


def _left_alone(dead: Backend) -> None:
    """It was not asked again within its time; how slow this machine is does not matter."""
    if dead.count <= FAILS:
        return
    pause_s = dead.hits[FAILS].at_s - dead.hits[FAILS - 1].at_s
    expect(round(pause_s, 2), f"seconds from the second failure of {dead.name} to its next request").is_at_least(
        AWAY_S, hint=f"Every attempt on a dead back end costs a client time: max_fails=2 fail_timeout=2s. {ZONE}"
    )
