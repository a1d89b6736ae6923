"""Stage 4: RabbitMQ goes away and comes back, and nobody has to restart anything."""

from kit import (
    QUEUE,
    Job,
    a_job,
    accepted,
    cleared,
    content_of,
    early,
    empties,
    id_in,
    in_time,
    post,
    printer,
    published,
    some_jobs,
    started,
    waiting,
)

from firsthand.lab import App, Deadline, Http, Instance, Peers, Rabbit, Rng, Wire, check, expect, fail, hinting

RESTART_S = 12.0
WAIT_S = 18.0
UNTIL_TRIED = 1 / 3
"""The part of that in which a worker knocks for the first time."""
REJOIN = 1 / 15
"""The part of a check's time for a worker that can connect again while its job is under way; many cannot: fine."""
AGAIN = "Catch the error of the lost connection, wait a moment, connect again, and declare and subscribe again."


@check(proves="MSG-03", deadline_s=RESTART_S)
async def answers_503_while_it_is_down(http: Http, rng: Rng, rabbit: Rabbit) -> None:
    """While RabbitMQ is down, web runs on and answers 503, soon (RFC 9110, 15.6.4)."""
    await post(http, a_job(rng))
    await rabbit.stop()
    for _ in range(3):
        with hinting("Do not wait for RabbitMQ to come back: the client is told within two seconds."):
            reply = await post(http, a_job(rng))
        expect(reply.status, "status of POST /jobs while RabbitMQ is down").equals(
            503, hint="Nobody has the job, so it is not accepted; and it is not the client's mistake."
        )


@check(proves="MSG-03", deadline_s=RESTART_S)
async def takes_jobs_again(http: Http, rng: Rng, rabbit: Rabbit, deadline: Deadline) -> None:
    """After a restart web takes jobs again by itself, and all that were ever accepted are there (brief)."""
    await cleared(rabbit, deadline)
    first = await _accepted_again(http, a_job(rng), deadline)  # RabbitMQ was down in the check before this one
    jobs = {first, *[await accepted(http, job) for job in some_jobs(rng, 3)]}
    await rabbit.restart()
    again = await _accepted_again(http, a_job(rng), deadline)
    more = [await accepted(http, job) for job in some_jobs(rng, 3)]
    wanted = {*jobs, again, *more}
    hint = (
        "The first publish after a restart finds a dead connection. The job is accepted when another one has taken it."
    )
    bodies = await waiting(rabbit, deadline, len(wanted), hint)
    found = {content_of(body, "the message in the queue").get("id") for body in bodies}
    expect(
        len(wanted & found), f"of {len(wanted)} jobs that were accepted before and after a restart, those in the queue"
    ).equals(len(wanted), hint=hint)


@check(proves="MSG-03", deadline_s=RESTART_S)
async def workers_come_back(app: App, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline) -> None:
    """A worker that has lost its connection connects again, and consumes again (brief)."""
    await cleared(rabbit, deadline)
    async with printer(peers, deadline) as paper:
        (worker,) = await started(app, rabbit, deadline)
        first, *others = some_jobs(rng, 4)
        await published(rabbit, rng, [first])
        await paper.does([first], "before the restart")
        await empties(rabbit, deadline, "A job that is done is acknowledged.")
        for _ in range(2):
            await rabbit.restart()
            await _consumes_again(worker, rabbit, deadline)
        await published(rabbit, rng, others)
        await paper.does(others, "after a restart of RabbitMQ", AGAIN)
        await empties(rabbit, deadline, "Acknowledge what comes over the new connection on the new channel.")


@check(proves="MSG-03", deadline_s=RESTART_S)
async def finishes_what_was_in_hand(app: App, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline) -> None:
    """A job in hand at the restart is done and acknowledged, be it a second time, and the worker goes on (brief)."""
    await cleared(rabbit, deadline)
    async with printer(peers, deadline) as paper:
        jobs = some_jobs(rng, 3)
        paper.hold(jobs[0])
        (worker,) = await started(app, rabbit, deadline)
        await published(rabbit, rng, jobs)
        await paper.gets(jobs[:1], "before the restart")
        await rabbit.restart()

        async def has_it_again() -> bool:
            return paper.times(jobs[0]) > 1

        await early(has_it_again, deadline, REJOIN)
        paper.release()
        hint = (
            "The acknowledgement of the job in hand cannot be given: its channel is gone. RabbitMQ delivers the job "
            "again, with another delivery tag. A tag of an old channel must not be used on a new one."
        )
        await paper.does(jobs, "that waited or were in hand when RabbitMQ was restarted", hint)
        await empties(rabbit, deadline, hint)
        more = some_jobs(rng, 3)
        await _consumes_again(worker, rabbit, deadline)
        await published(rabbit, rng, more)
        await paper.does(more, "after a restart in the middle of a job", hint)
        await empties(rabbit, deadline, hint)
        expect(worker.running, "whether the worker still runs").is_true(hint=AGAIN)


@check(proves="MSG-03", deadline_s=WAIT_S)
async def waits_for_the_broker(
    app: App, rng: Rng, rabbit: Rabbit, peers: Peers, wire: Wire, deadline: Deadline
) -> None:
    """A worker that is started while RabbitMQ is down waits for it (brief)."""
    await cleared(rabbit, deadline)
    async with printer(peers, deadline) as paper:
        await rabbit.stop()
        down_since = wire.mark()
        with hinting(
            "A worker may come up before its broker, after a power cut for example: it tries until it succeeds."
        ):
            (worker,) = await app.start("worker")

        async def has_tried() -> bool:
            return bool(wire.rabbitmq.connections(since=down_since)) or not worker.running

        await early(has_tried, deadline, UNTIL_TRIED)  # else RabbitMQ may be back before it has begun
        await rabbit.start()
        await _consumes_again(worker, rabbit, deadline)
        job = a_job(rng)
        await published(rabbit, rng, [job])
        await paper.does([job], "by a worker that was started while RabbitMQ was down")


async def _accepted_again(http: Http, job: Job, deadline: Deadline) -> str:
    """Ask until it is accepted; 503 may come for a while."""
    accepted_ids: list[str] = []

    async def is_accepted() -> bool:
        reply = await post(http, job)
        if reply.status == 503:
            return False
        accepted_ids.append(id_in(reply))
        return True

    if not await in_time(is_accepted, deadline):
        fail(
            "RabbitMQ is there again, and web still answers 503.",
            expected="202, from a moment after the restart on",
            got="503, again and again",
            hint="A connection that is lost stays lost: when a publish fails, throw it away and make a new one.",
        )
    return accepted_ids[0]


async def _consumes_again(worker: Instance, rabbit: Rabbit, deadline: Deadline) -> None:
    async def consumes() -> bool:
        found = await rabbit.queue(QUEUE)
        return found is not None and found.consumers > 0

    if not await in_time(consumes, deadline):
        fail(
            "RabbitMQ is there again, and the worker does not consume from it.",
            expected=f"a consumer of the queue `{QUEUE}`",
            got="the worker runs, and has not subscribed" if worker.running else "the worker has ended",
            hint=AGAIN,
        )
