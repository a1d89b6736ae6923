"""Measures the figures of docs/figures.md beside a bare Python start of the same minute, so that machines compare."""

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/figures.md"
LAB = "net-byo-http"
BESIDE_FILES = 60_000

VERSION_BAR_S = 0.08
FIRST_LINE_BAR_S = 0.25
STAGE_BAR_S = 0.10
DOOR_ADDED_BAR_S = 0.000_1
DOOR_BULK_BAR_S = 100 / 600
"""100 MB at 600 MB/s."""


@dataclass(frozen=True)
class Figure:
    """One line of the table. `bar_s` is what DESIGN.md asks for, 0 where it asks for nothing."""

    what: str
    seconds: list[float]
    bar_s: float = 0.0

    @property
    def median_s(self) -> float:
        """The middle of what was measured."""
        return statistics.median(self.seconds)

    def row(self, bare_s: float) -> str:
        """The line as Markdown."""
        spread = f"{_ms(min(self.seconds))}-{_ms(max(self.seconds))}"
        holds = "holds" if self.median_s <= self.bar_s else "missed"
        bar = f"<= {self.bar_s * 1000:.3g}: {holds}" if self.bar_s else ""
        times = self.median_s / bare_s
        return f"| {self.what} | {_ms(self.median_s)} | {spread} | {times:.2g} | {bar} | {len(self.seconds)} |"


@dataclass(frozen=True)
class Plan:
    """How often to repeat: cheap things often, whole runs less so."""

    starts: int
    runs: int


def main() -> int:
    """Measure, print, and write when asked; returns the exit code."""
    parser = argparse.ArgumentParser(description="Measures the figures of docs/figures.md.")
    parser.add_argument("--write", action="store_true", help="write docs/figures.md")
    parser.add_argument("--quick", action="store_true", help="repeat less often")
    options = parser.parse_args()
    plan = Plan(starts=5, runs=3) if options.quick else Plan(starts=21, runs=9)
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="firsthand-figures-") as folder, _own_home(Path(folder)):
        Path(folder).chmod(0o711)  # under root, programs are another user, who reads dependencies where they lie
        page = _page(_measure(Path(folder), plan), load_before) + _servers(quick=options.quick)
        page += _site(quick=options.quick)
    print(page)
    if options.write:
        PAGE.write_text(page, encoding="utf-8")
        print(f"Written: {PAGE.relative_to(ROOT)}", file=sys.stderr)
    return 0


def _servers(*, quick: bool) -> str:
    """What benchmarks/servers.py prints: real servers have figures of another kind."""
    _tell("servers")
    command = [sys.executable, "-P", "benchmarks/servers.py", "--leases", "20" if quick else "100"]
    return "\n" + subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _site(*, quick: bool) -> str:
    """What benchmarks/site.py prints: pages have figures of another kind."""
    _tell("the site")
    command = [sys.executable, "-P", "benchmarks/site.py", "--times", "20" if quick else "60"]
    return "\n" + subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _measure(folder: Path, plan: Plan) -> list[Figure]:
    _tell("starts")
    bare = Figure("`python -c pass`, to compare", _repeat(plan.starts, lambda: _call(sys.executable, "-c", "pass")))
    version = Figure(
        "`firsthand --version`", _repeat(plan.starts, lambda: _call("./firsthand", "--version")), VERSION_BAR_S
    )
    python = _workspace(folder, "python")
    first = Figure(
        "`firsthand check` to its first line",
        _repeat(plan.starts, lambda: _first_line("./firsthand", "check", str(python))),
        FIRST_LINE_BAR_S,
    )
    figures = [bare, version, first]
    _tell("doors")
    figures += _doors(plan)
    for language in sorted((place.name for place in _solutions().iterdir()), key=lambda name: name != "python"):
        _tell(f"stages, {language}")
        figures += _stages(_workspace(folder, language), language, plan)
    for count in (1, 2, 4):
        _tell(f"{count} at once")
        figures.append(_at_once(folder, count, plan))
    _tell("a workspace with many files")
    return figures + _many_files(folder, plan)


