"""Stage 2: jobs are routed by topic to every queue that wants them, and what is done is told to all."""

from collections.abc import Sequence

from aio_pika.abc import AbstractQueue
from kit import (
    JOBS,
    PRINTED,
    QUEUE,
    a_job,
    accepted,
    cleared,
    content_of,
    early,
    empties,
    in_time,
    printer,
    published,
    some_jobs,
    started,
    waiting,
)

from firsthand.lab import App, Deadline, Http, Peers, Rabbit, Rng, check, expect, fail


@check(proves="MSG-02")
async def publishes_by_topic(http: Http, rng: Rng, rabbit: Rabbit, deadline: Deadline) -> None:
    """Web publishes to the topic exchange `jobs`, with the key `job.<kind>.<region>` (AMQP 0-9-1, 3.1.3.3)."""
    await cleared(rabbit, deadline)
    await accepted(http, a_job(rng))
    await _there(rabbit, deadline, JOBS, "topic")
    kinds, regions = rng.tokens(2), rng.tokens(2)
    jobs = [a_job(rng, kind=kind, region=region) for kind in kinds for region in regions]
    rng.shuffle(jobs)
    keys = (f"job.{kinds[0]}.{regions[0]}", f"job.{kinds[1]}.*", f"job.*.{regions[1]}", "job.#")
    queues = [await _listening(rabbit, JOBS, key) for key in keys]
    ids = {await accepted(http, job): job for job in jobs}
    matching = (
        [job for job in jobs if (job.kind, job.region) == (kinds[0], regions[0])],
        [job for job in jobs if job.kind == kinds[1]],
        [job for job in jobs if job.region == regions[1]],
        jobs,
    )
    for key, queue, wanted in zip(keys, queues, matching, strict=True):
        bodies = await _heard(queue, len(wanted), deadline)
        got = [ids[id_].key for body in bodies if (id_ := content_of(body, "a published job").get("id")) in ids]
        expect(sorted(got), f"keys of what a queue gets that is bound with {key!r}").equals(
            sorted(job.key for job in wanted),
            hint="Publish each job to the exchange `jobs`, of the type topic; first the kind, then the region.",
        )
    bodies = await waiting(rabbit, deadline, len(jobs) + 1, f"Bind `{QUEUE}` to the exchange `{JOBS}` with job.#")
    expect(len(bodies), f"messages in `{QUEUE}` after {len(jobs) + 1} jobs").equals(len(jobs) + 1)


@check(proves="MSG-02")
async def binds_as_told(app: App, http: Http, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline) -> None:
    """A worker with QUEUE and BINDINGS gets the jobs that its bindings want, once each, and no others (brief)."""
    await cleared(rabbit, deadline)
    queue, kinds, regions = rng.token(), rng.tokens(3), rng.tokens(3)
    bindings = f"job.*.{regions[0]},job.{kinds[1]}.#"
    async with printer(peers, deadline) as paper:
        await started(app, rabbit, deadline, queue=queue, bindings=bindings)
        jobs = [a_job(rng, kind=kind, region=region) for kind in kinds for region in regions]
        rng.shuffle(jobs)
        for job in jobs:
            await accepted(http, job)
        wanted = [job for job in jobs if job.region == regions[0] or job.kind == kinds[1]]
        what = f"with QUEUE={queue} BINDINGS={bindings}"
        await paper.does(
            wanted, what, "Bind the queue QUEUE to `jobs` with each of the keys in BINDINGS, and consume from it."
        )
        await empties(rabbit, deadline, "A job that is done is acknowledged, in whatever queue it was.", queue)
        for job in jobs:
            expect(paper.times(job), f"times that {job.key} was printed by a worker {what}").equals(
                int(job in wanted),
                hint="The queue has the bindings that BINDINGS lists, separated by commas, and no others.",
            )


