"""MariaDB keeps the contract of all servers, and an author's mistakes are shown by file and line."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pymysql
import pytest
from contract import ServerContract
from lent import GENEROUS_S, becomes, state_of, url_of, with_servers

from firsthand.bench.clients.mariadb import Mariadb
from firsthand.bench.failures import CheckFailed
from firsthand.bench.ports import Lease, Wanted
from firsthand.bench.servers import mariadb_server
from firsthand.bench.servers.host import Servers
from firsthand.core.deadlines import Deadline
from firsthand.core.errors import ContentError, RetryableError, ServerMissingError

PLAIN = Wanted("mariadb", "a-run", 1)
OWN = Wanted("mariadb", "a-run", 1, own=True)


@pytest.fixture(autouse=True)
def _is_on_this_machine() -> None:
    try:
        mariadb_server.find_mariadb()
    except ServerMissingError as error:
        pytest.skip(f"no mariadb here: {error}")


@contextlib.contextmanager
def connection_to(url: str) -> Iterator["pymysql.connections.Connection[pymysql.cursors.Cursor]"]:
    """A connection as a program has one."""
    parts = urlsplit(url)
    connection = pymysql.connect(
        host=parts.hostname,
        port=parts.port or 0,
        user=parts.username,
        password=parts.password or "",
        database=parts.path[1:],
        autocommit=True,
        connect_timeout=int(GENEROUS_S),
        read_timeout=int(GENEROUS_S),
    )
    try:
        yield connection
    finally:
        if connection.open:
            connection.close()


def run(url: str, sql: str) -> list[tuple[object, ...]]:
    """What a program gets that runs this."""
    with connection_to(url) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def client_of(lease: Lease, servers: Servers) -> Mariadb:
    """The client that a check is given."""
    return Mariadb(lease, servers, None, Deadline.after(GENEROUS_S))


async def value(lease: Lease, servers: Servers, sql: str) -> object:
    """What a check gets that asks this alone."""
    mariadb = client_of(lease, servers)
    try:
        return await mariadb.value(sql)
    finally:
        await mariadb.close()


class TestMariadb(ServerContract):
    """How a word is left in MariaDB."""

    kind = "mariadb"
    variable = "MYSQL_URL"
    keeps_data = True
    shares = True
    refusals = (pymysql.Error,)

    def wanted_own(self) -> Wanted:
        return OWN

    async def write(self, url: str, word: str) -> None:
        await asyncio.to_thread(run, url, "CREATE TABLE IF NOT EXISTS words (word VARCHAR(100))")
        await asyncio.to_thread(run, url, f"INSERT INTO words VALUES ('{word}')")

    async def read(self, url: str) -> list[str]:
        await asyncio.to_thread(run, url, "CREATE TABLE IF NOT EXISTS words (word VARCHAR(100))")
        return [str(word) for (word,) in await asyncio.to_thread(run, url, "SELECT word FROM words ORDER BY word")]


def with_files(folder: Path, schema: str = "", data: str = "", *, seed: int = 1, own: bool = False) -> Wanted:
    """A run of a lab with this schema and this data."""
    for name, text in (("schema.sql", schema), ("data.py", data)):
        (folder / name).write_text(text)
    return Wanted(
        "mariadb",
        "a-run",
        seed,
        own=own,
        schema=str(folder / "schema.sql") if schema else "",
        data=str(folder / "data.py") if data else "",
    )


SCHEMA = """\
CREATE TABLE products (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(100) NOT NULL);

CREATE TABLE prices (product INT NOT NULL, cents INT NOT NULL CHECK (cents > 0),
  FOREIGN KEY (product) REFERENCES products (id));
"""
DATA = """\
def statements(rng):
    for number in range(3):
        yield f"INSERT INTO products (name) VALUES ('ünï-{rng.integer(0, 10**9)}-{number}')"
