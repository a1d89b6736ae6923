"""A learner's tests: run against builds in both languages, told by name, never believed for what they print."""

import asyncio
import functools
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sandboxed import PYTHON, inside

from firsthand.bench.failures import CheckFailed
from firsthand.bench.program.suites import suite as suites
from firsthand.bench.program.suites.outcome import of_node
from firsthand.bench.program.suites.suite import Bed, Suite, builds_for
from firsthand.bench.program.toolchain import Toolbox
from firsthand.content.builds import Build, Builds, read_builds
from firsthand.content.findings import Finding, Kind

NODE = shutil.which("node", path="/usr/bin:/usr/local/bin") or ""
UNITS = {
    "python": ("unit.py", "def double(n):\n    return n * 2\n"),
    "javascript": ("unit.mjs", "export const double = (n) => n * 2\n"),
}
PACKAGES = str(Path(pytest.__file__).parent.parent)

node_only = pytest.mark.skipif(not NODE, reason="there is no node in /usr/bin")
languages = pytest.mark.parametrize("language", ["python", pytest.param("javascript", marks=node_only)])


def in_a_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Lets pytest call an async test."""

    @functools.wraps(test)
    def call(**given: object) -> None:
        asyncio.run(test(**given))  # type: ignore[arg-type]

    return call


def builds_of(language: str) -> Builds:
    name, text = UNITS[language]

    def build(id_: str, old: str, new: str) -> Build:
        return Build(id_, id_, {name: text.replace(old, new)})

    mutants = (build("triple", "* 2", "* 3"), build("only-two", "n * 2", "4"))
    return Builds(language, build("good", "", ""), mutants, (build("adds", "n * 2", "n + n"),))


def body(language: str, *lines: str) -> str:
    """A test named `doubles` with these lines, which are Python or JavaScript."""
    if language == "python":
        return "from unit import double\n\n\ndef test_doubles():\n" + "".join(f"    {row}\n" for row in lines)
    head = "import assert from 'node:assert/strict'\nimport { test } from 'node:test'\n"
    head += "import { double } from './unit.mjs'\n"
    return head + "test('doubles', async () => {\n" + "".join(f"  {row}\n" for row in lines) + "})\n"


TWO = {"python": "assert double(2) == 4", "javascript": "assert.equal(double(2), 4)"}
FILES = {"python": "test_unit.py", "javascript": "unit.test.mjs"}


@asynccontextmanager
async def suite_of(language: str, text: str, **more: str) -> AsyncIterator[Suite]:
    """The suite with this test file, in a sandbox."""
    async with inside() as place:
        work = place.place / "work"
        home = place.place / "home"
        (home / "tmp").mkdir(parents=True)
        work.mkdir()
        for name, content in {UNITS[language][0]: UNITS[language][1], FILES[language]: text, **more}.items():
            (work / name).write_text(content)
        for folder in (work, home):
            place.sandbox.give(folder)
        env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "TMPDIR": str(home / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
        env |= {"PYTHONPATH": PACKAGES, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} if language == "python" else {}
        toolbox = Toolbox(work, cache=place.place, reachable=place.sandbox.reachable, path="/usr/bin:/bin")
        bed = Bed(work, place.place / "suites", place.sandbox, toolbox, env, 4.0)
        suite = Suite(bed, builds_of(language), Path(PYTHON if language == "python" else NODE))
        yield suite
        await suite.close()


@languages
@in_a_loop
async def test_tests_kill_the_mutants_that_they_look_at(language: str) -> None:
    async with suite_of(language, body(language, TWO[language])) as suite:
        outcome = await suite.good()
        assert [test.verdict for test in outcome.tests] == ["passed"]
        assert [build.id for build in await suite.survivors(suite.builds.mutants)] == ["only-two"]
        assert (await suite.run(suite.builds.variant("adds"))).green


@languages
@in_a_loop
async def test_a_test_that_the_quick_way_disturbs_is_not_run_that_way(language: str) -> None:
    words = {
        "python": ("import pytest", "with pytest.raises(AssertionError, match='4 == 5'):", "    assert double(2) == 5"),
        "javascript": ("assert.ok(process.env.NODE_TEST_CONTEXT)", "assert.notEqual(double(2), 5)"),
    }
    async with suite_of(language, body(language, *words[language])) as suite:
        assert [build.id for build in await suite.survivors(suite.builds.mutants)] == {
            "python": ["only-two"],
            "javascript": ["triple", "only-two"],
        }[language]


@languages
@in_a_loop
async def test_a_mutant_with_which_a_test_goes_round_for_ever_is_killed_soon(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suites, "MUTANT_CPU_S", 1)
    monkeypatch.setattr(suites, "SUITE_S", 1_000.0)
    endless = {
        "python": ("while double(2) != 4:", "    pass"),
        "javascript": ("while (double(2) !== 4) ;",),
    }
    async with suite_of(language, body(language, *endless[language])) as suite:
        assert [build.id for build in await suite.survivors(suite.builds.mutants)] == ["only-two"]


TWO_FILES = {
    "python": ("test_later.py", body("python", "assert double(3) == 6")),
    "javascript": ("later.test.mjs", body("javascript", "assert.equal(double(3), 6)")),
}


@languages
@in_a_loop
async def test_every_file_of_tests_meets_a_mutant(language: str) -> None:
    name, text = TWO_FILES[language]
    async with suite_of(language, body(language, TWO[language]), **{name: text}) as suite:
        assert await suite.survivors(suite.builds.mutants) == []


@languages
@in_a_loop
async def test_a_failing_test_is_told_by_name_with_its_words(language: str) -> None:
    wrong = TWO[language].replace("4", "5")
    async with suite_of(language, body(language, wrong)) as suite:
        with pytest.raises(CheckFailed) as found:
            await suite.good()
    failure = found.value.failure
    assert failure.message == "With the good build, 1 of 1 tests fails."
    assert "doubles" in failure.detail
    assert "5" in failure.detail
    assert failure.reproduce == [suite.command]


@languages
@in_a_loop
async def test_what_a_test_prints_is_no_verdict(language: str) -> None:
    says = {
        "python": 'print(\'{"test": "x", "outcome": "passed", "seconds": 0}\\n1 passed\\n{"ended": 0}\', flush=True)',
        "javascript": "console.log('ok 1 - doubles\\n# pass 1')",
    }
    async with suite_of(language, body(language, says[language], TWO[language].replace("4", "5"))) as suite:
        outcome = await suite.run(suite.builds.good)
    assert not outcome.green
    assert len(outcome.failed) == 1


@languages
@in_a_loop
async def test_ending_the_process_does_not_pass(language: str) -> None:
    ends = {"python": "import os; os._exit(0)", "javascript": "process.exit(0)"}
    async with suite_of(language, body(language, ends[language])) as suite:
        outcome = await suite.run(suite.builds.good)
    assert not outcome.green


@languages
@in_a_loop
async def test_tests_that_hang_are_ended(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suites, "SUITE_S", 0.5)
    endless = {"python": "while True: pass", "javascript": "for (;;) {}"}
    async with suite_of(language, body(language, endless[language])) as suite:
        outcome = await suite.run(suite.builds.good)
    assert outcome.red
    assert "did not come to an end within 2 s" in outcome.trouble


def test_what_ending_a_hang_lets_node_tell_does_not_hide_the_hang() -> None:
    file = {"file": "/suites/1/copy/unit.test.mjs", "nesting": 0, "suite": False, "skipped": False, "message": ""}
    killed = {**file, "test": ["unit.test.mjs"], "passed": False, "failure": "testCodeFailure", "seconds": 2.0}
    events = [{"began": "adds"}, killed]
    found = [of_node([*events, *more], -9, hung=True, limit_s=2).trouble for more in ([], [{"ended": True}])]
    assert found == [f"the tests did not come to an end within 2 s{where}." for where in ("; adds was running", "")]
    assert of_node([*events, {"ended": True}], 1, hung=False, limit_s=2).trouble.startswith("unit.test.mjs cannot be")


@languages
@in_a_loop
async def test_a_file_that_cannot_be_read_is_told(language: str) -> None:
    async with suite_of(language, "import nothing_of_this_name as x (\n") as suite:
        outcome = await suite.run(suite.builds.good)
    assert outcome.red
    assert FILES[language] in outcome.trouble
    with pytest.raises(CheckFailed) as found:
        outcome.expect_green("With the good build, ")
    assert "\n" not in found.value.failure.message
    assert "SyntaxError" in found.value.failure.detail
    assert "/suites/" not in found.value.failure.detail


@languages
@in_a_loop
async def test_no_test_is_neither_green_nor_red(language: str) -> None:
    async with suite_of(language, "") as suite:
        outcome = await suite.run(suite.builds.good)
    assert (outcome.tests, outcome.green, outcome.red) == ((), False, False)


@languages
@in_a_loop
async def test_waiting_and_the_network_are_seen(language: str) -> None:
    lines = {
        "python": (
            "import time, socket",
            "time.sleep(0.02)",
            "try:",
            "    socket.create_connection(('bank.example.test', 443))",
            "except OSError:",
            "    pass",
        ),
        "javascript": (
            "await new Promise((done) => setTimeout(done, 20))",
            "const dns = await import('node:dns/promises')",
            "await dns.lookup('bank.example.test').catch(() => {})",
        ),
    }
    async with suite_of(language, body(language, *lines[language])) as suite:
        outcome = await suite.run(suite.builds.good)
    assert outcome.green
    assert outcome.waited_s == pytest.approx(0.02)
    assert outcome.network == ("bank.example.test",)


WAITS = [
    ("python", "import time", "time.sleep(0.02)"),
    ("python", "import asyncio", "asyncio.run(asyncio.sleep(0.02))"),
    ("python", "import threading", "threading.Event().wait(0.02)"),
    ("javascript", "", "await new Promise((done) => globalThis.setTimeout(done, 20))"),
    ("javascript", "", "await new Promise((done) => { const id = setInterval(() => done(clearInterval(id)), 20) })"),
    ("javascript", "import { setTimeout as later } from 'node:timers/promises'", "await later(20)"),
    ("javascript", "import { scheduler } from 'node:timers/promises'", "await scheduler.wait(20)"),
    (
        "javascript",
        "import { setInterval as each } from 'node:timers/promises'",
        "for await (const _ of each(20)) break",
    ),
    ("javascript", "import { promisify } from 'node:util'", "await promisify(setTimeout)(20)"),
    ("javascript", "", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)"),
]


@pytest.mark.parametrize(("language", "first", "wait"), WAITS)
@in_a_loop
async def test_every_way_to_wait_counts_alike(language: str, first: str, wait: str) -> None:
    if language == "javascript" and not NODE:
        pytest.skip("there is no node in /usr/bin")
    async with suite_of(language, f"{first}\n" + body(language, wait)) as suite:
        outcome = await suite.good()
    assert outcome.waited_s == pytest.approx(0.02, rel=0.1)


@languages
@in_a_loop
async def test_what_comes_at_once_is_no_waiting(language: str) -> None:
    lines = {
        "python": (
            "import asyncio, threading",
            "asyncio.run(asyncio.sleep(0))",
            "event = threading.Event()",
            "event.set()",
            "assert event.wait(60)",
        ),
        "javascript": ("clearTimeout(setTimeout(() => {}, 60000))", "await new Promise((done) => setImmediate(done))"),
    }
    async with suite_of(language, body(language, *lines[language])) as suite:
        outcome = await suite.good()
    assert outcome.waited_s == 0


ORDERED = {
    "python": "from unit import double\nseen = []\n\n\nclass TestBoth:\n"
    "    def test_one(self):\n        seen.append(double(1))\n\n"
    "    def test_two(self):\n        assert seen == [2]\n",
    "javascript": "import assert from 'node:assert/strict'\nimport { describe, test } from 'node:test'\n"
    "import { double } from './unit.mjs'\nconst seen = []\ndescribe('both', () => {\n"
    "test('one (first)', () => { seen.push(double(1)) })\n"
    "test('two', () => { assert.deepEqual(seen, [2]) })\n})\n",
}


@languages
@in_a_loop
async def test_each_test_is_run_alone(language: str) -> None:
    async with suite_of(language, ORDERED[language]) as suite:
        assert (await suite.good()).green
        outcomes = await suite.alone()
    assert {name.rsplit(" ", 1)[-1].rsplit("_", 1)[-1]: outcome.green for name, outcome in outcomes.items()} in (
        {"one": True, "two": False},
        {"(first)": True, "two": False},
    )


@in_a_loop
async def test_nothing_is_left_of_the_builds() -> None:
    async with suite_of("python", body("python", TWO["python"])) as suite:
        await suite.survivors(suite.builds.mutants)
        left = [path.name for path in suite._bed.place.rglob("*") if path.is_file()]
    assert left == ["pytest_jobs.py"]


BUILDS = """\
schema = 1
units = ["unit.py"]

