"""Whatever a lab's author, a program or the machine does wrong: PostgreSQL says so, and the next lease is unharmed."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from lent import GENEROUS_S, becomes, state_of, url_of, with_servers
from tiny_disk import tiny_disk

from firsthand.bench.ports import Lease, Wanted
from firsthand.bench.servers import postgres
from firsthand.bench.servers.host import Servers
from firsthand.bench.servers.place import Ports
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import ContentError, DiskFullError, RetryableError

SCHEMA = """-- products of a shop; with a comment
CREATE TABLE products (id serial PRIMARY KEY, name text NOT NULL UNIQUE);

CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS $$
    SELECT n * 2; -- a ; in a body
$$;
INSERT INTO products (name) VALUES ('tea; green'), ('coffee');
"""


def shop(folder: Path, schema: str = SCHEMA, data: str = "", *, seed: int = 1, own: bool = False) -> Wanted:
    """A run of a lab whose files are these."""
    (folder / "schema.sql").write_text(schema)
    (folder / "data.py").write_text(data)
    files = {"schema": str(folder / "schema.sql"), "data": str(folder / "data.py") if data else ""}
    return Wanted("postgres", "a-run", seed, own=own, **files)


async def ask(lease: Lease, sql: str) -> list[tuple[object, ...]]:
    """What the program gets for this."""
    async with await psycopg.AsyncConnection.connect(url_of(lease, "DATABASE_URL"), autocommit=True) as connection:
        cursor = await connection.execute(sql.encode())
        return await cursor.fetchall() if cursor.description else []


async def names(lease: Lease) -> list[object]:
    """The products that a lease holds."""
    return [row[0] for row in await ask(lease, "SELECT name FROM products ORDER BY id")]


def refusal(wanted: Wanted) -> ContentError:
    """The author's error; a blank database is to be had all the same."""

    async def scenario(servers: Servers) -> ContentError:
        with pytest.raises(ContentError) as error:
            await servers.lease(wanted)
        assert await ask(await servers.lease(Wanted("postgres", "next", 1)), "SELECT 1") == [(1,)]
        return error.value

    return with_servers(scenario)


@pytest.mark.parametrize(
    ("schema", "line", "words"),
    [
        ("CREATE TABLE a (id int);\n\nCREATE TABEL b (id int);\n", 3, "syntax error"),
        ("CREATE TABLE a (id int);\nINSERT INTO a\nVALUES ('x');\n", 3, "invalid input syntax"),
        (
            "CREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a VALUES (1);\n-- again\nINSERT INTO a VALUES (1);",
            4,
            "1",
        ),
        ("CREATE TABLE a (id int);\nSELECT 1/0 FROM a, products;\n", 2, "products"),
        ("SELECT ';' AS \"a;b\";\n/* ; */ SELECT $$;$$;\nSELECT 1/(SELECT 0);", 3, "division by zero"),
        ("CREATE TABLE a (id int);\nCOPY a FROM stdin;\n", 2, "COPY"),
        ("CREATE EXTENSION no_such_extension;", 1, "no_such_extension"),
        ("ALTER SYSTEM SET work_mem = '1GB';", 1, "permission denied"),
    ],
)
def test_a_schema_that_is_refused_tells_file_and_line(tmp_path: Path, schema: str, line: int, words: str) -> None:
    error = refusal(shop(tmp_path, schema))

    assert (error.file, error.line) == (tmp_path / "schema.sql", line)
    assert words in error.message


def test_a_schema_that_is_not_there_tells_its_name(tmp_path: Path) -> None:
    error = refusal(Wanted("postgres", "a-run", 1, schema=str(tmp_path / "nothing.sql")))

    assert error.file == tmp_path / "nothing.sql"


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        ("def statements(rng):\n    yield 'SELECT 1'\n    raise ValueError('no more')\n", 3, "no more"),
        ("def statements(rng)\n", 1, "SyntaxError"),
        ("def statements(rng):\n    yield 7\n", 0, "yielded int"),
        ("def statements(rng):\n    yield 'INSERT INTO nowhere VALUES (1)'\n", 0, "nowhere"),
        ("def statements(rng):\n    print('hello')\n    yield 'SELECT 1'\n", 0, "prints"),
        ("def others(rng):\n    yield 'SELECT 1'\n", 0, "statements"),
    ],
)
def test_data_that_cannot_be_made_tells_where(tmp_path: Path, data: str, line: int, words: str) -> None:
    error = refusal(shop(tmp_path, SCHEMA, data))

    assert (error.file, error.line) == (tmp_path / "data.py", line)
    assert words in f"{error.message} {error.advice}"


