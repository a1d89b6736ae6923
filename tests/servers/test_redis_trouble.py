"""Whatever a lab's author, a program or the machine does wrong: Valkey says so, and the next lease is unharmed."""

import asyncio
import subprocess

import pytest
from lent import GENEROUS_S, url_of, with_servers
from redis.asyncio import Redis as Client
from redis.exceptions import ConnectionError as Gone
from redis.exceptions import RedisError, ResponseError
from tiny_disk import tiny_disk

from firsthand.bench.clients.redis import Redis
from firsthand.bench.failures import CheckFailed
from firsthand.bench.ports import Lease, Wanted
from firsthand.bench.servers.host import Servers
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import ContentError, DiskFullError, RetryableError


def wanted(**options: str) -> Wanted:
    """A run of a lab that gives these options, `-` written as `_`."""
    return Wanted("redis", "a-run", 1, options={name.replace("_", "-"): text for name, text in options.items()})


def program(lease: Lease) -> Client:
    """A connection as a program has it."""
    return Client.from_url(url_of(lease, "REDIS_URL"))


def check_of(servers: Servers, lease: Lease, *, within_s: float = GENEROUS_S) -> Redis:
    """A check's client."""
    return Redis(lease, servers, None, Deadline.after(within_s))


def test_a_program_that_flushes_everything_harms_nobody_else() -> None:
    async def scenario(servers: Servers) -> list[object]:
        one, other = await servers.lease(wanted()), await servers.lease(wanted())
        async with program(one) as bad, program(other) as good:
            await good.set("a", "1")
            await bad.flushall()
            await bad.config_set("maxmemory", "1")
            found: list[object] = [await good.get("a")]
        await servers.release(one)
        async with program(await servers.lease(wanted())) as next_one:
            found.append(await next_one.set("b", "2"))
        return found

    assert with_servers(scenario) == [b"1", True]


@pytest.mark.parametrize("command", ["SHUTDOWN NOSAVE", "REPLICAOF 127.0.0.1 1", "DEBUG SLEEP 1", "ACL LIST"])
def test_a_program_cannot_take_its_server_away(command: str) -> None:
    async def scenario(servers: Servers) -> tuple[bool, str]:
        lease = await servers.lease(wanted())
        async with program(lease) as client:
            with pytest.raises(ResponseError):
                await client.execute_command(*command.split())
            return await client.ping(), await servers.lost(lease)

    assert with_servers(scenario) == (True, "")


def test_memory_has_a_limit_and_the_program_is_told() -> None:
    async def scenario(servers: Servers) -> str:
        async with program(await servers.lease(wanted(maxmemory="3mb"))) as client:
            pairs = {f"key-{number}": b"x" * 100_000 for number in range(100)}
            with pytest.raises(RedisError) as error:
                await asyncio.gather(*(client.set(key, value) for key, value in pairs.items()))
            return str(error.value)

    assert "maxmemory" in with_servers(scenario)


def test_a_program_that_exhausts_connections_is_named_in_the_checks_failure() -> None:
    async def scenario(servers: Servers) -> tuple[CheckFailed, bool]:
        lease, other = await servers.lease(wanted(maxclients="4")), await servers.lease(wanted())
        held = [program(lease) for _ in range(4)]
        for client in held:
            await client.ping()
        check = check_of(servers, lease)
        with pytest.raises(CheckFailed) as error:
            await check.command("PING")
        for client in held:
            await client.aclose()
        await check.close()
        async with program(other) as good:
            return error.value, await good.ping()

    failure, other_answers = with_servers(scenario)

    assert failure.failure.kind == "limit"
    assert "too many" in failure.failure.message
    assert other_answers


