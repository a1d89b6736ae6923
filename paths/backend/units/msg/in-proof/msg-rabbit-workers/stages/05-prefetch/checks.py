"""Stage 5: a worker holds the job that it works on, and no other."""

from kit import (
    QUEUE,
    cleared,
    early,
    empties,
    in_time,
    printer,
    published,
    some_jobs,
    started,
)

from firsthand.lab import App, Deadline, Peers, Rabbit, Rng, check, expect

HINT = "Say basic.qos with a prefetch count of 1, on the channel that consumes, before basic.consume."


@check(proves="MSG-04")
async def slow_job_holds_up_nobody(app: App, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline) -> None:
    """While one worker is at a slow job, the other one does all that came after it (RabbitMQ, consumer prefetch)."""
    await cleared(rabbit, deadline)
    async with printer(peers, deadline) as paper:
        slow, *quick = some_jobs(rng, rng.integer(9, 14))
        paper.hold(slow)
        await started(app, rabbit, deadline, 2)
        await published(rabbit, rng, [slow, *quick])
        if not await paper.comes(lambda: paper.has_done(quick)):
            done = sum(paper.has_done([job]) for job in quick)
            expect(done, f"of {len(quick)} quick jobs, those that were done beside a slow one").equals(
                len(quick), hint=f"The others wait behind the slow one, in the worker that has it. {HINT}"
            )
        expect(paper.times(slow), "requests to print the slow job").equals(1)
        paper.release()
        await paper.does([slow], "that waits in the queue")
        await empties(rabbit, deadline, "A job that is done is acknowledged.")


@check(proves="MSG-04")
async def holds_one_job_each(app: App, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline) -> None:
    """Each worker holds one job at a time; the others wait in the queue, for workers that come later too (brief)."""
    await cleared(rabbit, deadline)
    async with printer(peers, deadline) as paper:
        jobs = some_jobs(rng, rng.integer(7, 11))
        paper.hold(*jobs)
        await started(app, rabbit, deadline, 2)
        await published(rabbit, rng, jobs)
        await _holds(rabbit, deadline, 2)
        await started(app, rabbit, deadline, beside=2)
        await _holds(rabbit, deadline, 3)
        paper.release()
        await paper.does(jobs, "that wait in the queue")
        await empties(rabbit, deadline, "A job that is done is acknowledged.")


@check(proves="MSG-04")
async def stays_fair_after_a_reconnect(app: App, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline) -> None:
    """After a lost connection the prefetch count holds again: it belongs to a channel (AMQP 0-9-1, 1.8.3.1)."""
    await cleared(rabbit, deadline)
    async with printer(peers, deadline) as paper:
        jobs = some_jobs(rng, rng.integer(6, 9))
        paper.hold(*jobs)
        await started(app, rabbit, deadline)
        rabbit.door.reset()

        async def is_gone() -> bool:
            found = await rabbit.queue(QUEUE)
            return found is not None and not found.consumers

        async def is_back() -> bool:
            return not await is_gone()

        await in_time(is_gone, deadline)
        expect(await in_time(is_back, deadline), "whether the worker consumes again after a lost connection").is_true()
        await published(rabbit, rng, jobs)
        await _holds(rabbit, deadline, 1)
        paper.release()
        await paper.does(jobs, "after a lost connection")


async def _holds(rabbit: Rabbit, deadline: Deadline, count: int) -> None:
    """Wait until so many jobs are unacknowledged, and see that it stays so."""

    async def some() -> bool:
        found = await rabbit.queue(QUEUE)
        return found is not None and found.unacked >= count

    async def too_many() -> bool:
        found = await rabbit.queue(QUEUE)
        return found is not None and found.unacked > count

    await in_time(some, deadline)
    await early(too_many, deadline)
    found = await rabbit.queue(QUEUE)
    busy = f"{count} workers that are all at slow ones" if count > 1 else "a worker that is at a slow one"
    expect(found.unacked if found else 0, f"unacknowledged jobs of {busy}").equals(count, hint=HINT)