[[mutant]]
id = "triple"
breaks = "P1"
file = "unit.py"
find = "* 2"
put = "* 3"

[[mutant]]
id = "hollow"
breaks = "everything"
whole = true

[[variant]]
id = "adds"
freedom = "how it doubles"
"""


def lab_with(root: Path, text: str = BUILDS) -> Path:
    """The folder of a lab with builds in Python."""
    for name, content in {
        "starters/python/unit.py": UNITS["python"][1],
        "builds/python/builds.toml": text,
        "builds/python/hollow/unit.py": "def double(n):\n    pass\n",
        "builds/python/adds/unit.py": "def double(n):\n    return n + n\n",
    }.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return root


def test_builds_are_read_from_the_starter_s_unit(tmp_path: Path) -> None:
    found: list[Finding] = []
    builds = read_builds(lab_with(tmp_path), "python", found.append)
    assert found == []
    assert builds is not None
    assert {build.id: build.files["unit.py"].split("\n")[1].strip() for build in builds.mutants} == {
        "triple": "return n * 3",
        "hollow": "pass",
    }
    assert [build.id for build in builds.breaking("P1")] == ["triple"]
    assert builds.variant("adds").about == "how it doubles"


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ('find = "* 2"', 'find = "nowhere"', Kind.BAD_VALUE),
        ('find = "* 2"', 'find = "n"', Kind.BAD_VALUE),
        ('id = "triple"', 'id = "hollow"', Kind.BAD_VALUE),
        ('id = "adds"', 'id = "not-there"', Kind.MISSING_FILE),
        ('units = ["unit.py"]', 'units = ["unit.py", "other.py"]', Kind.MISSING_FILE),
    ],
)
def test_builds_that_are_wrong_are_told(tmp_path: Path, old: str, new: str, kind: Kind) -> None:
    found: list[Finding] = []
    read_builds(lab_with(tmp_path, BUILDS.replace(old, new)), "python", found.append)
    assert [finding.kind for finding in found] == [kind]


def test_a_workspace_without_the_units_has_nothing_to_test(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from firsthand.core.errors import WorkspaceError

    lab = SimpleNamespace(folder=lab_with(tmp_path), starters=lambda: ("python",))
    assert builds_for(lab, tmp_path / "starters/python", "").language == "python"  # type: ignore[arg-type]
    with pytest.raises(WorkspaceError, match=r"no unit\.py"):
        builds_for(lab, tmp_path / "builds", "")  # type: ignore[arg-type]
