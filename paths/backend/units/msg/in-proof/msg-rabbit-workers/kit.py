"""What the stages of msg-rabbit-workers share: jobs, the printer, the queue between checks, workers that are ready."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from firsthand.core.deadlines import ticks
from firsthand.lab import Answer, App, Backend, Deadline, Hit, Http, Instance, Peers, Rabbit, Reply, Rng, expect, fail

QUEUE = "print"
JOBS = "jobs"
PRINTED = "printed"
PATIENCE = 0.5
"""The part of a check's time after which one thing that is waited for counts as never happening."""
PATIENCE_S_MAX = 20.0
"""However slow the machine is: a worker may give up a printer that has not answered for 30 seconds."""
EARLY = 0.02
"""The part of a check's time for which it listens for what should not happen yet: who does it has done so by then."""


@dataclass(frozen=True)
class Job:
    """What a client asks for. The document is unique in a run, so that it can be recognized at the printer."""

    kind: str
    region: str
    document: str

    @property
    def key(self) -> str:
        """Its routing key."""
        return f"job.{self.kind}.{self.region}"


def a_job(rng: Rng, *, kind: str = "", region: str = "", more: str = "") -> Job:
    """A job with a document that nobody can foresee."""
    return Job(kind or rng.token(), region or rng.token(6), f"{rng.token(12)} {more}".strip())


def some_jobs(rng: Rng, count: int) -> list[Job]:
    """So many of them."""
    return [a_job(rng) for _ in range(count)]


async def post(http: Http, job: Job) -> Reply:
    """Ask for a job as a client does."""
    body = json.dumps({"kind": job.kind, "region": job.region, "document": job.document}, ensure_ascii=False)
    return await http.post("/jobs", headers={"Content-Type": "application/json"}, body=body.encode())


async def accepted(http: Http, job: Job) -> str:
    """Ask for a job, which must be accepted; its id."""
    return id_in(await post(http, job))


def id_in(reply: Reply) -> str:
    """The id that a 202 tells."""
    expect(reply.status, "status of POST /jobs").equals(202)
    content = content_of(reply.body, "the reply to POST /jobs")
    id_ = content.get("id")
    if not isinstance(id_, str):
        fail("The reply to POST /jobs has no text as its `id`.", expected='{"id": "..."}', got=repr(id_))
    expect(id_, "id of the new job").matches(r"[A-Za-z0-9_-]{1,64}")
    return id_


def content_of(body: bytes, what: str) -> dict[str, Any]:
    """A JSON object, which it must be."""
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        fail(f"{what[0].upper()}{what[1:]} is not a JSON object.", expected='{"id": "...", ...}', got=repr(body[:80]))
    return content


async def published(rabbit: Rabbit, rng: Rng, jobs: Sequence[Job]) -> dict[str, Job]:
    """Put jobs into the queue as another program does, past web; by id."""
    found = {f"other-{rng.token(12)}": job for job in jobs}
    for id_, job in found.items():
        content = {"id": id_, "kind": job.kind, "region": job.region, "document": job.document, "by": "another program"}
        await rabbit.publish(json.dumps(content).encode(), QUEUE)
    return found


@dataclass(frozen=True)
class Sheet:
    """A request to print."""

    document: str
    key: str | None
    """Its Idempotency-Key."""


class Printer:
    """The printer as a check sees it: what it was sent, and what it has answered. It answers at once, unless held."""

    def __init__(self, backend: Backend, deadline: Deadline) -> None:
        """Use `printer`."""
        self.sheets: list[Sheet] = []
        self.answered: list[str] = []
        self.misunderstood: list[str] = []
        self._deadline = deadline
        self._held: dict[str, asyncio.Event] = {}
        backend.script = self._print

    def hold(self, *jobs: Job) -> None:
        """Answer nothing to these until they are released: they are slow."""
        self._held.update({job.document: asyncio.Event() for job in jobs})

    def release(self, *jobs: Job) -> None:
        """Answer these, or all that is held."""
        for document in [job.document for job in jobs] or list(self._held):
            self._held.pop(document).set()

    def times(self, job: Job) -> int:
        """How often it was asked to print this."""
        return sum(sheet.document == job.document for sheet in self.sheets)

    def keys(self, job: Job) -> list[str | None]:
        """The Idempotency-Key of each request to print this."""
        return [sheet.key for sheet in self.sheets if sheet.document == job.document]

    def asked_for(self, jobs: Sequence[Job]) -> list[Job]:
        """Those of the jobs that it was asked to print."""
        documents = {sheet.document for sheet in self.sheets}
        return [job for job in jobs if job.document in documents]

    def has_done(self, jobs: Sequence[Job]) -> bool:
        """Whether it has answered for all of them."""
        return {job.document for job in jobs} <= set(self.answered)

    async def gets(self, jobs: Sequence[Job], when: str, hint: str = "") -> None:
        """Wait until it was asked to print all of these."""
        if not await self.comes(lambda: len(self.asked_for(jobs)) == len(jobs)):
            self._complain(jobs, when, hint)

    async def does(self, jobs: Sequence[Job], when: str, hint: str = "") -> None:
        """Wait until it has printed all of these."""
        if not await self.comes(lambda: self.has_done(jobs)):
            self._complain(jobs, when, hint)

    async def comes(self, condition: Callable[[], bool]) -> bool:
        """Whether this comes true, or becomes so in time."""

        async def asked() -> bool:
            return condition()

        return await in_time(asked, self._deadline)

    def _complain(self, jobs: Sequence[Job], when: str, hint: str) -> None:
        missing = [job for job in jobs if job not in self.asked_for(jobs)] or jobs
        fail(
            f"The printer was not asked to print {len(missing)} of {len(jobs)} jobs {when}.",
            expected=f"POST /print with {missing[0].document!r} as the body",
            got=self._last_words({job.document for job in jobs}),
            hint=hint or "A worker takes each job from the queue and sends its document to BACKEND_PRINTER.",
        )

    def _last_words(self, wanted: set[str]) -> str:
        """What came instead of these documents."""
        others = [f"POST /print with {each.document[:80]!r}" for each in self.sheets if each.document not in wanted]
        return next(reversed(others + self.misunderstood), "no such request")

    async def _print(self, hit: Hit) -> Answer:
        if (hit.method, hit.target) != ("POST", "/print"):
            self.misunderstood.append(f"{hit.method} {hit.target}")
            return Answer(404, body=b"The printer knows POST /print.\n")
        document = hit.body.decode("utf-8", "backslashreplace")
        self.sheets.append(Sheet(document, hit.header("idempotency-key")))
        if document in self._held:
            await self._held[document].wait()
        self.answered.append(document)
        return Answer(body=b"printed\n")


