"""Measures real servers: cold start, fresh lease, first answer, drop, memory, and what being warm is worth.

    .venv/bin/python -P benchmarks/servers.py [--leases 100] [KIND ...]

Prints a table for docs/figures.md. It decides nothing. Every kind is measured in one run with its own cold start, so
that the ratio compares machines.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from firsthand.bench.ports import Lease, ServerState, Wanted
from firsthand.bench.servers.host import Servers
from firsthand.bench.servers.place import servers_dir
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import FirsthandError

COLD_TIMES = 5
WARM_S = 60.0
CLAIM_BARS_MS = {"postgres": 1.0, "redis": 1.0, "rabbitmq": 1.0, "mariadb": 10.0, "nginx": 40.0, "dns": 60.0}
FIRST_ANSWER_BARS_MS = {"postgres": 20.0}

SCHEMA = "CREATE TABLE products (id SERIAL PRIMARY KEY, name text NOT NULL);\n"
DATA = """def statements(rng):
    for _ in range(50):
        yield "INSERT INTO products (name) VALUES " + ",".join(f"('{rng.token()}')" for _ in range(20))
"""


@dataclass
class Measured:
    """Seconds of one kind of server."""

    kind: str
    name: str = ""
    first_ever: float = 0.0
    cold: list[float] = field(default_factory=list)
    claims: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    """Claim, connect and first query together."""
    drops: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    memory_bytes: int = 0
    data_bytes: int = 0

    def row(self) -> str:
        """The line as Markdown."""
        claim, bar = statistics.median(self.claims), CLAIM_BARS_MS.get(self.kind, 0.0)
        cells = [
            self.name,
            f"{_ms(self.cold)} ({self.first_ever * 1000:.0f})",
            f"{_ms(self.claims, 3)}, {_p99(self.claims)}",
            f"{_ms(self.answers)}, {_p99(self.answers)}" if self.answers else "",
            f"{_ms(self.drops)}" if self.drops else "",
            f"{_ms(self.own)}" if self.own else "",
            f"{self.memory_bytes / 2**20:.0f} + {self.data_bytes / 2**20:.0f}",
            f"1 : {statistics.median(self.cold) / claim:,.0f}",
            _verdict(claim * 1000, bar),
        ]
        return "| " + " | ".join(cells) + " |"


async def measure(kind: str, leases: int, folder: Path) -> Measured:
    """All figures of one kind."""
    found = Measured(kind)
    submission, cache = folder / kind, folder / f"cache-{kind}"
    submission.mkdir()
    wanted = _wanted(kind, submission)
    with tempfile.TemporaryDirectory(prefix="fh-", dir=servers_dir()) as name:
        place = Path(name)
        place.chmod(0o711)
        found.first_ever = await _cold(wanted, place, cache)
        found.cold = [await _cold(wanted, place, cache) for _ in range(COLD_TIMES)]
        await _measure_warm(Servers(place, cache), wanted, leases, found)
    return found


async def _measure_warm(servers: Servers, wanted: Wanted, leases: int, found: Measured) -> None:
    try:
        with _timing_drops(found.kind, found.drops):
            lease = await servers.lease(wanted)
            found.name = f"{lease.server.name} {lease.server.version} ({_state(servers).provider})"
            await servers.release(lease)
            for number in range(leases):
                await _measure_one(servers, wanted, number, found)
            await _settled(servers, found.drops, leases + 1)
            found.memory_bytes, found.data_bytes = _state(servers).memory_bytes, _bytes_below(servers.parent)
            if found.kind in ("postgres", "rabbitmq", "mariadb"):
                found.own = [await _own(servers, wanted) for _ in range(COLD_TIMES)]
    finally:
        await servers.close()


async def _measure_one(servers: Servers, wanted: Wanted, number: int, found: Measured) -> None:
    await _warm(servers)
    ask = FIRST_QUERIES.get(wanted.kind)
    began = time.perf_counter()
    lease = await servers.lease(_with_seed(wanted, number))
    found.claims.append(time.perf_counter() - began)
    if ask is not None:
        await ask(lease)
        found.answers.append(time.perf_counter() - began)
    await servers.release(lease)


async def _cold(wanted: Wanted, place: Path, cache: Path) -> float:
    """From nothing running to the first lease."""
    servers = Servers(place, cache)
    try:
        began = time.perf_counter()
        await servers.lease(wanted)
        return time.perf_counter() - began
    finally:
        await servers.close()


async def _own(servers: Servers, wanted: Wanted) -> float:
    own = Wanted(wanted.kind, "figures", 1, own=True, schema=wanted.schema, data=wanted.data)
    began = time.perf_counter()
    lease = await servers.lease(own)
    seconds = time.perf_counter() - began
    await servers.release(lease)
    return seconds


async def _warm(servers: Servers) -> None:
    async def enough() -> bool:
        # Of a database there are four variants; none of them may be missing.
        least = {"postgres": 8, "mariadb": 5, "nginx": 0, "dns": 0}.get(_state(servers).kind, 1)
        return _state(servers).warm >= least

    await until(enough, Deadline.after(WARM_S))


async def _settled(servers: Servers, drops: list[float], count: int) -> None:
    """Wait until what was released is gone, and the pool is full again."""

    async def done() -> bool:
        return not drops or len(drops) >= count

    await until(done, Deadline.after(WARM_S))
    await _warm(servers)


async def _ask_postgres(lease: Lease) -> None:
    import psycopg

    url = lease.environment_at(lease.address)["DATABASE_URL"]
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("SELECT count(*) FROM products")


async def _ask_redis(lease: Lease) -> None:
    from redis.asyncio import Redis

    async with Redis.from_url(lease.environment_at(lease.address)["REDIS_URL"]) as client:
        await client.get("nothing")


async def _ask_rabbitmq(lease: Lease) -> None:
    from aio_pika import connect

    connection = await connect(lease.environment_at(lease.address)["AMQP_URL"])
    async with connection:
        await (await connection.channel()).declare_queue("nothing")


async def _ask_mariadb(lease: Lease) -> None:
    from firsthand.bench.clients.mariadb import Mariadb

    mariadb = Mariadb(lease, Servers(Path(), Path()), None, Deadline.after(WARM_S))
    await mariadb.value("SELECT count(*) FROM products")
    await mariadb.close()


async def _ask_nginx(lease: Lease) -> None:
    reader, writer = await asyncio.open_connection(lease.address.host, lease.address.port)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    await reader.read()
    writer.close()


async def _ask_dns(lease: Lease) -> None:
    from firsthand.bench.clients.dns import Dns

    await Dns(lease, Servers(Path(), Path()), None, Deadline.after(WARM_S)).query("example.test", "SOA")


FIRST_QUERIES: dict[str, Callable[[Lease], Awaitable[None]]] = {
    "postgres": _ask_postgres,
    "redis": _ask_redis,
    "rabbitmq": _ask_rabbitmq,
    "mariadb": _ask_mariadb,
    "nginx": _ask_nginx,
    "dns": _ask_dns,
}
ORIGIN = {"origin": "example.test"}
CONFIGURATIONS = {
    "nginx": ("nginx.conf", "events {}\nhttp { server { listen ${PORT}; return 200 hello; } }\n"),
    "dns": ("example.zone", "$TTL 60\n@ SOA ns1 me 1 60 60 60 60\n@ NS ns1\nns1 A 192.0.2.1\n"),
}


class _timing_drops:  # noqa: N801  # a context manager, used as a function
    """While it lasts, notes how long the end of each released database or process takes."""

    def __init__(self, kind: str, seconds: list[float]) -> None:
        from firsthand.bench.servers import dns, mariadb_server, nginx, postgres_shared, rabbitmq_node, redis

        places: dict[str, tuple[Any, str]] = {
            "postgres": (postgres_shared.SharedCluster, "drop"),
            "redis": (redis.Instance, "discard"),
            "rabbitmq": (rabbitmq_node.Node, "drop"),
            "mariadb": (mariadb_server.DatabaseServer, "drop"),
            "nginx": (nginx.Site, "close"),
            "dns": (dns.Family, "close"),
        }
        self._place = places.get(kind)
        self._seconds = seconds

    def __enter__(self) -> None:
        if self._place is None:
            return
        owner, name = self._place
        self._real = real = getattr(owner, name)

        async def timed(*arguments: object) -> None:
            began = time.perf_counter()
            await real(*arguments)
            self._seconds.append(time.perf_counter() - began)

        setattr(owner, name, timed)

    def __exit__(self, *_: object) -> None:
        if self._place is not None:
            setattr(*self._place, self._real)


def _wanted(kind: str, folder: Path) -> Wanted:
    if kind in CONFIGURATIONS:
        file, text = CONFIGURATIONS[kind]
        (folder / file).write_text(text)
        return Wanted(kind, "figures", 1, folder=str(folder), files=[file], options=ORIGIN if kind == "dns" else {})
    if kind not in ("postgres", "mariadb"):
        return Wanted(kind, "figures", 1)
    schema, data = folder / "schema.sql", folder / "data.py"
    schema.write_text(SCHEMA)
    data.write_text(DATA)
    return Wanted(kind, "figures", 1, schema=str(schema), data=str(data))


def _with_seed(wanted: Wanted, seed: int) -> Wanted:
    return msgspec.structs.replace(wanted, seed=seed)


def _state(servers: Servers) -> ServerState:
    (state,) = servers.states()
    return state


def _bytes_below(folder: Path) -> int:
    return sum(f.lstat().st_blocks * 512 for f in folder.rglob("*") if f.is_file() and not f.is_symlink())


def _ms(seconds: list[float], digits: int = 1) -> str:
    return f"{statistics.median(seconds) * 1000:.{digits}f}"


def _p99(seconds: list[float]) -> str:
    return f"{statistics.quantiles(seconds, n=100)[98] * 1000:.2f}"


def _verdict(claim_ms: float, bar_ms: float) -> str:
    return f"<= {bar_ms:g}: {'holds' if claim_ms <= bar_ms else 'missed'}" if bar_ms else ""


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description="Measures real servers.")
    parser.add_argument("kinds", nargs="*", default=["postgres", "redis", "nginx", "rabbitmq", "mariadb", "dns"])
    parser.add_argument("--leases", type=int, default=100)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="firsthand-figures-"))
    folder.chmod(0o711)
    print("## Servers\n")
    print("Milliseconds. Cold start: from nothing running to the first lease, the very first one (with initdb) in")
    print(
        "parentheses. Lease: median and p99 of a lease that is ready. Memory: MiB of processes, and of data on tmpfs."
    )
    print(f"Load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores.\n")
    print("| server | cold start | lease | lease, connect, first query | drop | own server | memory | ratio | bar |")
    print("|---|---|---|---|---|---|---|---|---|")
    try:
        for kind in options.kinds:
            try:
                print(asyncio.run(measure(kind, options.leases, folder)).row(), flush=True)
            except FirsthandError as error:
                print(f"| {kind} | {error.message} | | | | | | | |")
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
