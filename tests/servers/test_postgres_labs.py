"""What a lab gets of PostgreSQL: its schema and data, variants by seed, servers of its own, replicas, and clients."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from lent import becomes, state_of, url_of, with_servers
from test_postgres_trouble import ask, names, shop

from firsthand.bench.clients.postgres import Postgres
from firsthand.bench.failures import CheckFailed
from firsthand.bench.ports import Lease, Wanted
from firsthand.bench.servers.host import Servers
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import ContentError, RetryableError, WorldError

DATA = """
from kit import name_of

def statements(rng):
    yield "DELETE FROM products"
    for number in range(20):
        yield f"INSERT INTO products (name) VALUES ('{name_of(number)}-{rng.token()}')"
"""


def shop_with_data(folder: Path, seed: int, *, own: bool = False) -> Wanted:
    """A lab whose data takes something from its kit."""
    (folder / "kit.py").write_text("def name_of(number):\n    return f'product-{number}'\n")
    return shop(folder, data=DATA, seed=seed, own=own)


@pytest.mark.parametrize("own", [False, True])
def test_data_depends_on_the_seed_alone(tmp_path: Path, own: bool) -> None:
    async def scenario(servers: Servers) -> list[tuple[int, list[object]]]:
        leases = [await servers.lease(shop_with_data(tmp_path, seed, own=own)) for seed in (0, 4, 1)]
        return [(lease.data_seed, await names(lease)) for lease in leases]

    (seed, zero), (seed_again, again), (other_seed, other) = with_servers(scenario)

    assert (seed, seed_again, other_seed) == (0, 0, 1)
    assert zero == again
    assert zero != other
    assert len(zero) == 20


def test_a_changed_file_of_the_lab_makes_another_database(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> tuple[list[object], list[object]]:
        before = await names(await servers.lease(shop_with_data(tmp_path, 1)))
        wanted = shop_with_data(tmp_path, 1)
        (tmp_path / "kit.py").write_text("def name_of(number):\n    return f'thing-{number}'\n")
        return before, await names(await servers.lease(wanted))

    before, after = with_servers(scenario)

    assert [str(name).partition("-")[0] for name in (before[0], after[0])] == ["product", "thing"]


def test_all_variants_of_the_data_are_kept_ready(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> bool:
        await servers.lease(shop_with_data(tmp_path, 1))
        return await becomes(lambda: state_of(servers, "postgres").warm >= 4)

    assert with_servers(scenario)


def test_what_the_lab_made_belongs_to_the_program(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> list[tuple[object, ...]]:
        lease = await servers.lease(shop(tmp_path))
        await ask(lease, "ALTER TABLE products ADD COLUMN price int DEFAULT twice(2)")
        await ask(lease, "CREATE INDEX ON products (price); CREATE TABLE orders (id int); CREATE SCHEMA more")
        return await ask(lease, "SELECT price FROM products")

    assert with_servers(scenario) == [(4,), (4,)]


def test_the_planner_knows_the_data_from_the_start(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> list[tuple[object, ...]]:
        lease = await servers.lease(shop_with_data(tmp_path, 1))
        return await ask(lease, "SELECT reltuples::int FROM pg_class WHERE relname = 'products'")

    assert with_servers(scenario) == [(20,)]


def test_an_own_server_has_a_superuser_and_the_settings_of_the_lab(tmp_path: Path) -> None:
    wanted = Wanted("postgres", "r", 1, own=True, schema=shop(tmp_path).schema, options={"max_connections": "17"})

    async def scenario(servers: Servers) -> tuple[list[str], list[tuple[object, ...]]]:
        lease = await servers.lease(wanted)
        await ask(lease, "CREATE ROLE friend LOGIN; CREATE EXTENSION pg_stat_statements")
        return lease.features, await ask(lease, "SELECT current_setting('max_connections'), count(*) FROM products")

    features, rows = with_servers(scenario)

    assert {"superuser", "restart", "kill", "pause", "reload"} <= set(features)
    assert rows == [("17", 2)]


def test_an_option_that_the_server_refuses_is_told() -> None:
    async def scenario(servers: Servers) -> str:
        with pytest.raises(ContentError) as error:
            await servers.lease(Wanted("postgres", "r", 1, own=True, options={"no_such_setting": "1"}))
        return str(error.value)

    assert "no_such_setting" in with_servers(scenario)


def test_a_replica_follows_through_a_restart_and_a_kill(tmp_path: Path) -> None:
    wanted = Wanted("postgres", "r", 1, own=True, schema=shop(tmp_path).schema, options={"replica": "yes"})

    async def scenario(servers: Servers) -> tuple[list[str], list[tuple[object, ...]]]:
        lease = await servers.lease(wanted)
        await servers.act(lease, "restart")
        await servers.act(lease, "kill")
        await servers.act(lease, "start")
        await ask(lease, "INSERT INTO products (name) VALUES ('cocoa')")
        async with await psycopg.AsyncConnection.connect(
            url_of(lease, "DATABASE_REPLICA_URL"), autocommit=True
        ) as replica:

            async def has_come() -> bool:
                return (await (await replica.execute("SELECT count(*) FROM products")).fetchone()) == (3,)

            assert await until(has_come, Deadline.after(30))
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                await replica.execute("DELETE FROM products")
            return lease.features, await (await replica.execute("SELECT pg_is_in_recovery()")).fetchall()

    features, rows = with_servers(scenario)

    assert "replica" in features
    assert rows == [(True,)]


def client_of(servers: Servers, lease: Lease, *, within_s: float = 30.0) -> Postgres:
    """A check's client."""
    return Postgres(lease, servers, None, Deadline.after(within_s))


