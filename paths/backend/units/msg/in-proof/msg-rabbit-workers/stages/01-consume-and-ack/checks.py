"""Stage 1: jobs go into a queue, and workers take them out when they are done."""

from kit import (
    QUEUE,
    a_job,
    accepted,
    cleared,
    content_of,
    early,
    empties,
    printer,
    published,
    some_jobs,
    started,
    waiting,
)

from firsthand.lab import App, Deadline, Http, Peers, Rabbit, Rng, check, expect


@check(proves="MSG-02")
async def takes_a_job(http: Http, rng: Rng, rabbit: Rabbit, deadline: Deadline) -> None:
    """`POST /jobs` answers 202 with an id, and the job waits in the queue `print`, worker or none (brief)."""
    await cleared(rabbit, deadline)
    jobs = [a_job(rng), a_job(rng, more=rng.text(1, 80)), a_job(rng, more='"\\\r\n\t$' + rng.token())]
    wanted = {await accepted(http, job): job for job in jobs}
    expect(len(wanted), "different ids of three jobs").equals(3)
    found = {}
    for body in await waiting(rabbit, deadline, len(jobs)):
        content = content_of(body, "the message in the queue")
        found[content.get("id")] = content
    for id_, job in wanted.items():
        expect(list(found), "ids of the messages in the queue").contains(id_, hint="Web tells the client the same id.")
        content = found[id_]
        for member in ("kind", "region", "document"):
            expect(content.get(member), f"`{member}` of the message with the id {id_}").equals(getattr(job, member))


@check(proves="MSG-02")
async def prints_every_job(app: App, http: Http, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline) -> None:
    """A worker prints each job of the queue, whoever put it there, to the letter and once (brief)."""
    await cleared(rabbit, deadline)
    async with printer(peers, deadline) as paper:
        jobs = [*some_jobs(rng, 3), a_job(rng, more=rng.text(20, 80)), a_job(rng, more=f"{rng.token()}\r\n é = 'ü'")]
        for job in jobs:
            await accepted(http, job)
        await started(app, rabbit, deadline)
        others = [*some_jobs(rng, 8), a_job(rng, more=rng.text(1, 80))]
        await published(rabbit, rng, others)
        with_others = [*jobs, *others]
        await paper.does(with_others, "that wait in the queue")
        await empties(rabbit, deadline, "A job that is done is acknowledged.")
        for job in with_others:
            expect(paper.times(job), f"requests to print {job.document!r}").equals(1)


@check(proves="MSG-02")
async def acknowledges_after_the_work(app: App, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline) -> None:
    """A job is acknowledged when the printer has answered, and not before (brief)."""
    await cleared(rabbit, deadline)
    async with printer(peers, deadline) as paper:
        job = a_job(rng)
        paper.hold(job)
        await started(app, rabbit, deadline)
        await published(rabbit, rng, [job])
        await paper.gets([job], "that waits in the queue")

        async def is_settled() -> bool:
            found = await rabbit.queue(QUEUE)
            return found is not None and not found.unacked

        if await early(is_settled, deadline):
            expect(0, "unacknowledged jobs while the printer has not answered").equals(
                1, hint="Consume without automatic acknowledgement, and acknowledge after the printer's answer."
            )
        paper.release(job)
        await paper.does([job], "that waits in the queue")
        await empties(rabbit, deadline, "When the printer has answered, acknowledge: basic.ack with its delivery tag.")


@check(proves="MSG-02")
async def another_worker_takes_over(app: App, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline) -> None:
    """When a worker is killed, another one does its job, and all that it had taken (brief)."""
    await cleared(rabbit, deadline)
    async with printer(peers, deadline) as paper:
        jobs = some_jobs(rng, 4)
        paper.hold(*jobs)
        (first,) = await started(app, rabbit, deadline)
        await published(rabbit, rng, jobs)
        await paper.gets(jobs[:1], "that waits in the queue")
        await first.kill()
        before = paper.times(jobs[0])
        await started(app, rabbit, deadline)
        hint = "RabbitMQ gives back what was not acknowledged, marked as redelivered: it is to be done like any other."
        if not await paper.comes(lambda: paper.times(jobs[0]) > before):
            expect(paper.times(jobs[0]) - before, "requests by another worker for the job of a killed one").equals(
                1, hint=hint
            )
        paper.release()
        await paper.does(jobs, "after their worker was killed", hint)
        await empties(rabbit, deadline, hint)
