"""What the stages of ngx-balance-cache share: counting at the back ends, crowds of held requests, a fresh nginx."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from firsthand.bench.clients.request import HeaderPairs
from firsthand.core.deadlines import until
from firsthand.lab import Answer, Backend, Deadline, Hit, Http, Nginx, Peers, Reply, expect, fail

NAMES = ("alpha", "beta", "gamma", "delta")
PRIMARIES = NAMES[:3]
OLD = ("X-Accel-Expires", "@1")
"""May be kept, and is out of date at once: nobody has to wait for that."""
REFRESH_KEY = "fresh-please-7a1c"
ZONE = "Without a zone in the upstream each of nginx's workers counts for itself."


def counts(peers: Peers) -> dict[str, int]:
    """How many requests each back end got."""
    return {name: peers[name].count for name in NAMES}


def shares(**of: int) -> str:
    """Counts by back end in words: alpha 5, beta 2, gamma 1, delta 0."""
    return ", ".join(f"{name} {count}" for name, count in of.items())


def asked(peers: Peers) -> int:
    """How many requests all back ends got together."""
    return sum(counts(peers).values())


def under_way(peers: Peers) -> int:
    """How many requests wait for an answer of any back end."""
    return sum(peer.open_requests for peer in peers.values())


def say(peers: Peers, answer: Answer | Callable[[Hit], Answer | None] | None, names: Iterable[str] = NAMES) -> None:
    """Let these back ends answer so from now on; None closes the connection without a word."""

    async def script(hit: Hit) -> Answer | None:
        return answer(hit) if callable(answer) else answer

    for name in names:
        peers[name].script = script


def plain(body: bytes | str, *headers: tuple[str, str], status: int = 200) -> Answer:
    """An answer of text with these headers."""
    data = body if isinstance(body, bytes) else body.encode()
    return Answer(status, [("Content-Type", "text/plain"), *headers], data)


def answered(reply: Reply, what: str, hint: str = "") -> str:
    """The name of the back end that gave this answer of 200."""
    expect(reply.status, f"status of {what}").equals(200, hint=hint)
    expect(reply.body.decode("utf-8", "replace"), f"body of {what}").is_one_of(
        NAMES, hint="A back end says its name: something else answered."
    )
    return reply.body.decode()


def pool(names: Sequence[str]) -> str:
    """A pool.conf of these back ends, as the deployment writes it."""
    return "".join(f"server ${{BACKEND_{name.upper()}}};\n" for name in names)


def cache_word(reply: Reply) -> str:
    """What X-Cache says, in capitals; empty without it."""
    return (reply.headers.get("X-Cache") or "").strip().upper()


async def fetch(http: Http, target: str, *, headers: HeaderPairs = ()) -> Reply:
    """GET, and wait until nginx has closed the connection: only then is all over inside, such as storing the page.

    With several workers the next request may overtake that otherwise, in nginx as it should be.
    """
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    async with http.connection() as connection:
        reply = await connection.get(target, headers=[*pairs, ("Connection", "close")])
        await connection.closed()
        return reply


async def becomes(condition: Callable[[], bool], deadline: Deadline) -> bool:
    """Whether a condition came true in time."""

    async def is_so() -> bool:
        return condition()

    return await until(is_so, deadline)


async def ask_all(http: Http, targets: Sequence[str], at_once: int = 10) -> list[Reply]:
    """GET every target, some of them at the same time; the replies in the order of the targets."""
    replies: list[Reply] = []
    for first in range(0, len(targets), at_once):
        replies += await gathered(*(http.get(target) for target in targets[first : first + at_once]))
    return replies


async def gathered(*asking: Coroutine[None, None, Reply]) -> list[Reply]:
    """All replies; when one fails, the others are not waited for."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in asking]
    return [task.result() for task in tasks]


@asynccontextmanager
async def forgotten(nginx: Nginx) -> AsyncIterator[None]:
    """What nginx has learnt inside about dead back ends is nothing to the next check."""
    try:
        yield
    finally:
        await nginx.restart()


class Crowd:
    """Requests that are under way, since every back end holds its answers back."""

    def __init__(self, http: Http, peers: Peers, deadline: Deadline, group: asyncio.TaskGroup) -> None:
        """Use `crowd`."""
        self._http = http
        self._peers = peers
        self._deadline = deadline
        self._group = group

    def send(self, target: str, headers: HeaderPairs = ()) -> asyncio.Task[Reply]:
        """Begin a GET."""
        return self._group.create_task(fetch(self._http, target, headers=headers))

    async def enter(self, target: str, headers: HeaderPairs = ()) -> Backend:
        """Begin a GET; returns the back end that it has reached."""
        before = counts(self._peers)
        task = self.send(target, headers)
        known = sum(before.values())
        await becomes(lambda: asked(self._peers) > known or task.done(), self._deadline)
        if asked(self._peers) == known:
            reply = await task
            fail(
                f"GET {target} was answered before any back end was asked.",
                expected="a back end that is asked",
                got=f"{reply.status} {reply.reason}",
            )
        return next(self._peers[name] for name in NAMES if self._peers[name].count > before[name])


@asynccontextmanager
async def crowd(http: Http, peers: Peers, deadline: Deadline) -> AsyncIterator[Crowd]:
    """All back ends hold their answers back inside; afterwards every request gets its answer."""
    async with asyncio.TaskGroup() as group:
        for peer in peers.values():
            peer.hold()
        try:
            yield Crowd(http, peers, deadline, group)
        finally:
            for peer in peers.values():
                peer.release()
