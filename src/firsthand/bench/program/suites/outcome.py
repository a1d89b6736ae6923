"""What became of a learner's tests in one run of them, from what the runner wrote down and from its exit code."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from firsthand.bench.failures import failed, show_text

COPY = "workspace"
"""The folder that every build lies in: always the same name, which must not tell builds apart."""
_IN_A_COPY = re.compile(rf"(?:file://)?/\S*?/{COPY}/")
SHOWN_TESTS = 4
SHOWN_CHARACTERS = 240
Verdict = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class Test:
    """One test: `name` is what the runner calls it, `only` selects it alone."""

    name: str
    verdict: Verdict
    message: str = ""
    seconds: float = 0.0
    only: str = ""


@dataclass(frozen=True)
class Outcome:
    """One run of all tests, or of some."""

    tests: tuple[Test, ...]
    trouble: str = ""
    """Why there was no proper run: a file that cannot be loaded, an end in the middle, a time limit."""
    waited_s: float = 0.0
    """How long tests waited by the real clock, added up."""
    network: tuple[str, ...] = ()
    """The hosts that they reached for."""
    seconds: float = 0.0
    """What the tests themselves took, added up."""
    files: tuple[str, ...] = ()
    """The files that Node took for tests, below the workspace's copy."""

    @property
    def passed(self) -> tuple[Test, ...]:
        """Those that passed."""
        return tuple(test for test in self.tests if test.verdict == "passed")

    @property
    def failed(self) -> tuple[Test, ...]:
        """Those that failed."""
        return tuple(test for test in self.tests if test.verdict == "failed")

    @property
    def green(self) -> bool:
        """Whether some test passed, none failed, and the run came to its end."""
        return bool(self.passed) and not self.failed and not self.trouble

    @property
    def red(self) -> bool:
        """Whether something is wrong in the eyes of the tests; without any test nothing is."""
        return bool(self.failed or self.trouble)

    def expect_green(self, lead: str, *, hint: str = "", reproduce: Iterable[str] = ()) -> None:
        """Refuse a run that is not green; `lead` begins the sentence: "With the good build, "."""
        if self.green:
            return
        error = failed(lead + self._what(), detail=self._told(), remark=hint)
        error.failure.reproduce.extend(reproduce)
        raise error

    def _what(self) -> str:
        if self.trouble:
            return self.trouble.partition("\n")[0]
        if self.failed:
            return f"{len(self.failed)} of {len(self.tests)} tests {'fails' if len(self.failed) == 1 else 'fail'}."
        return "there is no test that ran." if self.tests else "no test was found."

    def _told(self) -> str:
        rows = [show_text(row, SHOWN_CHARACTERS) for row in _IN_A_COPY.sub("", self.trouble).splitlines()[1:]]
        for test in self.failed[:SHOWN_TESTS]:
            rows.append(show_text(test.name, SHOWN_CHARACTERS))
            rows += [f"    {show_text(row, SHOWN_CHARACTERS)}" for row in test.message.splitlines()[:6]]
        if len(self.failed) > SHOWN_TESTS:
            rows.append(f"... and {len(self.failed) - SHOWN_TESTS} more")
        return "\n".join(rows)


def of_pytest(events: Iterable[Mapping[str, Any]], exit_code: int, *, hung: bool, limit_s: float) -> Outcome:
    """What pytest's plugin told."""
    found: dict[str, Test] = {}
    running, ended, troubles = "", False, []
    waited, network = _seen(events := list(events))
    for event in events:
        if "began" in event:
            running = event["began"]
        elif "trouble" in event:
            troubles.append(f"{event['where'] or 'a file'} cannot be loaded.\n{event['trouble']}")
        elif "test" in event:
            _add_phase(found, event)
        ended = ended or "ended" in event
    tests = tuple(found.values())
    trouble = _end(troubles, "" if ended else running, ended=ended, hung=hung, limit_s=limit_s)
    if not trouble and exit_code not in (0, 5) and not any(test.verdict == "failed" for test in tests):
        trouble = f"pytest ended with exit code {exit_code} although no test failed."
    return Outcome(tests, trouble, waited, network, sum(test.seconds for test in tests))


