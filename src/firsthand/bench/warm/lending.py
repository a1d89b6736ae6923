"""Where a run gets its servers, and where it is performed: by the warm bench, or here where that is asked for."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Literal

from firsthand.bench.ports import Leases
from firsthand.bench.run import Bench, RunRequest, perform
from firsthand.bench.warm.client import borrow, perform_warm
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

    Raises:
        WorldError: no warm bench can be started.
    """
    if not lab.servers:
        yield None
        return
    leases = _own() if chosen() == "here" else await borrow(lab.id)
    try:
        yield leases
    finally:
        await leases.close()


async def perform_where_chosen(request: RunRequest, emit: events.Emit, bench: Bench) -> Report:
    """As `bench.run.perform`: a lab with servers in the warm bench, and in this process where FIRSTHAND_BENCH says so.

    Raises:
        WorldError: no warm bench can be started.
    """
    if request.lab.servers and chosen() == "warm":
        return await perform_warm(request, emit, bench)
    async with lent(request.lab) as leases:
        return await perform(request, emit, replace(bench, leases=leases))


def _own() -> Leases:
    from firsthand.bench.servers.host import Servers
    from firsthand.bench.servers.place import servers_dir

    return Servers(servers_dir(), cache_dir())
