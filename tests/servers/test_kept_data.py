"""Data that stays from one lease to the next, as `firsthand run` has it."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import aio_pika
import psycopg
import pymysql
import pytest
import redis.asyncio
from lent import new_place

from firsthand.bench.ports import KEPT, Lease, Wanted
from firsthand.bench.sandbox.sweep import remove_folder
from firsthand.bench.servers.host import Servers
from firsthand.core.errors import WorldError


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder with a short name, as Unix sockets need."""
    place = new_place()
    place.chmod(0o755)
    yield place
    remove_folder(place)


def wanted(kind: str, root: Path) -> Wanted:
    return Wanted(kind=kind, run="a-run", seed=0, kept_in=str(root / "worlds" / "lab" / "servers" / kind))


def hosted(root: Path) -> Servers:
    place = root / "servers"
    place.mkdir(mode=0o711, exist_ok=True)
    return Servers(place, root / "cache")


async def ask(lease: Lease, sql: str) -> Any:
    url = lease.environment_at(lease.address)["DATABASE_URL"]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(sql.encode())
        return await cursor.fetchone() if cursor.description else None


async def say(lease: Lease, *words: str) -> Any:
    client = redis.asyncio.from_url(lease.environment_at(lease.address)["REDIS_URL"])
    try:
        return await client.execute_command(*words)
    finally:
        await client.aclose()


def query(lease: Lease, sql: str) -> Any:
    url = urlsplit(lease.environment_at(lease.address)["MYSQL_URL"])
    connection = pymysql.connect(
        host=url.hostname,
        port=url.port or 0,
        user=url.username,
        password=unquote(url.password or ""),
        database=url.path[1:],
        autocommit=True,
    )
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_a_database_is_there_again_the_next_time_whoever_lends_it(root: Path) -> None:
    async def scene() -> tuple[Any, Any, list[str]]:
        servers = hosted(root)
        first = await servers.lease(wanted("postgres", root))
        await ask(first, "CREATE TABLE notes AS SELECT 7 AS n")
        await servers.release(first)
        second = await servers.lease(wanted("postgres", root))
        again = await ask(second, "SELECT n FROM notes")
        await servers.close()
        another = hosted(root)
        third = await another.lease(wanted("postgres", root))
        later = await ask(third, "SELECT n FROM notes")
        await another.close()
        return again, later, third.features

    assert asyncio.run(scene()) == ((7,), (7,), [KEPT])


def test_what_valkey_holds_is_there_again_the_next_time(root: Path) -> None:
    async def scene() -> tuple[Any, bool]:
        servers = hosted(root)
        first = await servers.lease(wanted("redis", root))
        await say(first, "SET", "n", "7")
        await servers.release(first)
        second = await servers.lease(wanted("redis", root))
        again = await say(second, "GET", "n")
        await servers.close()
        return again, KEPT in second.features

    assert asyncio.run(scene()) == (b"7", True)


def test_tables_of_mariadb_are_there_again_the_next_time_whoever_lends_it(root: Path) -> None:
    async def scene() -> tuple[Any, Any, bool]:
        servers = hosted(root)
        first = await servers.lease(wanted("mariadb", root))
        await asyncio.to_thread(query, first, "CREATE TABLE notes AS SELECT 7 AS n")
        await servers.release(first)
        second = await servers.lease(wanted("mariadb", root))
        again = await asyncio.to_thread(query, second, "SELECT n FROM notes")
        await servers.close()
        another = hosted(root)
        third = await another.lease(wanted("mariadb", root))
        later = await asyncio.to_thread(query, third, "SELECT n FROM notes")
        await another.close()
        return again, later, KEPT in third.features

    assert asyncio.run(scene()) == (((7,),), ((7,),), True)


def test_a_message_waits_in_rabbitmq_until_the_next_time(root: Path) -> None:
    async def scene() -> tuple[bytes, bool]:
        servers = hosted(root)
        first = await servers.lease(wanted("rabbitmq", root))
        async with await aio_pika.connect(first.environment_at(first.address)["AMQP_URL"]) as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue("notes", durable=True)
            kept = aio_pika.Message(b"7", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await channel.default_exchange.publish(kept, queue.name)
        await servers.close()
        another = hosted(root)
        second = await another.lease(wanted("rabbitmq", root))
        async with await aio_pika.connect(second.environment_at(second.address)["AMQP_URL"]) as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue("notes", durable=True)
            message = await queue.get(timeout=10)
            await message.ack()
        await another.close()
        return message.body, KEPT in second.features

    assert asyncio.run(scene()) == (b"7", True)


@pytest.mark.parametrize("kind", ["mariadb", "rabbitmq"])
def test_an_unfinished_beginning_is_begun_anew_and_another_version_is_refused(root: Path, kind: str) -> None:
    folder = Path(wanted(kind, root).kept_in)
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "half").write_text("of a copy")

    async def scene() -> None:
        servers = hosted(root)
        try:
            await servers.release(await servers.lease(wanted(kind, root)))
            await servers.close()
            file = folder / "access.json"
            file.write_text(file.read_text().replace('"version":"', '"version":"1.'))
            with pytest.raises(WorldError, match=r"was written by \w+ 1\.") as told:
                await servers.lease(wanted(kind, root))
            assert "--fresh" in told.value.advice
        finally:
            await servers.close()

    asyncio.run(scene())
    assert not (folder / "data" / "half").exists()
    assert (folder / "data").exists()


@pytest.mark.parametrize("kind", ["postgres", "redis", "mariadb", "rabbitmq"])
def test_two_cannot_have_the_same_data_at_once(root: Path, kind: str) -> None:
    async def scene() -> None:
        servers = hosted(root)
        try:
            await servers.lease(wanted(kind, root))
            with pytest.raises(WorldError, match="is in use") as told:
                await servers.lease(wanted(kind, root))
            assert "firsthand run" in told.value.advice
        finally:
            await servers.close()

    asyncio.run(scene())


def test_data_of_another_version_is_refused_and_left_alone(root: Path) -> None:
    data = root / "worlds" / "lab" / "servers" / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9.6\n")

    async def scene() -> None:
        servers = hosted(root)
        try:
            with pytest.raises(WorldError, match=r"written by PostgreSQL 9\.6, not") as told:
                await servers.lease(wanted("postgres", root))
            assert "--fresh" in told.value.advice
        finally:
            await servers.close()

    asyncio.run(scene())
    assert (data / "PG_VERSION").read_text() == "9.6\n"
