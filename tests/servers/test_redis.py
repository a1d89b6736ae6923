"""Valkey and Redis keep the contract of all servers, by the wheel and from PATH."""

import pytest
from contract import ServerContract
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError


class RedisContract(ServerContract):
    """How a word is left in Redis."""

    kind = "redis"
    variable = "REDIS_URL"
    refusals = (RedisError,)

    async def write(self, url: str, word: str) -> None:
        async with Redis.from_url(url) as client:
            await client.sadd("words", word)

    async def read(self, url: str) -> list[str]:
        async with Redis.from_url(url, retry=Retry(NoBackoff(), 0)) as client:
            return sorted(word.decode() for word in await client.smembers("words"))


class TestRedisOfTheWheel(RedisContract):
    """Valkey, which comes with us."""


class TestRedisOnPath(RedisContract):
    """The machine's own, when it is asked for."""

    @pytest.fixture(autouse=True)
    def _from_path(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FIRSTHAND_REDIS", "PATH")
