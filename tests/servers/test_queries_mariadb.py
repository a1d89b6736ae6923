"""A learner's SQL files on a second server: the same parameters, the same bounds, words for what it refuses."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from small_lab import SmallLab, checks_of, small_lab

from firsthand.bench.clients.queries_mariadb import translated
from firsthand.bench.failures import CheckFailed
from firsthand.bench.run import RunRequest, perform
from firsthand.bench.sandbox.sweep import remove_folder
from firsthand.bench.servers.host import Servers
from firsthand.bench.servers.offered import offered
from firsthand.core.errors import ServerMissingError
from firsthand.core.results import CheckResult
from firsthand.core.verdicts import Verdict

SCHEMA = """
CREATE TABLE parts (id int PRIMARY KEY, name varchar(20) NOT NULL, price numeric(8, 2));
INSERT INTO parts VALUES (1, 'bolt', 0.10), (2, '50%', 0.05), (3, 'washer', NULL);
"""

CHECK = """
from firsthand.lab import Mariadb, Queries

@check()
async def greets(queries: Queries, mariadb: Mariadb) -> None:
    '''The parts (brief).'''
    table = await queries.run("cheap.sql", 0.2, "bolt", on=mariadb)
    table.expect(["name", "price"], [("50%", 0.05)], ordered=True, hint="Look again.",
                 mistakes={"The bolt is not asked for.": [("50%", 0.05), ("bolt", 0.1)]})
"""

Judged = Callable[[str], CheckResult]


@pytest.fixture(scope="module")
def bench() -> Iterator[tuple[asyncio.Runner, Servers]]:
    """One host of servers for all these tests."""
    try:
        offered("mariadb")
    except ServerMissingError as error:
        pytest.skip(str(error))
    place = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    place.chmod(0o711)
    with asyncio.Runner() as runner:
        servers = Servers(place, place / "cache")
        yield runner, servers
        runner.run(servers.close())
    remove_folder(place)


@pytest.fixture
def judged(bench: tuple[asyncio.Runner, Servers], open_path: Path) -> Judged:
    """What the check says of a query."""
    runner, servers = bench
    return lambda sql: runner.run(_run(open_path, servers, sql))


async def _run(root: Path, servers: Servers, sql: str) -> CheckResult:
    lab: SmallLab = small_lab(root, CHECK, extra='servers = ["postgres", "mariadb"]')
    (lab.lab.folder / "schema.sql").write_text(SCHEMA)
    stages = tuple(replace(stage, subject="sql", files=("cheap.sql",)) for stage in lab.lab.stages)
    uses = tuple(replace(use, schema="schema.sql") for use in lab.lab.servers)
    lab.lab = replace(lab.lab, stages=stages, servers=uses)
    workspace = lab.root / "workspace"
    workspace.mkdir()
    (workspace / "cheap.sql").write_text(sql)
    request = RunRequest(lab=lab.lab, workspace=workspace, language="sql")
    return checks_of(await perform(request, lab.events.append, replace(lab.bench, leases=servers)))["greets"]


def test_a_query_that_both_servers_understand_passes(judged: Judged) -> None:
    found = judged("-- 100% of $3\nSELECT name, price FROM parts WHERE price < $1 AND name LIKE '%%' AND name <> $2;\n")
    assert (found.verdict, found.message) == (Verdict.PASSED, "")


@pytest.mark.parametrize(
    ("sql", "message", "remark"),
    [
        ("SELECT name, price FROM parts WHERE price < $1 ORDER BY 2", "too many rows: 2 instead of 1", "not asked for"),
        ("SELECT name, price FROM parts WHERE name = $2", "but 1 of 1 should be others", "Look again."),
        ("SELECT name,\nprice::text FROM parts", "refuses cheap.sql, line 2: it does not understand", "standard SQL"),
        ("SELECT nam FROM parts", "refuses cheap.sql: Unknown column", ""),
        ("DELETE FROM parts", "tries to change the data", "only read"),
        ("SELECT 1; SELECT 2", "refuses cheap.sql, line 1", ""),
        ("SELECT name, price FROM parts WHERE price < $3", "uses $3, which it is not given", "given 2"),
        ("SELECT sleep(60), $1", "took longer than 5 s", ""),
    ],
)
def test_a_wrong_query_is_told_what_is_wrong(judged: Judged, sql: str, message: str, remark: str) -> None:
    found = judged(sql)
    assert found.verdict is Verdict.FAILED
    assert message in found.message
    assert found.failure
    assert remark in found.failure.remark


@pytest.mark.parametrize(
    ("sql", "text", "bound"),
    [
        ("SELECT $1", "SELECT %s", (5,)),
        ("SELECT $2, $1, $2", "SELECT %s, %s, %s", ("x", 5, "x")),
        (
            "SELECT '$1', \"$2\", `$1` -- $1\n, /* $2 */ 7 % $1",
            "SELECT '$1', \"$2\", `$1` -- $1\n, /* $2 */ 7 %% %s",
            (5,),
        ),
        ("SELECT 'it''s $1' LIKE '%'", "SELECT 'it''s $1' LIKE '%%'", ()),
    ],
)
def test_parameters_are_bound_where_they_stand(sql: str, text: str, bound: tuple[object, ...]) -> None:
    assert translated("q.sql", sql, (5, "x")) == (text, bound)


def test_a_parameter_that_is_not_given_is_told() -> None:
    with pytest.raises(CheckFailed, match=r"q\.sql uses \$3"):
        translated("q.sql", "SELECT $3", (5, "x"))
