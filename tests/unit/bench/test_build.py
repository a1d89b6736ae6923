"""A build runs in the sandbox, once for the same inputs, and says what went wrong."""

import asyncio
import os
import shutil
import stat
from pathlib import Path

import pytest

from firsthand.bench.program import build as building
from firsthand.bench.program import build_cache
from firsthand.bench.program.build import build
from firsthand.bench.program.build_cache import BuildCache
from firsthand.bench.program.layout import lay_out
from firsthand.bench.program.procfile import read_procfile
from firsthand.bench.program.toolchain import Toolbox
from firsthand.bench.sandbox import open_sandbox
from firsthand.bench.submission import snapshot
from firsthand.core import places
from firsthand.core.errors import BuildError, DiskFullError
from firsthand.core.events import AnyEvent, BuildFinished, BuildStarted


class Builds:
    """A workspace that can be built again and again, each time in a run of its own."""

    def __init__(self, root: Path) -> None:
        self.workspace, self.cache, self.root = root / "workspace", root / "cache", root
        self.tools = root / "tools"
        for folder in (self.workspace, self.cache, self.tools):
            folder.mkdir()
        self.cache.chmod(0o755)
        self.events: list[AnyEvent] = []
        self.runs = 0
        self.work = root

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def build(self, command: str, factor: float = 1.0) -> bool:
        """Build in a new run; returns whether it was taken from the cache."""
        self.write("Procfile", f"build: {command}\nweb: ./server\n")
        self.events.clear()
        asyncio.run(self._build(factor))
        finished = self.events[-1]
        assert isinstance(finished, BuildFinished)
        return finished.cached

    async def build_twice_at_once(self, command: str) -> list[Path]:
        """Two runs of the same submission; returns where each was laid out."""
        self.write("Procfile", f"build: {command}\n")
        return list(await asyncio.gather(self._build(1.0), self._build(1.0)))

    async def _build(self, factor: float) -> Path:
        self.runs += 1
        place = self.root / f"run{self.runs}-{self.root.name}"  # a sandbox ends all that carries its folder's name
        place.mkdir()
        sandbox = open_sandbox(place)
        submission = snapshot(self.workspace)
        try:
            work = self.work = await lay_out(submission, place, sandbox)
            toolbox = Toolbox(
                work,
                cache=self.cache,
                reachable=sandbox.reachable,
                source=self.workspace,
                path=f"{self.tools}:/usr/bin:/bin",
            )
            await build(
                submission,
                read_procfile(work).need("build"),
                work,
                sandbox,
                lab="a-lab",
                cache=self.cache,
                toolbox=toolbox,
                emit=self.events.append,
                clock=lambda: 1.5,
                factor=factor,
            )
        finally:
            left = await sandbox.close()
        assert left == 0
        return work

    def made(self, name: str) -> str:
        return (self.work / name).read_text()

    def fails(self, command: str, factor: float = 1.0) -> BuildError:
        with pytest.raises(BuildError) as caught:
            self.build(command, factor)
        return caught.value