@check(proves="MSG-02")
async def keeps_each_queue(app: App, http: Http, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline) -> None:
    """Every queue gets its own copy, workers of one queue share it, and it stays when they have gone (brief)."""
    await cleared(rabbit, deadline)
    one, other = rng.tokens(2)
    region = rng.token()
    jobs = [a_job(rng, region=region) for _ in range(6)]
    async with printer(peers, deadline) as paper:
        await started(app, rabbit, deadline, queue=one, bindings=f"job.*.{region}")
        await started(app, rabbit, deadline, queue=one, bindings=f"job.*.{region}", beside=1)
        (leaves,) = await started(app, rabbit, deadline, queue=other, bindings="job.#")
        await leaves.stop()
        for job in jobs:
            await accepted(http, job)
        await paper.does(jobs, f"by two workers of the queue {one}")
        await empties(rabbit, deadline, "A job that is done is acknowledged.", one)
        for job in jobs:
            expect(paper.times(job), f"times that two workers of one queue have printed {job.key}").equals(
                1, hint="Workers with the same QUEUE consume from one queue: each job goes to one of them."
            )
        await started(app, rabbit, deadline, queue=other, bindings="job.#")
        hint = "The queue must stay when its last worker goes: neither exclusive nor auto-delete."
        if not await paper.comes(lambda: all(paper.times(job) == 2 for job in jobs)):
            copies = sum(paper.times(job) == 2 for job in jobs)
            expect(copies, f"jobs that came while no worker of the queue {other} ran, and that it has").equals(
                len(jobs), hint=hint
            )


@check(proves="MSG-02")
async def announces_to_all(app: App, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline) -> None:
    """When a job was printed, the worker tells its id to the fanout exchange `printed`, and not before (brief)."""
    await cleared(rabbit, deadline)
    async with printer(peers, deadline) as paper:
        await started(app, rabbit, deadline)
        await _there(rabbit, deadline, PRINTED, "fanout")
        queues = [await _listening(rabbit, PRINTED, key) for key in ("", rng.token())]
        slow, quick = some_jobs(rng, 2)
        paper.hold(slow, quick)
        ids = await published(rabbit, rng, [quick, slow])
        await paper.gets([quick], "that waits in the queue")
        paper.release(quick)
        await paper.gets([slow], "that waits in the queue")
        told = []
        for queue in queues:
            told.append([_id_of(body) for body in await _heard(queue, 1, deadline)])
            if not told[-1]:
                fail(
                    f"A job was printed, and the exchange `{PRINTED}` has told nobody.",
                    expected='{"id": "..."} in every queue that is bound to it',
                    got="no message",
                    hint="When the printer has answered, publish the job's id to it, then acknowledge.",
                )

        async def more() -> bool:
            for ids_told, queue in zip(told, queues, strict=True):
                ids_told += [_id_of(body) for body in await _heard(queue, 0, deadline)]
            return any(len(ids_told) > 1 for ids_told in told)

        await early(more, deadline)
        for ids_told in told:
            expect(ids_told, "ids that were told while the second of two jobs was still being printed").equals(
                [id_ for id_, job in ids.items() if job is quick],
                hint="Publish to `printed` after the printer's answer. A fanout exchange gives a copy to each queue.",
            )
        paper.release(slow)
        for queue in queues:
            last = [_id_of(body) for body in await _heard(queue, 1, deadline)]
            expect(last, "ids that were told when the second job was printed").equals(
                [id_ for id_, job in ids.items() if job is slow]
            )


async def _there(rabbit: Rabbit, deadline: Deadline, name: str, kind: str) -> None:
    """Wait for an exchange."""

    async def is_there() -> bool:
        return name in await rabbit.exchanges()

    if not await in_time(is_there, deadline):
        fail(
            f"There is no exchange `{name}`.",
            expected=f"an exchange `{name}` of the type {kind}",
            got=", ".join(each for each in await rabbit.exchanges() if each and not each.startswith("amq.")) or "none",
            hint="Declare it as you declare the queue, in web and in the worker.",
        )
    expect((await rabbit.exchanges())[name].kind, f"type of the exchange `{name}`").equals(kind)


async def _listening(rabbit: Rabbit, exchange: str, key: str) -> AbstractQueue:
    """A queue of ours that is bound to an exchange, and goes with the check."""
    channel = await rabbit.channel()
    queue = await channel.declare_queue(exclusive=True)
    await queue.bind(exchange, routing_key=key)
    return queue


async def _heard(queue: AbstractQueue, count: int, deadline: Deadline) -> Sequence[bytes]:
    """What has come to a queue of ours: at least so many, if they come in time."""
    bodies: list[bytes] = []

    async def enough() -> bool:
        while message := await queue.get(no_ack=True, fail=False):
            bodies.append(message.body)
        return len(bodies) >= count

    await in_time(enough, deadline)
    return bodies


def _id_of(body: bytes) -> object:
    return content_of(body, "what was told to `printed`").get("id")
