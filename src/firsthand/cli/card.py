"""What a learner reads at the end of a run: the first failure whole, the others a line each, the verdict."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from firsthand.cli.screen import BLANK, Line, Style, line
from firsthand.core.results import CheckResult, Failure, Report, StageResult
from firsthand.core.verdicts import Verdict
from firsthand.study import invocation
from firsthand.study.failure_words import (
    NEVER_STARTED,
    NOTHING_TO_JUDGE,
    count,
    readable,
    says_both,
    seeing,
    verdict_words,
)

SIGNS: dict[Verdict, tuple[str, Style]] = {
    Verdict.PASSED: ("✓", "good"),
    Verdict.FAILED: ("✗", "bad"),
    Verdict.INVALID: ("✗", "bad"),
    Verdict.ERROR: ("!", "warn"),
    Verdict.SKIPPED: ("–", "dim"),
    Verdict.NOT_REACHED: ("–", "dim"),
}

_BAD = (Verdict.FAILED, Verdict.INVALID, Verdict.ERROR)


@dataclass(frozen=True)
class Surroundings:
    """What the words need beyond the report. `spell` makes a command that works where the reader stands."""

    spell: Callable[..., str]
    lesson: Callable[[CheckResult], tuple[str, str] | None]
    """Id and title of the lesson that teaches what a check asks for."""
    hints: Callable[[str], str]
    """How many hints of a check are left, or that all were read; empty where it has none."""
    titles: dict[str, tuple[int, str]]
    """Number and title of each stage of the lab, by id."""
    scope: tuple[str, ...] = ()
    """The options by which less or more than usual was asked for: `--stage bodies`, `--all`."""
    again: tuple[str, ...] = ()
    """The command that makes this run again; a check with its seed and scope unless told."""
    subject: str = "program"
    """What the learner writes for this lab."""
    is_called: bool = False
    """Whether the program is a command, called with words."""
    has_wire: bool = True
    """Whether what was said is worth a look."""
    kept: bool = False
    """Whether the program still runs while this is read."""
    evidence: bool = True
    """Whether the run is kept, so that it can be traced."""

    @property
    def only_stage(self) -> bool:
        """Whether a single stage was asked for."""
        return "--stage" in self.scope

    def run_again(self, report: Report, *options: str) -> str:
        """The command that makes the run again."""
        words = self.again or ("check", *self.scope, "--seed", str(report.seed))
        return self.spell(*words, *options)


def finale(report: Report, around: Surroundings) -> list[Line]:
    """Everything after the stages: failures, then the verdict on the last line."""
    lines = [*_failures(report, around)]
    return [*lines, BLANK, *verdict(report, around)]


def stage_line(result: StageResult, number: int, title: str, *, subject: str = "program") -> Line:
    """A stage that was judged, in one line."""
    sign, style = SIGNS[result.verdict]
    judged = [c for c in result.checks if c.verdict is not Verdict.SKIPPED]
    passed = sum(c.verdict is Verdict.PASSED for c in judged)
    never_started = result.verdict is Verdict.INVALID and subject in NEVER_STARTED
    words = [NOTHING_TO_JUDGE if never_started else result.verdict.on_screen]
    if result.verdict is Verdict.PASSED:
        words += [count(passed, "check"), f"{result.seconds:.2f} s"]
    elif judged:
        words += [f"{passed} of {count(len(judged), 'check')} passed", f"{result.seconds:.2f} s"]
    if result.verdict is Verdict.SKIPPED and result.reason:
        words.append(str(result.reason))
    return line((sign, style), f" {number} {title}", (f" · {' · '.join(words)}", style if style != "good" else "dim"))


def check_line(check: CheckResult, *, message: bool = True) -> Line:
    """A check in one line."""
    sign, style = SIGNS[check.verdict]
    why = f": {check.message}" if message and check.message else f" · {check.verdict.on_screen}"
    return line((sign, style), f" {check.id}", why, indent=2)


def verdict(report: Report, around: Surroundings) -> list[Line]:
    """The verdict in a line, and how to go on where it is not the learner's move."""
    sign, style = SIGNS[report.verdict]
    words = verdict_words(report, subject=around.subject, only_stage=around.only_stage)
    facts = [f"{report.seconds:.1f} s", f"seed {report.seed}"]
    if around.evidence:
        facts.append(f"run {report.run}")
    return [line((f"{sign} {words}", style), (f" · {' · '.join(facts)}", "dim")), *_ways_on_from(report, around)]


