"""The process of one run: does what its client orders, where and as its client would, and ends."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from typing import NoReturn

from firsthand.bench.run import Bench, RunRequest, perform
from firsthand.bench.warm.connection import Connection
from firsthand.bench.warm.protocol import (
    Crashed,
    Ended,
    FromClient,
    GoOn,
    Happened,
    Kept,
    Order,
    Ready,
    Reply,
    fault_of,
)
from firsthand.bench.warm.remote_leases import RemoteLeases
from firsthand.content.findings import stop_at_first
from firsthand.content.model import Lab
from firsthand.content.reading_labs import read_lab
from firsthand.core.errors import FirsthandError
from firsthand.core.results import Report


def main(descriptors: Sequence[int]) -> NoReturn:
    """Perform the run that is ordered over the first descriptor, with servers lent over the second; then exit.

    The third and fourth become standard output and error, so that what a check prints is seen where it was asked for.
    """
    client, bench, output, error = descriptors
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    for ours, standard in ((output, 1), (error, 2)):
        os.dup2(ours, standard)
        os.close(ours)
    code = 1
    try:
        asyncio.run(_answer(socket.socket(fileno=client), socket.socket(fileno=bench)))
        code = 0
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)  # what the zygote would do at its end is not ours to do


async def _answer(client_socket: socket.socket, bench_socket: socket.socket) -> None:
    client = await Connection[FromClient].over(client_socket, FromClient)
    client.send(Ready())
    order = await client.receive()
    if isinstance(order, Order):
        _stand_where_the_client_stands(order)
        leases = RemoteLeases(await Connection[Reply].over(bench_socket, Reply), order.lab_folder.name)
        try:
            await _Performing(client, leases, order).perform()
        except FirsthandError as error:
            client.send(fault_of(error))
        except Exception as error:  # noqa: BLE001  # the process edge: told to the client, which keeps it
            client.send(Crashed(f"{type(error).__name__}: {error}", traceback.format_exc()))
        finally:
            await leases.close()
    await client.close()


class _Performing:
    """One run: its events go to the client, and whatever ends it early cancels it."""

    def __init__(self, client: Connection[FromClient], leases: RemoteLeases, order: Order) -> None:
        self._client = client
        self._leases = leases
        self._order = order
        self._go_on = asyncio.Event()

    async def perform(self) -> None:
        order = self._order
        bench = Bench(order.data, order.cache, order.temp, order.evidence, self._leases)
        request = RunRequest(
            lab=_lab(order),
            workspace=order.workspace,
            language=order.language,
            run=order.run,
            seed=order.seed,
            stage=order.stage,
            all_stages=order.all_stages,
            first_failure=order.first_failure,
            submission=order.submission,
            keep=self._keep if order.keep else None,
        )
        run = asyncio.ensure_future(perform(request, lambda event: self._client.send(Happened(event)), bench))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, run.cancel)
        watching = [asyncio.ensure_future(self._listen(run)), asyncio.ensure_future(self._watch_bench(run))]
        try:
            self._client.send(Ended(await run))
        except asyncio.CancelledError:
            self._client.send(Ended(None))
        finally:
            for task in watching:
                task.cancel()
            await asyncio.wait(watching)

    async def _listen(self, run: "asyncio.Future[Report]") -> None:
        while isinstance(await self._client.receive(), GoOn):
            self._go_on.set()
        run.cancel()  # it was asked for, or nobody is there to be told

    async def _watch_bench(self, run: "asyncio.Future[Report]") -> None:
        await self._leases.ended.wait()
        run.cancel()

    async def _keep(self, report: Report) -> None:
        self._client.send(Kept(report))
        await self._go_on.wait()


def _lab(order: Order) -> Lab:
    found = read_lab(order.lab_folder, order.unit, order.solutions_folder, stop_at_first)
    assert found, "reading stops at the first mistake, so what it returns is whole"
    return found.lab


def _stand_where_the_client_stands(order: Order) -> None:
    """Take on the client's environment, folder and umask, and forget what was derived from others."""
    os.environb.clear()
    os.environb.update(order.environment)
    os.umask(order.umask)
    if order.folder is not None:
        with contextlib.suppress(OSError):
            os.chdir(order.folder)
    tempfile.tempdir = None
    time.tzset()
