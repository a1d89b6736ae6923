"""Stage 6: many workers and several webs, each job with one effect, and workers that leave in good order."""

import asyncio
from collections.abc import Sequence

from kit import (
    QUEUE,
    Job,
    Printer,
    accepted,
    cleared,
    early,
    empties,
    in_time,
    printer,
    published,
    some_jobs,
    started,
)

from firsthand.lab import App, Deadline, Http, Instance, Peers, Rabbit, Rng, check, expect

WORKERS = 4
WEBS = 2
CLIENTS = 3
"""Of each web, side by side."""
JOBS_EACH = 8
SCALE_S = 12.0


@check(proves="MSG-04", deadline_s=SCALE_S)
async def sends_the_same_key(app: App, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline) -> None:
    """Each request to print carries the job's id as `Idempotency-Key`, a second attempt too (brief)."""
    await cleared(rabbit, deadline)
    async with printer(peers, deadline) as paper:
        jobs = some_jobs(rng, 3)
        paper.hold(jobs[0])
        (first,) = await started(app, rabbit, deadline)
        ids = {job.document: id_ for id_, job in (await published(rabbit, rng, jobs)).items()}
        await paper.gets(jobs[:1], "that waits in the queue")
        await first.kill()
        await started(app, rabbit, deadline, 2)
        await paper.comes(lambda: paper.times(jobs[0]) > 1)
        paper.release()
        await paper.does(jobs, "after their worker was killed")
        for job in jobs:
            for attempt, key in enumerate(paper.keys(job), 1):
                expect(key, f"Idempotency-Key of attempt {attempt} to print the job {ids[job.document]}").equals(
                    ids[job.document], hint="It is the id in the message: the same at each attempt, in each worker."
                )


@check(proves="MSG-04", deadline_s=SCALE_S)
async def prints_each_job_once(
    app: App, http: Http, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline
) -> None:
    """Two webs and four workers share the work, and each job is printed once, under an id of its own (brief)."""
    await cleared(rabbit, deadline)
    async with printer(peers, deadline) as paper:
        first = some_jobs(rng, WORKERS)
        paper.hold(*first)
        # Both are new, so that one who counts from 1 is caught, whatever was taken before.
        webs = [http.at(instance) for instance in await app.start("web", count=WEBS)]
        await started(app, rabbit, deadline, WORKERS)
        await published(rabbit, rng, first)
        await paper.gets(first, f"side by side by {WORKERS} workers")
        batches = [some_jobs(rng, JOBS_EACH) for _ in webs for _ in range(CLIENTS)]
        clients = [web for web in webs for _ in range(CLIENTS)]
        ids = await asyncio.gather(*(_post_all(web, batch) for web, batch in zip(clients, batches, strict=True)))
        paper.release()
        jobs = [job for batch in batches for job in batch]
        await paper.does([*first, *jobs], f"by {WORKERS} workers")
        await empties(rabbit, deadline, "A job that is done is acknowledged.")
        for job in jobs:
            expect(paper.times(job), f"requests to print {job.document!r}").equals(1, hint="Nothing went wrong here.")
        different = len({id_ for batch in ids for id_ in batch})
        expect(different, f"different ids of {len(jobs)} jobs that {WEBS} web instances have taken").equals(
            len(jobs), hint="A counter starts anew in each process, and a clock shows two of them the same. Use UUIDs."
        )


@check(proves="MSG-04", deadline_s=SCALE_S)
async def leaves_in_good_order(app: App, rng: Rng, rabbit: Rabbit, peers: Peers, deadline: Deadline) -> None:
    """On SIGTERM a worker finishes and acknowledges the job in hand, takes no other, and ends (brief)."""
    await cleared(rabbit, deadline)
    async with printer(peers, deadline) as paper:
        in_hand, *others = jobs = some_jobs(rng, 3)
        paper.hold(in_hand)
        (busy,) = await started(app, rabbit, deadline)
        await published(rabbit, rng, jobs)
        await paper.gets([in_hand], "that waits in the queue")
        how, was_early = await _ended(busy, paper, deadline)
        expect(was_early, "whether the worker ended in the middle of a job").equals(
            False,
            hint="SIGTERM ends a program at once, unless it catches the signal: remember it, and end after the job.",
        )
        expect(how, "how the worker ended after its job").differs_from(
            "killed", hint="It was still there two seconds after SIGTERM. End when the job in hand is acknowledged."
        )

        async def is_left() -> bool:
            found = await rabbit.queue(QUEUE)
            return found is not None and found.ready >= len(others) and not found.unacked

        await in_time(is_left, deadline)
        found = await rabbit.queue(QUEUE)
        expect(found.ready if found else 0, "jobs in the queue after the worker has ended").equals(
            len(others), hint="One of three was in hand: it is acknowledged, and the other two are left to others."
        )
        (idle,) = await started(app, rabbit, deadline)
        await paper.does(others, "by another worker")
        await empties(rabbit, deadline, "A job that is done is acknowledged.")
        expect((await idle.stop()).how, "how a worker without a job ended").differs_from(
            "killed", hint="A worker that waits for a message must notice SIGTERM, too."
        )
        for job in jobs:
            expect(paper.times(job), f"requests to print {job.document!r}").equals(1)


async def _post_all(http: Http, jobs: Sequence[Job]) -> list[str]:
    return [await accepted(http, job) for job in jobs]


async def _ended(worker: Instance, paper: Printer, deadline: Deadline) -> tuple[str, bool]:
    """Tell a busy worker to end, and finish its job; how it ended, and whether it did so before that."""

    async def has_ended() -> bool:
        return worker.program.exit_code is not None

    stopping = asyncio.create_task(worker.stop())
    try:
        was_early = await early(has_ended, deadline)
    finally:
        paper.release()
        stopped = await stopping
    return stopped.how, was_early
