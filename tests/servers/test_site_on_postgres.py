"""The site keeps its tables in PostgreSQL as well: its tests that use a database pass on one of our own wheel."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from lent import url_of, with_servers

from firsthand.bench.ports import Wanted
from firsthand.bench.servers.host import Servers

SUITE = Path(__file__).parents[1] / "site"
ALL_S = 500


@pytest.mark.slow
@pytest.mark.timeout(ALL_S + 60)
def test_the_tests_of_the_site_that_use_a_database_pass_on_postgresql() -> None:
    async def scenario(servers: Servers) -> subprocess.CompletedProcess[str]:
        lease = await servers.lease(Wanted("postgres", "the-site", 1, own=True))
        env = {**os.environ, "FIRSTHAND_DATABASE_URL": url_of(lease, "DATABASE_URL")}
        done = await asyncio.to_thread(_suite, env)
        await servers.release(lease)
        return done

    done = with_servers(scenario)
    assert done.returncode == 0, done.stdout[-4000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 30


def _suite(env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-m", "pytest", str(SUITE), "-m", "django_db", "-n", "0", "-o", "addopts="]
    return subprocess.run(
        words, env=env, cwd=SUITE.parents[1], capture_output=True, text=True, timeout=ALL_S, check=False
    )
