"""Runs made by hand, as lists of events, for the tests of what is printed."""

from firsthand.cli.card import Surroundings
from firsthand.core import events
from firsthand.core.results import SCHEMA_VERSION, CheckResult, Failure, Report, StageResult
from firsthand.core.verdicts import Verdict, run_verdict

STAGES = (("status-line", "The first reply"), ("bodies", "Bodies"), ("keep-alive", "Keep-alive"), ("gzip", "Gzip"))
RUN = "20261122-143501-a3f9"


def spell(*words: str) -> str:
    return " ".join(["firsthand", *words])


def around(**changes) -> Surroundings:
    facts = {
        "spell": spell,
        "lesson": lambda check: ("net/keep-alive", "Connections that stay open") if check.proves else None,
        "hints": lambda check: "" if check == "no_hints" else "3 left",
        "titles": {name: (number, title) for number, (name, title) in enumerate(STAGES, 1)},
    }
    return Surroundings(**{**facts, **changes})


def passed_check(name: str = "answers") -> CheckResult:
    return CheckResult(name, Verdict.PASSED, ["NET-04"], "", "A request is answered (brief).", [], 0.01)


def failed_check(name: str = "keeps_the_connection_open", **facts) -> CheckResult:
    failure = Failure(
        **{
            "kind": "mismatch",
            "message": 'Body: expected "abc", got "abX".',
            "expected": '"abc"',
            "got": '"abX"',
            "detail": "expected  abc\ngot       abX\n            ^ byte 2: expected 0x63 (c), got 0x58 (X)",
            "remark": "Did you close the socket after the first reply?",
            "reproduce": ["curl --http1.1 -i --path-as-is http://127.0.0.1:20123/echo/abc"],
            **facts,
        }
    )
    return CheckResult(
        id=name,
        verdict=Verdict.FAILED,
        proves=["NET-11"],
        message=failure.message,
        rule="After a reply, the same connection serves the next request (RFC 9112, 9.3).",
        reproduce=failure.reproduce,
        seconds=0.02,
        failure=failure,
    )


def broken_check() -> CheckResult:
    failure = Failure(
        kind="author",
        message="The check is_broken is broken, which is not your fault. ZeroDivisionError: division by zero",
        where="/content/labs/x/stages/01-a/checks.py:12",
    )
    return CheckResult("is_broken", Verdict.ERROR, [], failure.message, "A rule (brief).", [], 0.0, failure)


def stage(name: str, verdict: Verdict, *checks: CheckResult, reason: str = "") -> StageResult:
    if reason:
        return StageResult(name, verdict, 0.1234, list(checks), reason)
    return StageResult(name, verdict, 0.1234, list(checks))


def report(*stages: StageResult, failure: Failure | None = None, reason: str = "", kept: bool = True) -> Report:
    facts = {"failure": failure} if failure else {}
    return Report(
        schema=SCHEMA_VERSION,
        run=RUN,
        lab="net-byo-http",
        language="python",
        seed=123456,
        started="2026-11-22T14:35:01Z",
        verdict=run_verdict(s.verdict for s in stages),
        reason=reason,
        digest="d" * 64,
        lab_digest="e" * 64,
        tier="plain",
        limits=[],
        seconds=1.234,
        servers=[],
        stages=list(stages),
        evidence={"wire": "/data/wire.jsonl", "report": "/data/report.json"} if kept else {},
        **facts,
    )


def run_of(*stages: StageResult, failure: Failure | None = None, kept: bool = True) -> list[events.AnyEvent]:
    """The events of a run whose stages ended so."""
    happened: list[events.AnyEvent] = [
        events.RunStarted(0.0, RUN, "net-byo-http", "Build your own HTTP server", "python", 123456, "plain", [*STAGES]),
        events.Notice(0.01, "the.sock was left out: it is a socket."),
        events.BuildStarted(0.02, "make all"),
        events.BuildFinished(0.03, 0.5, False),
        events.ProgramStarted(0.05, "web", 1, 4711, "127.0.0.1:20123", 0.08),
    ]
    titles = dict(STAGES)
    for result in stages:
        if result.checks:
            happened.append(events.StageStarted(0.1, result.id, titles[result.id], len(result.checks)))
        for check in result.checks:
            happened.append(events.CheckStarted(0.1, result.id, check.id, check.rule))
            happened.append(events.CheckFinished(0.1, result.id, check))
        happened.append(events.StageFinished(0.2, titles[result.id], result))
    happened.append(events.ProgramStopped(1.1, "web", 1, "stopped", 0))
    happened.append(events.RunFinished(1.2, report(*stages, failure=failure, kept=kept)))
    return happened


PASSED = [stage(name, Verdict.PASSED, passed_check(), passed_check("answers_again")) for name, _ in STAGES]
NOT_REACHED = {name: stage(name, Verdict.NOT_REACHED) for name, _ in STAGES}

FAILED = [
    PASSED[0],
    stage(
        "bodies",
        Verdict.FAILED,
        passed_check(),
        failed_check(),
        failed_check("reads_chunks", message="The connection was closed early."),
    ),
    NOT_REACHED["keep-alive"],
    NOT_REACHED["gzip"],
]
EXITED = failed_check(
    "answers", kind="exited", detail="", reproduce=[], remark="", output="Traceback:\n  line 1\nKeyError: 'PORT'"
)
DID_NOT_START = [stage("status-line", Verdict.INVALID, reason="The program does not listen on port 20123."),
                 *(NOT_REACHED[name] for name, _ in STAGES[1:])]  # fmt: skip
START_FAILURE = Failure(
    kind="exited",
    message="The program does not listen on port 20123.",
    remark="It must listen on the port that the environment variable PORT names.",
    output="listening on 8080",
)
AUTHOR_FAILURE = Failure(
    kind="author", message="This is not Python: invalid syntax.", where="/content/labs/x/stages/01-a/checks.py:3"
)
