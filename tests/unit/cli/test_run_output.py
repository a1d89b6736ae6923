"""What a run prints, as golden texts in golden/; `FIRSTHAND_GOLDEN=write pytest tests/unit/cli` makes them anew."""

import io
import os
from pathlib import Path

import msgspec
import pytest
import sample_runs as sample

from firsthand.cli import reporters
from firsthand.cli.card import stage_line
from firsthand.cli.narrator import Narrator, heading
from firsthand.core import events
from firsthand.core.verdicts import Verdict

GOLDEN = Path(__file__).parent / "golden"

RUNS = {
    "passed": (sample.run_of(*sample.PASSED), {}),
    "passed-verbose": (sample.run_of(*sample.PASSED), {"verbose": True}),
    "passed-one-skipped": (
        sample.run_of(*sample.PASSED[:3], sample.stage("gzip", Verdict.SKIPPED, reason="needs PostgreSQL 16.")),
        {},
    ),
    "passed-one-stage": (sample.run_of(sample.PASSED[1]), {"scope": ("--stage", "bodies")}),
    "failed": (sample.run_of(*sample.FAILED), {}),
    "failed-verbose": (sample.run_of(*sample.FAILED), {"verbose": True}),
    "failed-exited": (sample.run_of(sample.stage("status-line", Verdict.FAILED, sample.EXITED)), {}),
    "failed-evidence-not-kept": (sample.run_of(*sample.FAILED, kept=False), {}),
    "failed-in-two-stages": (
        sample.run_of(
            sample.stage("status-line", Verdict.FAILED, sample.failed_check("answers_first")),
            sample.stage("bodies", Verdict.FAILED, sample.failed_check("answers_second")),
            *sample.PASSED[2:],
        ),
        {},
    ),
    "failed-one-stage": (
        sample.run_of(sample.stage("bodies", Verdict.FAILED, sample.failed_check())),
        {"scope": ("--stage", "bodies")},
    ),
    "did-not-start": (sample.run_of(*sample.DID_NOT_START, failure=sample.START_FAILURE), {}),
    "did-not-start-again": (
        sample.run_of(
            sample.PASSED[0],
            sample.stage("bodies", Verdict.INVALID, reason="It did not start again."),
            sample.NOT_REACHED["keep-alive"],
        ),
        {},
    ),
    "could-not-judge-a-check": (
        sample.run_of(sample.stage("status-line", Verdict.ERROR, sample.passed_check(), sample.broken_check())),
        {},
    ),
    "could-not-judge-anything": (
        sample.run_of(sample.stage("status-line", Verdict.ERROR, reason="x"), failure=sample.AUTHOR_FAILURE),
        {},
    ),
}


def printed(happened: list[events.AnyEvent], *, verbose: bool = False, scope: tuple[str, ...] = ()) -> str:
    out = io.StringIO()
    around = sample.around(scope=scope)
    reporter = reporters.reporter(Narrator(around, verbose=verbose), out)
    reporters.print_heading("net-byo-http", "python", 123456, out)
    for event in happened:
        reporter.emit(event)
        reporter.tick()
    reporter.close()
    return out.getvalue()


@pytest.mark.parametrize("name", RUNS)
def test_a_run_prints_its_golden_text(name: str) -> None:
    happened, options = RUNS[name]
    text = printed(happened, **options)
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("FIRSTHAND_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_checks_are_told_in_the_order_of_the_brief_whatever_the_one_in_which_they_ran() -> None:
    happened = sample.run_of(sample.stage("bodies", Verdict.FAILED, sample.passed_check(), sample.failed_check()))
    ran = [event for event in happened if isinstance(event, events.CheckFinished)]
    first = happened.index(ran[0])
    mixed = [event for event in happened if event not in ran]
    text = printed([*mixed[:first], *reversed(ran), *mixed[first:]], verbose=True)

    assert text.index("✓ answers") < text.index("✗ keeps_the_connection_open")


def test_every_golden_text_has_its_run() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == set(RUNS)


@pytest.mark.parametrize("name", RUNS)
def test_nothing_printed_plainly_holds_an_escape_sequence(name: str) -> None:
    happened, options = RUNS[name]
    assert "\x1b" not in printed(happened, **options)


@pytest.mark.parametrize("verdict", Verdict)
def test_a_sign_never_stands_without_its_word(verdict: Verdict) -> None:
    assert verdict.on_screen in stage_line(sample.stage("bodies", verdict), 2, "Bodies").plain


def test_the_heading_leaves_out_a_language_that_is_not_known() -> None:
    assert heading("net-byo-http", "", 5).plain == "net-byo-http · seed 5"


def test_a_program_that_is_a_command_needs_nothing_that_runs_to_be_called_again() -> None:
    narrator = Narrator(sample.around(is_called=True, has_wire=False))
    words = "\n".join(line.plain for event in sample.run_of(*sample.FAILED) for line in narrator.tell(event))
    assert "It was called so; call it yourself, in your workspace:\n      curl" in words
    assert "--keep" not in words
    assert "firsthand trace" not in words


def test_a_kept_run_is_told_once_and_its_commands_work_now() -> None:
    narrator = Narrator(sample.around())
    happened = sample.run_of(*sample.FAILED)
    for event in happened[:-1]:
        narrator.tell(event)
    unfinished = msgspec.structs.replace(happened[-1].report, evidence={})
    words = "\n".join(line.plain for line in narrator.kept(unfinished))
    assert "Your program still runs. See it yourself:" in words
    assert "--keep" not in words
    assert "firsthand trace" not in words
    assert narrator.tell(happened[-1]) == []


class Gone(io.StringIO):
    """A stream whose reader has left."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.descriptor = descriptor

    def fileno(self) -> int:
        return self.descriptor

    def write(self, text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def test_a_run_that_is_repeated_tells_only_of_its_second_half_what_was_not_reached() -> None:
    happened = sample.run_of(*sample.FAILED)
    lost = [event for event in happened if not isinstance(event, events.RunFinished)]
    told = printed([*lost, events.Notice(at=1.0, text="Redis ended. The run is repeated once by itself."), *happened])

    assert told.count("not reached") == printed(happened).count("not reached") == 1
    assert "note: Redis ended." in told


def test_a_reader_who_left_does_not_stop_the_run() -> None:
    with Path(os.devnull).open("w") as target:
        reporter = reporters.reporter(Narrator(sample.around()), Gone(target.fileno()))
        for event in sample.run_of(*sample.FAILED):
            reporter.emit(event)
        assert not target.closed


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def test_a_terminal_gets_colour_a_moving_line_and_the_same_words(terminal: Terminal) -> None:
    reporter = reporters.reporter(Narrator(sample.around()), terminal)
    for event in sample.run_of(*sample.FAILED):
        reporter.emit(event)
        reporter.tick()
    reporter.close()
    text = terminal.getvalue()
    assert "\x1b[31m" in text
    assert any(frame in text for frame in reporters.FRAMES)
    for words in ("1 The first reply", "not reached", "byte 2: expected 0x63", "firsthand hint", "failed · 1 of 4"):
        assert words in text


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_that_wants_none_gets_no_colour(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    reporter = reporters.reporter(Narrator(sample.around()), terminal)
    for event in sample.run_of(*sample.FAILED):
        reporter.emit(event)
    assert "\x1b" not in terminal.getvalue()
    assert "failed · 1 of 4 stages passed" in terminal.getvalue()
