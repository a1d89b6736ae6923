"""Where a run gets its servers, and where it is performed: by the warm bench, or here where that is asked for."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Literal

from firsthand.bench.ports import Leases
from firsthand.bench.run import Bench, RunRequest, perform
from firsthand.bench.warm.client import NoBenchError, borrow, perform_warm
from firsthand.content.model import Lab
from firsthand.core import events
from firsthand.core.errors import UsageError
from firsthand.core.places import cache_dir
from firsthand.core.results import Report

CHOICE = "FIRSTHAND_BENCH"


def chosen() -> Literal["warm", "here"]:
    """Whether servers come from the warm bench or belong to this process, as FIRSTHAND_BENCH tells.

    Raises:
        UsageError: it says neither.
    """
    match os.environ.get(CHOICE, ""):
        case "" | "warm":
            return "warm"
        case "here":
            return "here"
        case other:
            raise UsageError(f"{CHOICE} is {other!r}.", advice="It can be `warm` (as without it) or `here`.")


@asynccontextmanager
async def lent(lab: Lab) -> AsyncIterator[Leases | None]:
    """Where a run in this process gets the lab's servers; None for a lab that has none.

    Where there can be no warm bench they belong to this process.
    """
    if not lab.servers:
        yield None
        return
    async with borrowed(lab.id) as leases:
        yield leases


@asynccontextmanager
async def borrowed(what: str) -> AsyncIterator[Leases]:
    """Where something in this process gets servers; `what` is shown by `firsthand bench status`.

    Where there can be no warm bench they belong to this process.
    """
    leases = await _borrowed(what) if chosen() == "warm" else _own()
    try:
        yield leases
    finally:
        await leases.close()


async def perform_where_chosen(request: RunRequest, emit: events.Emit, bench: Bench) -> Report:
    """As `bench.run.perform`: a lab with servers in the warm bench, and in this process where FIRSTHAND_BENCH says so.

    Where there can be no warm bench, a notice tells so, and the run is performed here: slower, and as good.
    """
    if request.lab.servers and chosen() == "warm":
        try:
            return await perform_warm(request, emit, bench)
        except NoBenchError as error:
            emit(events.Notice(at=0.0, text=f"{error.message} This run has servers of its own, which takes longer."))
    async with lent(request.lab) as leases:
        return await perform(request, emit, replace(bench, leases=leases))


async def _borrowed(what: str) -> Leases:
    try:
        return await borrow(what)
    except NoBenchError:
        return _own()


def _own() -> Leases:
    from firsthand.bench.servers.host import Servers
    from firsthand.bench.servers.place import servers_dir

    return Servers(servers_dir(), cache_dir())