def test_a_schema_of_an_own_server_is_refused_in_the_same_words(tmp_path: Path) -> None:
    error = refusal(shop(tmp_path, "SELECT 1;\nSELEC 2;\n", own=True))

    assert (error.file, error.line) == (tmp_path / "schema.sql", 2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_connections": "20"}, "own = true"),
        ({"replica": "yes"}, "own = true"),
        ({"connections": "many"}, "whole number"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, str], words: str) -> None:
    assert words in refusal(Wanted("postgres", "a-run", 1, options=options)).advice


@pytest.mark.parametrize("damage", ["DROP TABLE products", "DROP SCHEMA public CASCADE", "DROP OWNED BY CURRENT_USER"])
def test_a_program_that_drops_its_tables_harms_nobody_else(tmp_path: Path, damage: str) -> None:
    async def scenario(servers: Servers) -> list[list[object]]:
        one, other = await servers.lease(shop(tmp_path)), await servers.lease(shop(tmp_path))
        await ask(one, damage)
        await servers.release(one)
        return [await names(other), await names(await servers.lease(shop(tmp_path)))]

    assert with_servers(scenario) == [["tea; green", "coffee"]] * 2


def test_a_program_that_exhausts_its_connections_hinders_nobody_else(tmp_path: Path) -> None:
    wanted = Wanted("postgres", "a-run", 1, schema=shop(tmp_path).schema, options={"connections": "5"})

    async def scenario(servers: Servers) -> tuple[str, list[list[object]]]:
        one, other = await servers.lease(wanted), await servers.lease(wanted)
        async with Hoard(one) as hoard:
            await hoard.take(5)
            with pytest.raises(psycopg.OperationalError) as error:
                await ask(one, "SELECT 1")
            await servers.release(one)  # it never closes them
            found = [await names(other), await names(await servers.lease(wanted))]
            assert await until(hoard.is_cut, Deadline.after(GENEROUS_S))
            return str(error.value), found

    told, found = with_servers(scenario)

    assert "too many connections for role" in told
    assert found == [["tea; green", "coffee"]] * 2


def test_a_program_that_fills_its_database_is_shut_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "DATABASE_BYTES_MAX", 16 * 1024 * 1024)
    wanted = Wanted("postgres", "a-run", 1)

    async def scenario(servers: Servers) -> tuple[bool, list[tuple[object, ...]]]:
        one, other = await servers.lease(wanted), await servers.lease(wanted)
        await ask(one, "CREATE TABLE t AS SELECT repeat(md5(n::text), 30) FROM generate_series(1, 20000) n")

        async def is_shut_out() -> bool:
            try:
                await ask(one, "SELECT 1")
            except psycopg.OperationalError as error:
                return "not permitted to log in" in str(error)
            return False

        return await until(is_shut_out, Deadline.after(GENEROUS_S)), await ask(other, "SELECT 1")

    assert with_servers(scenario) == (True, [(1,)])


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SET temp_file_limit = -1", "permission denied"),
        ("ALTER SYSTEM SET fsync = on", "permission denied"),
        ("CREATE ROLE friend", "permission denied"),
        ("CREATE DATABASE more", "permission denied"),
        ("SELECT pg_read_file('postgresql.conf')", "permission denied"),
        ("COPY (SELECT 1) TO PROGRAM 'cat'", "pg_execute_server_program"),
        ("SET statement_timeout = 50; SELECT pg_sleep(20)", "statement timeout"),
        ("SET work_mem = '64kB'; SELECT count(*) FROM (SELECT md5(n::text || m) AS h FROM generate_series(1, 3000) n,"
         " generate_series(1, 3000) m ORDER BY h) s", "temporary file size exceeds"),
    ],
)  # fmt: skip
def test_a_program_stays_within_its_role(monkeypatch: pytest.MonkeyPatch, sql: str, told: str) -> None:
    monkeypatch.setattr("firsthand.bench.servers.postgres_shared.TEMPORARY_FILES_MIB_MAX", 1)

    async def scenario(servers: Servers) -> str:
        lease = await servers.lease(Wanted("postgres", "a-run", 1))
        with pytest.raises(psycopg.Error) as error:
            await ask(lease, sql)
        return str(error.value)

    assert told in with_servers(scenario)