def _stages(workspace: Path, language: str, plan: Plan) -> list[Figure]:
    """Each stage by itself, the program's start and end included, as `check --stage` runs it but in this process."""
    from firsthand.bench.run import Bench, RunRequest, perform
    from firsthand.content.load import load
    from firsthand.content.roots import default_roots
    from firsthand.core.verdicts import Verdict

    lab = load(default_roots()).lab(LAB)
    assert lab is not None, f"{LAB} is there"
    measured: list[Figure] = []
    for stage in lab.stages:
        request = RunRequest(lab, workspace, language=language, stage=stage.id)

        def once(request: RunRequest = request, stage_id: str = stage.id) -> None:
            report = asyncio.run(perform(request, lambda _event: None, Bench.of_user()))
            judged = next(s for s in report.stages if s.id == stage_id)
            assert judged.verdict is Verdict.PASSED, f"{stage_id} passes: {report.reason}"

        measured.append(Figure(f"stage {stage.number} `{stage.id}`, {language}", _repeat(plan.runs, once)))
    middle = Figure(
        f"a passing stage by itself, {language}: median of all", [f.median_s for f in measured], STAGE_BAR_S
    )

    def whole() -> None:
        report = asyncio.run(perform(RunRequest(lab, workspace, language=language), lambda _: None, Bench.of_user()))
        assert report.verdict is Verdict.PASSED, report.reason

    shares = [seconds / len(lab.stages) for seconds in _repeat(plan.runs, whole)]
    share = Figure(f"a passing stage in a run of all, {language}: the run by the number of stages", shares, STAGE_BAR_S)
    return [*measured, middle, share]


def _doors(plan: Plan) -> list[Figure]:
    """Beside the same without a door; what it adds is the difference of neighbours."""
    doors = _neighbour("doors")
    with doors.server_and_door() as (server, door):
        trips = [(doors.round_trip_s(server), doors.round_trip_s(door)) for _ in range(plan.starts)]
        bulk = [(doors.bulk_s(server), doors.bulk_s(door)) for _ in range(plan.starts)]
    small = f"round trip of {doors.MESSAGE_BYTES} bytes, median of {doors.TRIPS:,}"
    much = f"{doors.BULK_BYTES // 1_000_000} MB one way"
    return [
        Figure(f"{small}: direct", [direct for direct, _ in trips]),
        Figure(f"{small}: through a door", [through for _, through in trips]),
        Figure("round trip: what a door adds", [through - direct for direct, through in trips], DOOR_ADDED_BAR_S),
        Figure(f"{much}: direct", [direct for direct, _ in bulk]),
        Figure(f"{much}: through a door", [through for _, through in bulk], DOOR_BULK_BAR_S),
    ]


def _at_once(folder: Path, count: int, plan: Plan) -> Figure:
    places = [_workspace(folder, "python", str(number)) for number in range(count)]

    def once() -> None:
        runs = [_start("./firsthand", "check", str(place), "--json", str(place) + ".json") for place in places]
        for run, place in zip(runs, places, strict=True):
            run.wait()
            report = json.loads(Path(str(place) + ".json").read_bytes())
            told = f"a run beside {count - 1} others was {report['verdict']}: {report['reason']} ({report['run']})"
            assert report["verdict"] == "passed", told

    return Figure(f"`firsthand check`, all stages, {count} at once: until the last ends", _repeat(plan.runs, once))


