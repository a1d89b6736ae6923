"""A learner's SQL files as the subject: what their queries give, and what is said when they give something else."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from small_lab import SmallLab, checks_of, small_lab

from firsthand.bench.run import RunRequest, perform
from firsthand.bench.sandbox.sweep import remove_folder
from firsthand.bench.servers.host import Servers
from firsthand.core.results import CheckResult, Report
from firsthand.core.verdicts import Verdict

Judged = Callable[[str | None], Report]

SCHEMA = """
CREATE TABLE parts (id int PRIMARY KEY, name text NOT NULL, price numeric(8, 2));
INSERT INTO parts VALUES (1, 'bolt', 0.10), (2, 'nut', 0.05), (3, 'washer', NULL);
"""

CHECK = """
from firsthand.lab import Queries

@check()
async def greets(queries: Queries) -> None:
    '''The cheap parts (brief).'''
    table = await queries.run("cheap.sql", 0.2)
    table.expect(["name", "price"], [("nut", 0.05), ("bolt", 0.1)], ordered=True, hint="What is NULL < 1?")
"""


@pytest.fixture(scope="module")
def bench() -> Iterator[tuple[asyncio.Runner, Servers]]:
    """One host of servers for all these tests, each of which gets a database of its own."""
    place = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    place.chmod(0o711)
    with asyncio.Runner() as runner:
        servers = Servers(place, place / "cache")
        yield runner, servers
        runner.run(servers.close())
    remove_folder(place)


@pytest.fixture
def judged(bench: tuple[asyncio.Runner, Servers], open_path: Path) -> Judged:
    """The report on a workspace with this file, or without one."""
    runner, servers = bench
    return lambda sql: runner.run(_run(_lab(open_path), servers, sql))


def _lab(root: Path) -> SmallLab:
    lab = small_lab(root, CHECK, extra='servers = ["postgres"]')
    (lab.lab.folder / "schema.sql").write_text(SCHEMA)
    stages = tuple(replace(stage, subject="sql", files=("cheap.sql",)) for stage in lab.lab.stages)
    servers = tuple(replace(use, schema="schema.sql") for use in lab.lab.servers)
    lab.lab = replace(lab.lab, stages=stages, servers=servers)
    return lab


async def _run(lab: SmallLab, servers: Servers, sql: str | None) -> Report:
    workspace = lab.root / "workspace"
    workspace.mkdir()
    if sql is not None:
        (workspace / "cheap.sql").write_text(sql)
    request = RunRequest(lab=lab.lab, workspace=workspace, language="sql")
    return await perform(request, lab.events.append, replace(lab.bench, leases=servers))


def result(report: Report) -> CheckResult:
    return checks_of(report)["greets"]


def test_a_right_query_passes_with_comments_and_a_semicolon(judged: Judged) -> None:
    report = judged("-- cheap ones\nSELECT name, price FROM parts WHERE price < $1 ORDER BY price; /* done */\n")
    assert (report.verdict, report.reason) == (Verdict.PASSED, "")
    assert [used.name for used in report.servers] == ["PostgreSQL"]


@pytest.mark.parametrize(
    ("sql", "message", "more"),
    [
        ("SELECT name FROM parts WHERE price < $1 ORDER BY price", "has other columns: expected name, price", ""),
        (
            "SELECT name, price FROM parts WHERE price < $1 ORDER BY 1",
            "with $1 = '0.2' has the right rows in another order",
            "'nut'",
        ),
        ("SELECT name, price FROM parts WHERE price >= $1", "lacks rows: 0 instead of 2", "missing"),
        ("SELECT name, price FROM parts WHERE price < $1 OR price IS NULL", "too many rows: 3 instead of 2", "NULL"),
        ("SELECT nam, price\nFROM parts WHERE price < $1", "refuses cheap.sql, line 1: column", "^"),
        ("SELECT name, price\n  FROM part WHERE price < $1", "refuses cheap.sql, line 2: relation", "^"),
        ("DELETE FROM parts WHERE price < $1 RETURNING name, price", "tries to change the data", ""),
        ("SELECT 1 WHERE 1 < $1; SELECT 2", "holds more than one statement", ""),
        ("SELECT pg_sleep(60) WHERE 0 < $1", "took longer than", ""),
        ("-- nothing yet\n", "holds no query yet", ""),
        ("SELECT name, price FROM parts a, generate_series(1, 200000) WHERE price < $1", "more than 100,000", ""),
        ("SHOW work_mem", "", ""),
        ("SELECT name, price FROM parts WHERE price < $2", "uses other parameters than it is given", ""),
        ("SELECT name, price FROM parts, (VALUES (1), (2)) AS v WHERE price < $1", "right rows too often", "'nut'"),
        ("SELECT name, price + 1 AS price FROM parts WHERE price < $1", "but 2 of 2 should be others", "not expected"),
    ],
)
def test_a_wrong_query_is_told_what_is_wrong_and_where(judged: Judged, sql: str, message: str, more: str) -> None:
    found = result(judged(sql))
    assert found.verdict is Verdict.FAILED
    assert found.failure
    assert message in found.message
    assert more in found.failure.detail


def test_the_failure_names_a_command_that_runs_the_query_again(judged: Judged) -> None:
    found = result(judged("SELECT name, price FROM parts WHERE price < $1 ORDER BY 1"))
    assert len(found.reproduce) == 1
    assert found.reproduce[0].startswith('(echo "PREPARE q(unknown) AS"; cat cheap.sql; echo; echo ')
    assert "EXECUTE q(" in found.reproduce[0]
    assert "0.2" in found.reproduce[0]


def test_a_stage_whose_file_is_not_there_yet_has_nothing_to_judge(judged: Judged) -> None:
    report = judged(None)
    assert report.verdict is Verdict.INVALID
    assert "There is no file cheap.sql" in report.reason
