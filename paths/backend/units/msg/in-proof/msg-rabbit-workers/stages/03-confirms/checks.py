"""Stage 3: a 202 is a promise, and what was promised outlives the broker."""

import json

from kit import JOBS, PRINTED, QUEUE, a_job, accepted, cleared, id_in, post, started, waiting

from firsthand.bench.decoders.amqp_exchanges import Publish
from firsthand.lab import App, Deadline, Http, Rabbit, Rng, Wire, check, expect, fail

SLOW = 0.0125
"""How late RabbitMQ's words come, as a part of the check's time: who does not wait for them has answered before."""
SLOW_S_MAX = 0.4
"""However slow the machine is: web need not wait for longer than a second."""

RETURNED = (
    "RabbitMQ confirms a message that no queue wants, and drops it. Publish it as mandatory: "
    "then it is returned (basic.return) before it is confirmed."
)


@check(proves="MSG-03")
async def answers_after_the_confirm(http: Http, rng: Rng, rabbit: Rabbit, wire: Wire, deadline: Deadline) -> None:
    """Web answers 202 when RabbitMQ has confirmed the message, and not before (RabbitMQ, publisher confirms)."""
    await cleared(rabbit, deadline)
    await accepted(http, a_job(rng))
    slow_s = min(deadline.allowed_s * SLOW, SLOW_S_MAX)
    for _ in range(3):
        job = a_job(rng)
        with rabbit.door.delay(slow_s, direction="received"):
            reply = await post(http, job)
            answered_at = wire.mark()
            id_ = id_in(reply)
            sent = [one for one in _published(wire, id_) if one.confirmed == "ack" and one.ended <= answered_at]
        if not sent:
            _complain(wire, id_)


@check(proves="MSG-03")
async def declares_durable(app: App, http: Http, rng: Rng, rabbit: Rabbit, deadline: Deadline) -> None:
    """The exchanges `jobs` and `printed` and every queue of workers are durable (AMQP 0-9-1, 1.7.2.1)."""
    await accepted(http, a_job(rng))
    queue = rng.token()
    await started(app, rabbit, deadline, queue=queue, bindings="job.*.eu")
    queues, exchanges = await rabbit.queues(), await rabbit.exchanges()
    for name in (QUEUE, queue):
        expect(name in queues and queues[name].durable, f"whether the queue `{name}` is durable").is_true(
            hint="durable is a property of the declaration. A queue that is not durable is gone after a restart."
        )
    for name in (JOBS, PRINTED):
        expect(name in exchanges and exchanges[name].durable, f"whether the exchange `{name}` is durable").is_true(
            hint="Exchanges have it, too: without it, a restart removes the exchange and all of its bindings."
        )


@check(proves="MSG-03")
async def publishes_persistent(http: Http, rng: Rng, wire: Wire) -> None:
    """Each job is published as persistent, delivery mode 2 (AMQP 0-9-1, 1.8.1)."""
    for _ in range(3):
        id_ = await accepted(http, a_job(rng))
        sent = _published(wire, id_)
        if not sent:
            fail(
                f"The job {id_} was accepted, and was not published.",
                expected="a basic.publish before the 202",
                hint="Publish first, then answer.",
            )
        for one in sent:
            expect(one.properties.get("delivery_mode"), "delivery mode of the message").equals(
                2, hint="A durable queue keeps, over a restart, only the messages that are persistent."
            )


@check(proves="MSG-03")
async def promises_only_what_a_queue_has(app: App, http: Http, rng: Rng, rabbit: Rabbit, deadline: Deadline) -> None:
    """When no queue takes a job, it is not accepted: 503, or it is published again (AMQP 0-9-1, 1.8.3.7: mandatory)."""
    await cleared(rabbit, deadline)
    await accepted(http, a_job(rng))
    channel = await rabbit.channel()
    for name in await rabbit.queues():
        await channel.queue_delete(name)
    try:
        reply = await post(http, a_job(rng))
        expect(reply.status, "status of POST /jobs when all queues were deleted").is_one_of((202, 503), hint=RETURNED)
        if reply.status == 202:
            await waiting(rabbit, deadline, 1, RETURNED)
    finally:
        await started(app, rabbit, deadline)  # it declares and binds the queue again, for the checks that follow


def _published(wire: Wire, id_: str) -> list[Publish]:
    """What web has published of this job so far; what workers tell of it is something else."""
    return [one for one in wire.rabbitmq.published() if one.exchange != PRINTED and _id_in(one.body) == id_]


def _id_in(body: bytes) -> object:
    try:
        content = json.loads(body)
    except ValueError:
        return None
    return content.get("id") if isinstance(content, dict) else None


def _complain(wire: Wire, id_: str) -> None:
    sent = _published(wire, id_)
    if not sent:
        got, hint = "202 before the job was published", "Publish first, then answer."
    elif not wire.rabbitmq.methods("confirm.select"):
        got = "202, and no confirm was asked for"
        hint = "Put the channel into confirm mode (confirm.select), and wait for basic.ack after each publish."
    else:
        got = "202 while the confirm was still under way"
        hint = "Confirm mode alone changes nothing: wait for the confirm of this message before you answer."
    fail(f"The job {id_} was accepted before RabbitMQ had it.", expected="202 after basic.ack", got=got, hint=hint)