def _many_files(folder: Path, plan: Plan) -> list[Figure]:
    from firsthand.bench.submission import snapshot

    without = _workspace(folder, "python", "-few")
    beside = _workspace(folder, "python", "-many")
    for number in range(BESIDE_FILES):
        place = beside / "node_modules" / f"package-{number // 100}" / f"file-{number % 100}.js"
        if number % 100 == 0:
            place.parent.mkdir(parents=True)
        place.write_bytes(b"0;\n")
    check = ("./firsthand", "check", "--stage", "1")
    many = f"{BESIDE_FILES:,} files under node_modules"
    figures = [
        Figure("snapshot of the solution", _repeat(plan.runs, lambda: snapshot(without))),
        Figure(f"snapshot with {many}", _repeat(plan.runs, lambda: snapshot(beside))),
        Figure("`firsthand check --stage 1`", _repeat(plan.runs, lambda: _call(*check, str(without)))),
        Figure(f"`firsthand check --stage 1` with {many}", _repeat(plan.runs, lambda: _call(*check, str(beside)))),
    ]
    if os.geteuid() == 0:
        folder.chmod(0o700)
        what = (
            f"`firsthand check --stage 1` with {many}, as root and in a folder that only root enters: they are copied"
        )
        figures.append(Figure(what, _repeat(3, lambda: _call(*check, str(beside)))))
        folder.chmod(0o711)
    return figures


def _neighbour(name: str) -> ModuleType:
    """Another file of this folder, which `python -P` does not look for."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None, "it is there"
    assert spec.loader is not None, "it is a module"
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _ms(seconds: float) -> str:
    """Milliseconds with as many digits as mean something."""
    return f"{seconds * 1000:.1f}" if seconds >= 0.001 else f"{seconds * 1000:.3f}"


def _repeat(times: int, action: Callable[[], object]) -> list[float]:
    action()  # the first one fills caches
    return [_timed(action) for _ in range(times)]


def _timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    taken = action()
    return taken if isinstance(taken, float) else time.perf_counter() - began


def _call(*command: str) -> None:
    code = _start(*command).wait()
    assert code == 0, f"{' '.join(command)} ended with {code}"


def _start(*command: str) -> subprocess.Popen[bytes]:
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, stdin=nowhere, stdout=nowhere, stderr=nowhere)


def _first_line(*command: str) -> float:
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.perf_counter() - began
        process.stdout.read()
    assert line.strip(), "check prints a first line"
    return seconds


def _workspace(folder: Path, language: str, mark: str = "") -> Path:
    place = folder / f"{language}{mark}"
    if not place.exists():
        shutil.copytree(_solutions() / language, place)
        marker = f'schema = 1\nlab = "{LAB}"\nlanguage = "{language}"\n'
        (place / "firsthand.toml").write_text(marker, encoding="utf-8")
    return place


def _solutions() -> Path:
    (folder,) = ROOT.glob(f"paths/*/units/*/labs/{LAB}/solutions")
    return folder


@contextmanager
def _own_home(folder: Path) -> Iterator[None]:
    """Runs that are measured do not end up in the user's history."""
    before = os.environ.get("FIRSTHAND_HOME")
    os.environ["FIRSTHAND_HOME"] = str(folder / "home")
    try:
        yield
    finally:
        if before is None:
            del os.environ["FIRSTHAND_HOME"]
        else:
            os.environ["FIRSTHAND_HOME"] = before


def _page(figures: list[Figure], load_before: float) -> str:
    bare_s = figures[0].median_s
    rows = "\n".join(figure.row(bare_s) for figure in figures)
    return f"""# Figures

Measured by `scripts/figures --write`, milliseconds of wall time. Medians, with the least and the most beside them;
"times Python" is the median as a multiple of a bare `python -c pass` in the same minute, which compares machines.
Bars are goals for an idle machine with two cores; no test fails because of time.

{_facts(load_before)}

| what | median | range | times Python | bar | n |
|---|---|---|---|---|---|
{rows}
"""


def _facts(load_before: float) -> str:
    from firsthand import __version__

    node = _output("node", "--version") or "none"
    facts = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "load": f"{load_before:.2f} before, {os.getloadavg()[0]:.2f} after (processes that wanted to run, one minute)",
        "versions": f"Firsthand {__version__}, Python {platform.python_version()}, Node.js {node}, "
        f"commit {_output('git', 'rev-parse', '--short', 'HEAD') or 'unknown'}",
    }
    return "\n".join(f"- {name}: {value}" for name, value in facts.items())


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _tell(what: str) -> None:
    print(f"measuring {what} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
