"""One worker of the proof: a process that performs runs, one after another, until it is told to end."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from firsthand.bench.run import Bench, RunRequest, perform
from firsthand.bench.warm.lending import lent
from firsthand.bench.warm.remote_leases import RemoteLeases
from firsthand.core.errors import FirsthandError
from firsthand.core.events import AnyEvent
from firsthand.core.results import Report
from firsthand.core.verdicts import Verdict
from firsthand.proof.orders import RUNS, Answer, Order

ATTEMPTS_MAX = 2
"""A run whose servers went away with their bench is performed once more, with another bench."""


def main(descriptor: int, place: Path) -> None:
    """Obey orders from a socket until its other end closes.

    Args:
        descriptor: our end of the socket pair.
        place: a folder of this worker's own, with a folder for its runs in it.
    """
    os.set_inheritable(descriptor, False)
    bench = Bench(data=place, cache=place, temp=place / RUNS, evidence=False)
    with Connection(descriptor) as orders:
        while (order := _next(orders)) is not None:
            try:
                answer = asyncio.run(_obey(order, bench, orders))
            except asyncio.CancelledError:
                return
            with suppress(BrokenPipeError):  # nobody waits for it any more
                orders.send(answer)


def _next(orders: Connection) -> Order | None:
    try:
        order = orders.recv()
    except EOFError:
        return None
    assert isinstance(order, Order), "only orders come this way"
    return order


async def _obey(order: Order, bench: Bench, orders: Connection) -> Answer:
    with _cancelled_when_told(orders):
        try:
            return Answer(order.number, await _perform(order, bench))
        except FirsthandError as error:
            return Answer(order.number, error=f"{error.message} {error.advice}".strip())


async def _perform(order: Order, bench: Bench) -> Report:
    request = RunRequest(
        lab=order.lab,
        workspace=order.workspace,
        language=order.language,
        seed=order.seed,
        first_failure=order.first_failure,
    )
    for attempts_left in reversed(range(ATTEMPTS_MAX)):
        async with lent(order.lab) as leases:
            report = await perform(request, _unheard, replace(bench, leases=leases))
            ended = isinstance(leases, RemoteLeases) and leases.ended.is_set()
        if not (ended and attempts_left and report.verdict is Verdict.ERROR):
            break
    return report


def _unheard(_event: AnyEvent) -> None:
    """A proof reads reports; nobody watches the single events."""


@contextmanager
def _cancelled_when_told(orders: Connection) -> Iterator[None]:
    """SIGTERM, or the end of the main process however it came about, cancels the run, which then cleans up."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None, "a run is performed in a task"

    def gone() -> None:
        # Nothing is sent while a run goes on: the other end closed.
        loop.remove_reader(orders.fileno())
        task.cancel()

    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    loop.add_reader(orders.fileno(), gone)
    try:
        yield
    finally:
        loop.remove_reader(orders.fileno())
        loop.remove_signal_handler(signal.SIGTERM)