def _add_phase(found: dict[str, Test], event: Mapping[str, Any]) -> None:
    name = event["test"]
    before = found.get(name)
    verdict: Verdict = event["outcome"]
    if before is not None and (before.verdict == "failed" or (before.verdict == "skipped" and verdict == "passed")):
        verdict = before.verdict
    message = event.get("message", "") or (before.message if before else "")
    seconds = event["seconds"] + (before.seconds if before else 0.0)
    found[name] = Test(name, verdict, message, seconds, name)


def of_node(events: Iterable[Mapping[str, Any]], exit_code: int, *, hung: bool, limit_s: float) -> Outcome:
    """What our reporter of `node --test` told."""
    tests: list[Test] = []
    running, ended, troubles = "", False, []
    waited, network = _seen(events := list(events))
    suites = {tuple(event["test"]) for event in events if event.get("suite")}
    for event in events:
        if "began" in event:
            running = event["began"]
        elif "test" in event:
            path: list[str] = event["test"]
            if event["nesting"] == 0 and _is_file(path[0], event["file"]):
                troubles += _file_trouble(event, events)
            elif not event["suite"] and event["failure"] != "subtestsFailed":
                tests.append(_node_test(event, path, suites))
        ended = ended or "ended" in event
    trouble = _end(troubles, "" if ended else running, ended=ended, hung=hung, limit_s=limit_s)
    if not trouble and exit_code != 0 and not any(test.verdict == "failed" for test in tests):
        trouble = f"node --test ended with exit code {exit_code} although no test failed."
    files = tuple(dict.fromkeys(_inside(event["file"]) for event in events if event.get("file")))
    return Outcome(tuple(tests), trouble, waited, network, sum(test.seconds for test in tests), files)


def _is_file(name: str, file: str) -> bool:
    """Node shows a file that broke off, or has no test, as a test of the file's name."""
    return bool(file) and (name == file or file.endswith(f"/{name}") or name.endswith(f"/{Path(file).name}"))


def _file_trouble(event: Mapping[str, Any], events: Iterable[Mapping[str, Any]]) -> list[str]:
    if event["passed"] or event["failure"] == "subtestsFailed":
        return []
    words = [e["stderr"].rstrip("\n") for e in events if e.get("file") == event["file"] and "stderr" in e]
    return ["\n".join([f"{Path(event['file']).name} cannot be run to its end.", *words[:8]])]


def _node_test(event: Mapping[str, Any], path: list[str], suites: set[tuple[str, ...]]) -> Test:
    """`only` leads to the outermost test that it is part of, past the suites around that."""
    depth = next((n for n in range(1, len(path)) if tuple(path[:n]) not in suites), len(path))
    verdict: Verdict = "skipped" if event["skipped"] else "passed" if event["passed"] else "failed"
    name = f"{Path(event['file']).name}: {' > '.join(path)}"
    return Test(name, verdict, event["message"], event["seconds"], "\n".join([_inside(event["file"]), *path[:depth]]))


def _inside(file: str) -> str:
    """The file's path below the workspace's copy, by which Node is told to run it alone."""
    _, found, rest = file.partition(f"/{COPY}/")
    return rest if found else Path(file).name


def _end(troubles: list[str], running: str, *, ended: bool, hung: bool, limit_s: float) -> str:
    """Why there is no whole result. What is told after a hang may come of ending it, so that is said first."""
    where = f"; {show_text(running, SHOWN_CHARACTERS)} was running" if running else ""
    if hung:
        return f"the tests did not come to an end within {limit_s:.3g} s{where}."
    if troubles:
        return troubles[0]
    return "" if ended else f"the tests broke off in the middle{where}."


def _seen(events: list[Mapping[str, Any]]) -> tuple[float, tuple[str, ...]]:
    waited = sum(event["waited"] for event in events if "waited" in event)
    return waited, tuple(dict.fromkeys(event["network"] for event in events if "network" in event))