"""


@pytest.mark.parametrize("own", [False, True])
def test_a_lease_begins_with_the_labs_schema_and_data(tmp_path: Path, own: bool) -> None:
    async def scenario(servers: Servers) -> None:
        lease = await servers.lease(with_files(tmp_path, SCHEMA, DATA, seed=6, own=own))
        mariadb = client_of(lease, servers)
        names = [name for (name,) in await mariadb.rows("SELECT name FROM products ORDER BY id")]
        changed = await mariadb.execute("UPDATE products SET name = %s WHERE id > %s", "new", 1)
        value = await mariadb.value("SELECT count(*) FROM products WHERE name = %s", "new")
        reproduce = mariadb.reproduce()
        await mariadb.close()

        assert lease.data_seed == 2
        assert [name[:4] for name in names] == ["ünï-"] * 3
        assert (changed, value) == (2, 2)
        assert reproduce[0].startswith("mariadb -h 127.0.0.1 ")
        assert reproduce[0].endswith("-e 'SELECT count(*) FROM products WHERE name = '\"'\"'new'\"'\"''")

    with_servers(scenario)


@pytest.mark.parametrize(
    ("schema", "data", "file", "line", "message"),
    [
        (SCHEMA.replace("cents INT", "cents NOTHING"), "", "schema.sql", 3, "The schema is refused"),
        (SCHEMA + "\nINSERT INTO nowhere VALUES (1);\n", "", "schema.sql", 6, "doesn't exist"),
        (SCHEMA, DATA.replace("products", "elsewhere"), "data.py", 0, "doesn't exist"),
        (SCHEMA, "def statements(rng):\n    raise ValueError('of mine')\n", "data.py", 2, "of mine"),
    ],
)
def test_what_the_server_refuses_of_a_lab_is_the_authors_by_file_and_line(
    tmp_path: Path, schema: str, data: str, file: str, line: int, message: str
) -> None:
    with pytest.raises(ContentError, match=message) as refused:
        with_servers(lambda servers: servers.lease(with_files(tmp_path, schema, data)))

    assert refused.value.file == tmp_path / file
    assert refused.value.line == line


def test_after_a_refused_schema_other_leases_are_made_ahead_again(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> bool:
        with pytest.raises(ContentError):
            await servers.lease(with_files(tmp_path, "NONSENSE"))
        await servers.lease(PLAIN)
        return await becomes(lambda: state_of(servers, "mariadb").warm > 0)

    assert with_servers(scenario)


def test_a_program_stays_in_its_own_database_and_has_no_powers() -> None:
    async def scenario(servers: Servers) -> None:
        one, other = await servers.lease(PLAIN), await servers.lease(PLAIN)
        url, neighbour = url_of(one, "MYSQL_URL"), other.inside["database"]
        seen = await asyncio.to_thread(run, url, "SHOW DATABASES")
        assert sorted(name for (name,) in seen) == sorted(["information_schema", one.inside["database"]])
        for sql in (f"DROP DATABASE {neighbour}", "CREATE USER x", "SHUTDOWN", "SET GLOBAL max_connections = 1"):
            with pytest.raises(pymysql.Error):
                await asyncio.to_thread(run, url, sql)
        assert await value(other, servers, "SELECT 1") == 1

    with_servers(scenario)


def test_a_program_that_drops_all_it_has_and_holds_locks_harms_no_other_run() -> None:
    async def scenario(servers: Servers) -> object:
        lease = await servers.lease(PLAIN)
        url = url_of(lease, "MYSQL_URL")
        await asyncio.to_thread(run, url, "CREATE TABLE held (id INT)")
        with connection_to(url) as connection:
            connection.begin()
            connection.cursor().execute("SELECT * FROM held")
            await servers.release(lease)
            again = await servers.lease(PLAIN)
            await asyncio.to_thread(run, url_of(again, "MYSQL_URL"), f"DROP DATABASE {again.inside['database']}")
            await servers.release(again)
            assert await becomes(lambda: state_of(servers, "mariadb").leased == 0)
            third = await servers.lease(PLAIN)
            await asyncio.to_thread(run, url_of(third, "MYSQL_URL"), "CREATE TABLE mine (id INT)")
            return await value(third, servers, "SHOW TABLES")

    assert with_servers(scenario) == "mine"


def test_a_program_that_takes_all_its_connections_keeps_no_check_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mariadb_server, "CONNECTIONS_MAX", 3)

    async def scenario(servers: Servers) -> object:
        lease = await servers.lease(PLAIN)
        url = url_of(lease, "MYSQL_URL")
        with contextlib.ExitStack() as held:
            for _ in range(3):
                held.enter_context(connection_to(url))
            with pytest.raises(pymysql.Error, match="max_user_connections"):
                held.enter_context(connection_to(url))
            return await value(lease, servers, "SELECT 7")

    assert with_servers(scenario) == 7


def test_a_question_that_the_program_made_impossible_fails_and_bad_sql_is_the_authors() -> None:
    async def scenario(servers: Servers) -> None:
        mariadb = client_of(await servers.lease(PLAIN), servers)
        with pytest.raises(CheckFailed) as failure:
            await mariadb.rows("SELECT * FROM dropped")
        with pytest.raises(ContentError, match="refused"):
            await mariadb.rows("SELEKT 1")
        await mariadb.close()
        assert "dropped' doesn't exist" in failure.value.failure.message

    with_servers(scenario)


def test_a_server_that_is_gone_is_told_as_something_to_repeat() -> None:
    async def scenario(servers: Servers) -> None:
        mariadb = client_of(await servers.lease(OWN), servers)
        await mariadb.kill()
        with pytest.raises(RetryableError):
            await mariadb.rows("SELECT 1")

    with_servers(scenario)


def test_garbage_does_no_harm() -> None:
    async def scenario(servers: Servers) -> object:
        lease = await servers.lease(PLAIN)
        for size in (1, 100, 100_000):
            reader, writer = await asyncio.open_connection(lease.address.host, lease.address.port)
            writer.write(b"\xff" * size)
            writer.close()
            with contextlib.suppress(OSError):
                await reader.read()
        return await value(lease, servers, "SELECT 1")

    assert with_servers(scenario) == 1


def test_an_option_of_a_lab_is_refused_since_there_is_none() -> None:
    with pytest.raises(ContentError, match="no option port"):
        with_servers(lambda servers: servers.lease(Wanted("mariadb", "a-run", 1, options={"port": "1"})))


def test_a_machine_without_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mariadb_server, "LEAST", (1000,))

    with pytest.raises(ServerMissingError, match="mariadb"):
        with_servers(lambda servers: servers.lease(PLAIN))