@pytest.fixture
def builds(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builds:
    monkeypatch.setattr(places, "SPARE", open_path)
    return Builds(open_path)


def test_a_build_makes_files_and_says_so(builds: Builds) -> None:
    builds.write("source.txt", "hello")
    assert builds.build("mkdir -p out && cp source.txt out/server && chmod +x out/server") is False
    assert builds.made("out/server") == "hello"
    started, finished = builds.events
    assert isinstance(started, BuildStarted)
    assert started.command.startswith("mkdir -p out")
    assert (started.at, finished.at) == (1.5, 1.5)


def test_the_same_build_is_not_run_again(builds: Builds) -> None:
    builds.write("source.txt", "hello")
    command = "cp source.txt server && chmod +x server && ln -s server link && echo x >> log"
    assert builds.build(command) is False
    first = builds.work
    assert builds.build(command) is True
    assert builds.work != first
    assert builds.made("server") == "hello"
    assert builds.made("log") == "x\n"
    assert (builds.work / "link").readlink() == Path("server")
    assert os.access(builds.work / "server", os.X_OK)
    assert (builds.work / "server").stat().st_uid == (first / "server").stat().st_uid
    assert [type(event) for event in builds.events] == [BuildFinished]
    assert sorted(p.name for p in builds.work.parent.iterdir()) == ["work"]


def test_it_is_run_again_when_an_input_changed(builds: Builds) -> None:
    def tool(text: str) -> None:
        (builds.tools / "compile").write_text(f"#!/bin/sh\necho {text} > server\n")
        (builds.tools / "compile").chmod(0o755)

    tool("one")
    builds.write("package-lock.json", "{}")
    assert [builds.build("compile"), builds.build("compile")] == [False, True]
    builds.write("package-lock.json", "{ }")
    assert [builds.build("compile"), builds.build("compile")] == [False, True]
    builds.write("new.py", "")
    assert [builds.build("compile"), builds.build("compile x"), builds.build("compile x")] == [False, False, True]
    tool("another")
    assert builds.build("compile x") is False
    assert builds.made("server") == "another\n"


def test_two_runs_may_build_the_same_at_once(builds: Builds) -> None:
    works = asyncio.run(builds.build_twice_at_once("echo built > server"))
    assert [(work / "server").read_text() for work in works] == ["built\n", "built\n"]
    assert len(list((builds.cache / "builds").iterdir())) == 1


def test_what_a_build_deletes_stays_deleted(builds: Builds) -> None:
    builds.write("template.txt", "x")
    assert [builds.build("rm template.txt"), builds.build("rm template.txt")] == [False, True]
    assert not (builds.work / "template.txt").exists()


def test_dependencies_stay_beside_what_was_kept(builds: Builds) -> None:
    builds.write("node_modules/x/index.js", "dependency")
    builds.write("api/node_modules/y", "another")
    command = "cat node_modules/x/index.js > bundle.js"
    assert [builds.build(command), builds.build(command)] == [False, True]
    assert builds.made("bundle.js") == "dependency"
    assert (builds.work / "node_modules").readlink() == builds.workspace / "node_modules"
    assert builds.made("api/node_modules/y") == "another"
    assert not list((builds.cache / "builds").glob("*/tree/node_modules"))


def test_a_build_has_a_home_that_lasts_and_nothing_of_ours(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_SECRET", "canary")
    assert (
        builds.build("echo x >> $HOME/.cache-of-a-tool && cp $HOME/.cache-of-a-tool seen && env > environment") is False
    )
    assert (
        builds.build("echo x >> $HOME/.cache-of-a-tool && cp $HOME/.cache-of-a-tool seen; env > environment") is False
    )
    assert builds.made("seen") == "x\nx\n"
    assert "canary" not in builds.made("environment")
    assert f"GOCACHE={builds.cache}/homes/.go-build" in builds.made("environment")
    assert f"TMPDIR={builds.cache}/homes/a-lab/tmp" in builds.made("environment")


def test_a_cache_out_of_reach_has_a_stand_in(builds: Builds) -> None:
    builds.cache.chmod(0o700)
    assert builds.build("echo $HOME > home && touch $HOME/kept") is False
    home = Path(builds.made("home").strip())
    assert (home / "kept").exists()
    spare = builds.root / f"firsthand-{os.getuid()}"
    assert home.parent == (spare if os.geteuid() == 0 else builds.cache) / "homes"
    if os.geteuid() == 0:
        spare.chmod(0o777)
        assert builds.build("echo $HOME > home # now anybody could write there") is False
        assert Path(builds.made("home").strip()) == builds.work.parent / "build-home"


@pytest.mark.parametrize(
    ("command", "message", "advice"),
    [
        ("echo oh no; exit 3", "failed with exit code 3: echo oh no; exit 3", "Try it in your workspace"),
        ("echo oh no; frobnicate", r"was not found \(exit code 127\)", "Try it in your workspace"),
        ("echo oh no; kill -9 $$", "was ended by SIGKILL", "out of memory"),
        ("echo oh no; kill -15 $$", "was ended by SIGTERM", "Try it in your workspace"),
    ],
)
def test_a_failed_build_shows_its_last_lines(builds: Builds, command: str, message: str, advice: str) -> None:
    error = builds.fails(command)
    with pytest.raises(BuildError, match=message):
        raise error
    assert advice in error.advice
    assert "oh no" in error.output
    assert [type(event) for event in builds.events] == [BuildStarted]
    assert not (builds.cache / "builds").exists()


def test_a_command_that_is_not_found_is_explained(builds: Builds) -> None:
    error = builds.fails("frobnicate --all")
    assert error.message.startswith("The build did not start. The command `frobnicate` was not found (Procfile, line 1")


def test_a_build_that_never_ends_is_stopped(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "BUILD_S", 0.5)
    error = builds.fails("echo began; sleep 600", factor=2.0)
    assert error.message == "The build took longer than 1 s and was stopped: echo began; sleep 600"
    assert "began" in error.output


def test_what_a_build_leaves_running_is_ended(builds: Builds) -> None:
    # `Builds` asserts that nothing was left when the sandbox closed.
    assert builds.build("(sleep 600 &) ; touch server") is False
    assert builds.made("server") == ""


@pytest.mark.parametrize(
    "command",
    [
        'ln -s "$PWD/Procfile" link',
        'printf "#!%s/env/bin/python\\n" "$PWD" > tool; chmod +x tool',
        "mkdir env; touch env/pyvenv.cfg",
    ],
)
def test_what_names_its_own_place_is_not_kept(builds: Builds, command: str) -> None:
    assert [builds.build(command), builds.build(command)] == [False, False]


def test_a_build_with_odd_files_is_kept_without_them(builds: Builds) -> None:
    command = "mkfifo pipe; touch server"
    assert [builds.build(command), builds.build(command)] == [False, True]
    assert not (builds.work / "pipe").exists()
    assert builds.made("server") == ""


def test_a_full_disk_is_not_the_learners_fault(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(building, "_build_home", full)
    with pytest.raises(DiskFullError):
        builds.build("true")


def tree(place: Path, size_bytes: int = 10) -> Path:
    place.mkdir()
    (place / "file").write_bytes(bytes(size_bytes))
    return place


def test_kept_builds_are_bounded_and_the_oldest_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_cache, "BUILDS_BYTES_MAX", 25)
    kept = BuildCache(tmp_path / "builds")
    made = tree(tmp_path / "tree")
    for number, key in enumerate(("a", "b")):
        assert kept.store(key, made, ())
        os.utime(tmp_path / "builds" / key, (1_000 + number, 1_000 + number))
    assert kept.restore("a", tmp_path / "restored")
    assert kept.store("c", made, ())
    assert sorted(p.name for p in (tmp_path / "builds").iterdir()) == ["a", "c"]


def test_half_written_leftovers_go_after_a_day(tmp_path: Path) -> None:
    kept = BuildCache(tmp_path / "builds")
    (tmp_path / "builds/.new-old").mkdir(parents=True)
    (tmp_path / "builds/.new-young").mkdir()
    os.utime(tmp_path / "builds/.new-old", (1_000, 1_000))
    assert kept.store("a", tree(tmp_path / "tree"), ())
    assert sorted(p.name for p in (tmp_path / "builds").iterdir()) == [".new-young", "a"]


def test_the_second_of_two_equal_builds_changes_nothing(tmp_path: Path) -> None:
    kept = BuildCache(tmp_path / "builds")
    assert kept.store("a", tree(tmp_path / "one", 1), ())
    assert kept.store("a", tree(tmp_path / "two", 2), ()) is False
    assert (tmp_path / "builds/a/tree/file").stat().st_size == 1
    assert [p.name for p in (tmp_path / "builds").iterdir()] == ["a"]


def test_a_build_dropped_while_it_is_copied_is_a_miss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = BuildCache(tmp_path / "builds")
    kept.store("a", tree(tmp_path / "tree"), ())
    shutil.rmtree(tmp_path / "builds/a/tree")
    assert kept.restore("a", tmp_path / "restored") is False
    assert not (tmp_path / "restored").exists()
    assert kept.restore("never kept", tmp_path / "restored") is False


def test_a_build_that_made_too_much_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_cache, "KEPT_BYTES_MAX", 9)
    kept = BuildCache(tmp_path / "builds")
    assert kept.store("a", tree(tmp_path / "tree"), ()) is False
    assert list((tmp_path / "builds").iterdir()) == []


def test_kept_files_belong_to_us_with_plain_modes(builds: Builds) -> None:
    builds.build("touch server; chmod 4777 server; touch secret; chmod 0600 secret")
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (builds.cache / "builds").glob("*/tree/*")}
    assert modes == {"Procfile": 0o644, "secret": 0o644, "server": 0o755}