@asynccontextmanager
async def printer(peers: Peers, deadline: Deadline) -> AsyncIterator[Printer]:
    """The lab's printer for the time of a check."""
    one = Printer(peers["printer"], deadline)
    try:
        yield one
    finally:
        one.release()


async def in_time(condition: Callable[[], Awaitable[bool]], deadline: Deadline) -> bool:
    """Whether this comes true within the time for one thing."""
    async for _ in ticks(deadline.earlier(min(deadline.allowed_s * PATIENCE, PATIENCE_S_MAX))):
        if await condition():
            return True
    return False


async def early(condition: Callable[[], Awaitable[bool]], deadline: Deadline, part: float = EARLY) -> bool:
    """Whether this comes true within a part of the time, where it should not, or need not."""
    async for _ in ticks(deadline.earlier(deadline.allowed_s * part)):
        if await condition():
            return True
    return False


async def cleared(rabbit: Rabbit, deadline: Deadline, queue: str = QUEUE) -> None:
    """Wait until the workers of earlier checks have gone, and take what they have left in the queue."""

    async def is_left() -> bool:
        found = await rabbit.queue(queue)
        return found is None or not (found.consumers or found.unacked)

    await in_time(is_left, deadline)
    while await rabbit.queue(queue) and await rabbit.take(queue):
        pass


async def started(
    app: App,
    rabbit: Rabbit,
    deadline: Deadline,
    count: int = 1,
    *,
    queue: str = QUEUE,
    bindings: str = "",
    beside: int = 0,
) -> list[Instance]:
    """Start workers, and wait until they consume, `beside` those that do already."""
    env = {"QUEUE": queue, "BINDINGS": bindings} if bindings else {}
    instances = await app.start("worker", count=count, env=env)

    async def consume() -> bool:
        found = await rabbit.queue(queue)
        return found is not None and found.consumers >= count + beside

    if not await in_time(consume, deadline):
        found = await rabbit.queue(queue)
        fail(
            f"{count + beside} {'worker runs' if count + beside == 1 else 'workers run'}, "
            f"and {found.consumers if found else 0} of them consume from the queue `{queue}`.",
            expected=f"{count + beside} consumers of `{queue}`",
            got=f"{found.consumers} consumers" if found else f"no queue `{queue}`",
            hint="A worker connects to AMQP_URL, declares its queue, and subscribes to it with basic.consume.",
        )
    return instances


async def empties(rabbit: Rabbit, deadline: Deadline, hint: str, queue: str = QUEUE) -> None:
    """Wait until nothing waits in the queue and nothing is unacknowledged."""

    async def is_empty() -> bool:
        found = await rabbit.queue(queue)
        return found is not None and not (found.ready or found.unacked)

    if not await in_time(is_empty, deadline):
        found = await rabbit.queue(queue)
        fail(
            f"All jobs were printed, and the queue `{queue}` still has some.",
            expected="0 ready, 0 unacknowledged",
            got=f"{found.ready} ready, {found.unacked} unacknowledged" if found else "no such queue",
            hint=hint,
        )


async def waiting(rabbit: Rabbit, deadline: Deadline, count: int, hint: str = "") -> list[bytes]:
    """Wait until so many messages lie in the queue, and take them."""

    async def are_there() -> bool:
        found = await rabbit.queue(QUEUE)
        return found is not None and found.ready >= count

    if not await in_time(are_there, deadline):
        found = await rabbit.queue(QUEUE)
        fail(
            f"{count} jobs were accepted, and are not in the queue `{QUEUE}`.",
            expected=f"{count} messages that wait in `{QUEUE}`",
            got=f"{found.ready} waiting, {found.unacked} unacknowledged" if found else f"no queue `{QUEUE}`",
            hint=hint or "Does web declare the queue? A message that no queue takes is dropped without a word.",
        )
    bodies = []
    while message := await rabbit.take(QUEUE):
        bodies.append(message.body)
    return bodies