def test_a_check_asks_for_rows_values_and_counts(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> list[object]:
        client = client_of(servers, await servers.lease(shop(tmp_path)))
        found: list[object] = [
            await client.rows("SELECT id, name FROM products WHERE id < %s ORDER BY id", 3),
            await client.value("SELECT count(*) FROM products WHERE name LIKE 't%'"),
            await client.value("SELECT 1 WHERE false"),
            await client.execute("UPDATE products SET name = name || '!'"),
            await client.value("SELECT current_user = %s", client.role),
            await client.value("SELECT %s + 1", 2),
            client.reproduce()[0].rpartition(" -c ")[2],
        ]
        await client.close()
        return found

    assert with_servers(scenario) == [[(1, "tea; green"), (2, "coffee")], 1, None, 2, True, 3, "'SELECT 2 + 1'"]


def test_a_check_can_ask_though_the_program_has_used_up_its_connections(tmp_path: Path) -> None:
    wanted = Wanted("postgres", "r", 1, schema=shop(tmp_path).schema, options={"connections": "1"})

    async def scenario(servers: Servers) -> object:
        lease = await servers.lease(wanted)
        client = client_of(servers, lease)
        async with await psycopg.AsyncConnection.connect(url_of(lease, "DATABASE_URL")):
            sessions = await client.value("SELECT count(*) FROM pg_stat_activity WHERE usename = %s", client.role)
        await client.close()
        return sessions

    assert with_servers(scenario) == 1


def failure(sql: str, *, before: str = "", within_s: float = 30.0) -> Exception:
    """What a check gets for this question, after the program did something."""

    async def scenario(servers: Servers) -> Exception:
        lease = await servers.lease(Wanted("postgres", "r", 1))
        async with await psycopg.AsyncConnection.connect(url_of(lease, "DATABASE_URL")) as program:
            await program.execute(before.encode() or b"SELECT 1")
            client = client_of(servers, lease, within_s=within_s)
            with pytest.raises((CheckFailed, ContentError)) as error:
                await client.rows(sql)
            await client.close()
        return error.value

    return with_servers(scenario)


def test_a_table_that_is_not_there_is_the_programs_fault() -> None:
    error = failure("SELECT * FROM products")

    assert isinstance(error, CheckFailed)
    assert 'relation "products" does not exist' in error.failure.message
    assert "SELECT * FROM products" in error.failure.detail


def test_a_question_that_is_not_sql_is_the_authors_fault() -> None:
    error = failure("SELEKT 1")

    assert isinstance(error, ContentError)
    assert "SELEKT" in error.message


def test_a_lock_that_the_program_holds_is_told_as_a_timeout() -> None:
    locked = "CREATE TABLE held (id int); COMMIT; BEGIN; LOCK TABLE held"
    error = failure("SELECT * FROM held", before=locked, within_s=0.5)

    assert isinstance(error, CheckFailed)
    assert error.failure.kind == "timeout"
    assert "lock" in error.failure.remark


def test_a_server_that_was_killed_makes_the_run_be_done_again() -> None:
    async def scenario(servers: Servers) -> str:
        lease = await servers.lease(Wanted("postgres", "r", 1, own=True))
        client = client_of(servers, lease)
        await client.value("SELECT 1")
        await client.kill()
        with pytest.raises(RetryableError) as error:
            await client.value("SELECT 1")
        await client.start()
        assert await client.value("SELECT 2") == 2
        await client.close()
        return str(error.value)

    assert "PostgreSQL cannot be spoken to" in with_servers(scenario)


def test_actions_on_a_shared_server_are_refused_with_the_way_out() -> None:
    async def scenario(servers: Servers) -> str:
        client = client_of(servers, await servers.lease(Wanted("postgres", "r", 1)))
        with pytest.raises(WorldError) as error:
            await client.restart()
        with pytest.raises(WorldError, match="no door"):
            _ = client.door
        assert not client.can("restart")
        return str(error.value)

    assert "own = true" in with_servers(scenario)


def test_databases_of_labs_not_seen_lately_are_dropped(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> bool:
        first = await servers.lease(shop(tmp_path))
        for number in range(3):
            folder = tmp_path / str(number)
            folder.mkdir()
            await servers.lease(shop(folder, f"CREATE TABLE t{number} (id int);"))

        async def are_dropped() -> bool:
            admin = await psycopg.AsyncConnection.connect(first.inside["admin_url"], autocommit=True)
            async with admin:
                cursor = await admin.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'template\\_%'")
                return await cursor.fetchone() == (3,)

        return await until(are_dropped, Deadline.after(30)) and bool(await names(first))

    assert with_servers(scenario)


def test_a_lease_that_is_given_up_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> int:
        lease = asyncio.ensure_future(servers.lease(shop(tmp_path, own=True)))
        await becomes(lambda: bool(servers.states()))
        lease.cancel()
        with pytest.raises(asyncio.CancelledError):
            await lease
        return state_of(servers, "postgres").leased

    assert with_servers(scenario) == 0


def test_a_database_that_is_given_up_in_the_middle_is_dropped() -> None:
    async def scenario(servers: Servers) -> bool:
        first = await servers.lease(Wanted("postgres", "r", 1))
        many = [asyncio.ensure_future(servers.lease(Wanted("postgres", "r", 1))) for _ in range(10)]
        await many[3]
        for lease in many:
            lease.cancel()
        kept = [lease for lease in await asyncio.gather(*many, return_exceptions=True) if isinstance(lease, Lease)]
        assert len(kept) < 10
        names_of_ours = {lease.inside["database"] for lease in [first, *kept]}

        async def are_dropped() -> bool:
            async with await psycopg.AsyncConnection.connect(first.inside["admin_url"]) as admin:
                found = await admin.execute("SELECT datname FROM pg_database WHERE datname LIKE 'app\\_%'")
                others = {row[0] for row in await found.fetchall()} - names_of_ours
            return len(others) == state_of(servers, "postgres").warm > 0

        return await until(are_dropped, Deadline.after(30))

    assert with_servers(scenario)
