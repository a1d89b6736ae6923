"""Runs that are kept, written as a run writes them, for tests of the pages that show them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from firsthand.bench.wire import Record
from firsthand.core.results import CheckResult, Failure, Report, ServerUsed, StageResult, encode
from firsthand.core.verdicts import Verdict

SAYS_HELLO = "A request is answered with a greeting (brief)."


def failed_check(check: str = "says_hello", **failure: object) -> CheckResult:
    """A check that failed; `failure` is what its Failure holds."""
    told = Failure(**{"kind": "mismatch", "message": "body: expected hello, got good bye", **failure})
    return CheckResult(check, Verdict.FAILED, ["TLK-01"], told.message, SAYS_HELLO, told.reproduce, 0.01, told)


def passed_check(check: str = "says_hello", seconds: float = 0.01) -> CheckResult:
    """A check that passed."""
    return CheckResult(check, Verdict.PASSED, ["TLK-01"], "", SAYS_HELLO, [], seconds)


def stage(name: str, *checks: CheckResult, verdict: Verdict | None = None, reason: str = "") -> StageResult:
    """A stage with these checks; it fails when one does."""
    found = verdict or (Verdict.FAILED if any(c.verdict is Verdict.FAILED for c in checks) else Verdict.PASSED)
    return StageResult(name, found, 0.02, list(checks), reason or msgspec.UNSET)


@dataclass
class KeptRuns:
    """Writes runs below a home."""

    home: Path
    _count: int = field(default=0)

    def write(
        self,
        *stages: StageResult,
        verdict: Verdict | None = None,
        records: list[Record] | None = None,
        **report: object,
    ) -> str:
        """Keep a run with these stages, and what was said in it; returns its id."""
        self._count += 1
        name = f"20261101-0000{self._count:02}-beef"
        folder = self.folder(name)
        (folder / "wire").mkdir(parents=True)
        failed = any(s.verdict is Verdict.FAILED for s in stages)
        facts: dict[str, object] = {
            "schema": 1,
            "run": name,
            "lab": "talk-greeting",
            "language": "python",
            "seed": 4711,
            "started": "2026-11-01T00:00:00+00:00",
            "verdict": verdict or (Verdict.FAILED if failed else Verdict.PASSED),
            "reason": "",
            "digest": "d" * 64,
            "lab_digest": "1" * 64,
            "tier": "plain",
            "limits": [],
            "seconds": 0.5,
            "servers": [ServerUsed("postgres", "PostgreSQL", "18.6", True)],
            "stages": list(stages),
            "evidence": {"report": str(folder / "report.json")},
        }
        (folder / "report.json").write_bytes(encode(Report(**{**facts, **report})))
        (folder / "wire/wire.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(records or []))
        return name

    def folder(self, name: str) -> Path:
        """Where a run lies."""
        return self.home / "data/runs" / name


class Talk:
    """Records of a wire, as doors and clients write them; each step moves the clock on by a millisecond."""

    def __init__(self, stage: str = "greets", check: str = "says_hello") -> None:
        self.records: list[Record] = []
        self.stage, self.check = stage, check
        self._at = 1.0
        self._connection = 0

    def of(self, stage: str, check: str) -> "Talk":
        """What follows belongs to this check."""
        self.stage, self.check = stage, check
        return self

    def wait(self, seconds: float) -> "Talk":
        """Nobody says anything."""
        self._at += seconds
        return self

    def open(self, door: str, protocol: str = "http1") -> int:
        """A connection."""
        self._connection += 1
        self._add("open", self._connection, door=door, text="127.0.0.1:1", protocol=protocol)
        return self._connection

    def get(
        self, path: str = "/", status: str = "200 OK", body: bytes = b"hello", *, door: str = "web", then: "Then" = None
    ) -> "Talk":
        """A request with its reply on a connection of its own; `then` says what happens in between."""
        connection = self.open(door)
        self._add("sent", connection, data=f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        if then is not None:
            then(self)
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        self._add("received", connection, data=head + body)
        self._add("closed", connection, text="closed by us")
        return self

    def ask_redis(self, *words: str, answer: bytes = b"+OK\r\n", connection: int = 0) -> "Talk":
        """A command to Redis with its answer."""
        connection = connection or self.open("redis", "resp")
        command = f"*{len(words)}\r\n" + "".join(f"${len(w)}\r\n{w}\r\n" for w in words)
        self._add("sent", connection, data=command.encode())
        self._add("received", connection, data=answer)
        return self

    def fault(self, text: str, door: str) -> "Talk":
        """A check does something to a server."""
        self._add("fault", 0, door=door, text=text)
        return self

    def _add(self, kind: str, conn: int, **more: object) -> None:
        self._at += 0.001
        where = {"stage": self.stage, "check": self.check} if kind in ("open", "note", "fault") else {}
        self.records.append(Record(round(self._at, 6), kind, conn, **where, **more))


Then = Callable[[Talk], object] | None