def test_a_role_gets_into_no_database_but_its_own() -> None:
    async def scenario(servers: Servers) -> list[str]:
        one, other = [await servers.lease(Wanted("postgres", "a-run", 1)) for _ in range(2)]
        refused = []
        for database in (other.inside["database"], "postgres", "template1"):
            url = url_of(one, "DATABASE_URL").rpartition("/")[0] + f"/{database}"
            with pytest.raises(psycopg.OperationalError) as error:
                await psycopg.AsyncConnection.connect(url)
            refused.append(str(error.value))
        return refused

    assert all("no pg_hba.conf entry" in told for told in with_servers(scenario))


def test_a_port_that_somebody_took_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        first = int(taken.getsockname()[1])
        tried: list[int] = []
        _offer(monkeypatch, [first], tried)

        async def scenario(servers: Servers) -> int:
            return (await servers.lease(Wanted("postgres", "a-run", 1))).address.port

        port = with_servers(scenario)

    assert tried[0] == first
    assert port == tried[1]


def test_when_every_port_is_taken_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        _offer(monkeypatch, [int(taken.getsockname()[1])] * 3, [])

        async def scenario(servers: Servers) -> str:
            with pytest.raises(RetryableError) as error:
                await servers.lease(Wanted("postgres", "a-run", 1))
            return str(error.value)

        told = with_servers(scenario)

    assert "PostgreSQL" in told
    assert "in use" in told


def test_a_full_disk_is_told_and_the_next_lease_is_unharmed() -> None:
    with tiny_disk(12) as place:

        async def scenario() -> tuple[str, list[tuple[object, ...]]]:
            servers = Servers(place.folder, place.cache)
            try:
                with pytest.raises(DiskFullError) as error:
                    await servers.lease(Wanted("postgres", "a-run", 1))
                place.enlarge(300)
                return str(error.value), await ask(await servers.lease(Wanted("postgres", "a-run", 1)), "SELECT 1")
            finally:
                await servers.close()

        told, found = asyncio.run(scenario())

    assert "space" in told
    assert "Make room" in told
    assert found == [(1,)]


def test_a_program_that_fills_the_disk_gets_the_errors_and_the_next_run_does_not() -> None:
    with tiny_disk(120) as place:

        async def scenario() -> tuple[str, list[tuple[object, ...]]]:
            servers = Servers(place.folder, place.cache)
            try:
                lease = await servers.lease(Wanted("postgres", "a-run", 1))
                with pytest.raises(psycopg.Error) as error:
                    await ask(lease, "CREATE TABLE t AS SELECT md5(n::text) FROM generate_series(1, 3000000) n")
                await servers.release(lease)
                assert await becomes(lambda: state_of(servers, "postgres").warm > 0)
                return str(error.value), await ask(await servers.lease(Wanted("postgres", "next", 1)), "SELECT 1")
            finally:
                await servers.close()

        told, found = asyncio.run(scenario())

    assert "No space left" in told or "terminat" in told
    assert found == [(1,)]


def _offer(monkeypatch: pytest.MonkeyPatch, first: list[int], tried: list[int]) -> None:
    """Let servers be given these ports before those that are free."""
    real = Ports.take
    offered: Iterator[int] = iter(first)

    def take(ports: Ports) -> int:
        tried.append(next(offered, 0) or real(ports))
        return tried[-1]

    monkeypatch.setattr(Ports, "take", take)


class Hoard:
    """Connections of a program that never closes one."""

    def __init__(self, lease: Lease) -> None:
        self._url = url_of(lease, "DATABASE_URL")
        self._held: list[psycopg.AsyncConnection] = []

    async def __aenter__(self) -> "Hoard":
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._held:
            await connection.close()

    async def take(self, count: int) -> None:
        """Open so many."""
        for _ in range(count):
            self._held.append(await psycopg.AsyncConnection.connect(self._url, autocommit=True))

    async def is_cut(self) -> bool:
        """Whether the server has ended them all."""
        for connection in self._held:
            try:
                await connection.execute("SELECT 1")
            except psycopg.OperationalError:
                continue
            return False
        return True