@pytest.mark.parametrize(("options", "kept"), [({}, None), ({"appendonly": "yes"}, b"1")])
@pytest.mark.parametrize("downs", [["kill", "start"], ["restart"]])
def test_data_outlives_the_process_only_where_the_lab_says_so(
    options: dict[str, str], kept: bytes | None, downs: list[str]
) -> None:
    async def scenario(servers: Servers) -> object:
        check = check_of(servers, await servers.lease(wanted(**options)))
        await check.command("SET", "a", 1)
        for down in downs:
            await getattr(check, down)()
        found = await check.command("GET", "a")
        await check.close()
        return found

    assert with_servers(scenario) == kept


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"no_such_option": "1"}, "no-such-option"),
        ({"maxmemory": "much"}, "maxmemory"),
        ({"port": "6379"}, "[server.redis.options]"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, str], words: str) -> None:
    async def scenario(servers: Servers) -> str:
        with pytest.raises(ContentError) as error:
            await servers.lease(wanted(**options))
        async with program(await servers.lease(wanted())) as client:
            assert await client.ping()
        return str(error.value)

    assert words in with_servers(scenario)


def test_a_check_asks_and_sets_bytes_of_every_value() -> None:
    async def scenario(servers: Servers) -> list[object]:
        lease = await servers.lease(wanted())
        check = check_of(servers, lease)
        async with program(lease) as client:
            await client.hset("h", mapping={"a": "1"})
        found = [
            await check.command("SET", b"k\x00\xff", b"\r\n\x00\xff"),
            await check.command("GET", b"k\x00\xff"),
            await check.command("GET", "nothing"),
            await check.command("HGETALL", "h"),
            check.reproduce()[0].endswith(" HGETALL h"),
            await check.client.dbsize(),
        ]
        await check.close()
        return found

    assert with_servers(scenario) == [True, b"\r\n\x00\xff", None, {b"a": b"1"}, True, 2]


def test_another_type_is_the_programs_fault_and_another_command_the_authors() -> None:
    async def scenario(servers: Servers) -> tuple[CheckFailed, ContentError]:
        check = check_of(servers, await servers.lease(wanted()))
        await check.command("SADD", "things", "a")
        with pytest.raises(CheckFailed) as programs:
            await check.command("GET", "things")
        with pytest.raises(ContentError) as authors:
            await check.command("GEET", "things")
        await check.close()
        return programs.value, authors.value

    programs, authors = with_servers(scenario)

    assert "WRONGTYPE" in programs.failure.message
    assert programs.failure.detail == "GET things"
    assert "GEET" in authors.message


def test_a_paused_server_is_a_timeout_and_a_killed_one_a_run_to_be_done_again() -> None:
    async def scenario(servers: Servers) -> tuple[str, str]:
        lease = await servers.lease(wanted())
        check = check_of(servers, lease, within_s=0.5)
        await check.pause()
        with pytest.raises(CheckFailed) as paused:
            await check.command("GET", "a")
        await check.resume()
        patient = check_of(servers, lease)
        await patient.command("PING")
        await servers.act(lease, "kill")
        with pytest.raises(RetryableError) as killed:
            await patient.command("GET", "a")
        await check.close()
        await patient.close()
        return paused.value.failure.kind, str(killed.value)

    kind, words = with_servers(scenario)

    assert kind == "timeout"
    assert "Valkey cannot be spoken to" in words


def test_a_full_disk_is_told_and_the_next_lease_is_unharmed() -> None:
    with tiny_disk(1) as place:
        filler = place.folder / "filler"
        subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=4k"], capture_output=True, check=False)

        async def scenario() -> tuple[str, bool]:
            servers = Servers(place.folder, place.cache)
            try:
                with pytest.raises(DiskFullError) as error:
                    await servers.lease(wanted())
                filler.unlink()
                async with program(await servers.lease(wanted())) as client:
                    return str(error.value), await client.ping()
            finally:
                await servers.close()

        told, answers = asyncio.run(scenario())

    assert "Make room" in told
    assert answers


def test_connections_of_a_released_server_end() -> None:
    async def scenario(servers: Servers) -> bool:
        lease = await servers.lease(wanted())
        async with program(lease) as client:
            await client.ping()
            await servers.release(lease)

            async def is_gone() -> bool:
                try:
                    await client.ping()
                except (Gone, OSError):
                    return True
                return False

            return await until(is_gone, Deadline.after(GENEROUS_S))

    assert with_servers(scenario)
