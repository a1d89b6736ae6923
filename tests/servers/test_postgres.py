"""PostgreSQL keeps the contract of all servers, by the wheel and from PATH."""

import contextlib

import psycopg
import pytest
from contract import ServerContract

from firsthand.bench.ports import Wanted


class PostgresContract(ServerContract):
    """How a word is left in a database."""

    kind = "postgres"
    variable = "DATABASE_URL"
    keeps_data = True
    shares = True
    refusals = (psycopg.Error,)

    def wanted_own(self) -> Wanted:
        return Wanted(self.kind, "a-run", 1, own=True)

    async def write(self, url: str, word: str) -> None:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            await connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
            await connection.execute("INSERT INTO words VALUES (%s)", [word])

    async def read(self, url: str) -> list[str]:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            with contextlib.suppress(psycopg.errors.UndefinedTable):
                return [row[0] for row in await (await connection.execute("SELECT word FROM words")).fetchall()]
        return []


class TestPostgresOfTheWheel(PostgresContract):
    """The one that comes with us."""


class TestPostgresOnPath(PostgresContract):
    """The machine's own, when it is asked for."""

    @pytest.fixture(autouse=True)
    def _from_path(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FIRSTHAND_POSTGRES", "PATH")