def _failures(report: Report, around: Surroundings) -> Iterator[Line]:
    if isinstance(report.failure, Failure):
        yield BLANK
        yield from _not_begun(report, report.failure)
        return
    bad = [(stage, check) for stage in report.stages for check in stage.checks if check.verdict in _BAD]
    for stage in report.stages:
        if stage.verdict in _BAD and not stage.checks:
            yield BLANK
            yield line(("✗ ", "bad"), (str(stage.reason or stage.verdict.on_screen), "strong"))
    if bad:
        yield BLANK
        yield from _whole(*bad[0], report, around)
    if len(bad) > 1:
        yield BLANK
        yield line(("Also:", "dim"))
        yield from (check_line(check) for _, check in bad[1:])


def _not_begun(report: Report, failure: Failure) -> Iterator[Line]:
    sign, style = SIGNS[report.verdict]
    yield line((f"{sign} ", style), (failure.message, "strong"))
    if failure.where:
        yield line(("where     ", "dim"), failure.where, indent=2, verbatim=True)
    if failure.remark:
        yield line(invocation.spelt(failure.remark), indent=2)
    yield from _block("It printed last:", failure.output)


def _whole(stage: StageResult, check: CheckResult, report: Report, around: Surroundings) -> Iterator[Line]:
    number, title = around.titles.get(stage.id, (0, stage.id))
    sign, style = SIGNS[check.verdict]
    yield line((f"{sign} {check.id}", style), (f" · stage {number}, {title}", "dim"))
    yield line((check.rule, "strong"), indent=2)
    failure = check.failure if isinstance(check.failure, Failure) else Failure(kind="mismatch", message=check.message)
    failure = readable(failure)
    yield BLANK
    yield from _what_happened(failure)
    if check.verdict is Verdict.FAILED:
        yield from _see_it(check, report, around)
    yield from _block("Your program printed last:", failure.output)
    if check.verdict is Verdict.FAILED:
        yield BLANK
        yield from _ways_on(check, around)


def _what_happened(failure: Failure) -> Iterator[Line]:
    yield line(failure.message, indent=2)
    if failure.where:
        yield line(("where     ", "dim"), failure.where, indent=2, verbatim=True)
    if failure.expected and failure.got and not says_both(failure):
        yield BLANK
        yield line(("expected  ", "dim"), failure.expected, indent=4)
        yield line(("got       ", "dim"), failure.got, indent=4)
    if failure.detail:
        yield BLANK
        yield from (line(row, indent=4, verbatim=True) for row in failure.detail.splitlines())
    if failure.remark:
        yield BLANK
        yield line(invocation.spelt(failure.remark), indent=2)


def _see_it(check: CheckResult, report: Report, around: Surroundings) -> Iterator[Line]:
    if not check.reproduce:
        return
    yield BLANK
    words = seeing(around.subject, is_called=around.is_called)
    yield line(words.still if around.kept else words.asked, indent=2)
    yield from (line((command, "code"), indent=6, verbatim=True) for command in check.reproduce)
    if words.keep_running and not around.kept:
        yield line(f"To ask it yourself, {words.keep_running}:", indent=2)
        keep = around.run_again(report, "--keep")
        yield line((keep, "code"), indent=6, verbatim=True)


def _ways_on(check: CheckResult, around: Surroundings) -> Iterator[Line]:
    ways = []
    lesson = around.lesson(check)
    if lesson is not None:
        ways.append(("learn", around.spell("lesson", lesson[0]), lesson[1]))
    hints = around.hints(check.id)
    if hints:
        ways.append(("hint", around.spell("hint"), hints))
    if around.evidence and not around.kept and around.has_wire:  # written when the run has ended
        ways.append(("wire", around.spell("trace", "--check", check.id), "what was said, byte for byte"))
    width = max((len(command) for _, command, _ in ways), default=0)
    for name, command, about in ways:
        yield line((f"{name:<7}", "dim"), (f"{command:<{width}}", "code"), (f"  {about}", "dim"), indent=2)


def _block(heading: str, text: str) -> Iterator[Line]:
    if text.strip():
        yield BLANK
        yield line(heading, indent=2)
        yield from (line((row, "dim"), indent=6, verbatim=True) for row in text.rstrip("\n").splitlines())


def _ways_on_from(report: Report, around: Surroundings) -> list[Line]:
    """What to do next, where the verdict itself asks for it."""
    if report.verdict is Verdict.ERROR:
        again = around.run_again(report)
        more = line("This is not your fault and nothing was lost. Run again: ", (again, "code"))
        return [replace(more, verbatim=True)]
    skipped = any(stage.verdict is Verdict.SKIPPED for stage in report.stages)
    if report.verdict is Verdict.PASSED and around.only_stage and not skipped:
        return [line("One stage alone does not pass the lab; this checks it whole: ", (around.spell("check"), "code"))]
    return []
