"""The report for programs: JSON by the documented schema, JUnit XML for build servers."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from firsthand.core.errors import UsageError
from firsthand.core.results import CheckResult, Report, encode
from firsthand.core.verdicts import Verdict

if TYPE_CHECKING:
    from junitparser import TestCase
    from junitparser.junitparser import FinalResult


def ensure_writable(*files: str) -> None:
    """Make sure that reports can be written there, before a run is spent on them; "" and - always can.

    Raises:
        UsageError: one cannot, or two go to the same place.
    """
    named = [file for file in files if file]
    if len(set(named)) < len(named):
        raise UsageError(f"Two reports cannot both go to {named[0]}.", advice="Name a file for one of them.")
    for file in named:
        if file != "-":
            _try(file)


def write_json(report: Report, file: str) -> None:
    """Write the report as JSON: "" is nowhere, - standard output."""
    if file == "-":
        sys.stdout.write(encode(report).decode())
        sys.stdout.flush()
    elif file:
        _write(file, encode(report))


def write_junit(report: Report, file: str) -> None:
    """Write the report as JUnit XML: "" is nowhere, - standard output."""
    if not file:
        return
    xml = junit(report)
    if file == "-":
        sys.stdout.write(xml.decode())
        sys.stdout.flush()
    else:
        _write(file, xml)


def junit(report: Report) -> bytes:
    """The report as JUnit XML: a suite per stage, a case per check."""
    from junitparser import Error, JUnitXml, TestCase, TestSuite

    xml = JUnitXml(report.lab)
    for stage in report.stages:
        suite = TestSuite(stage.id)
        for check in stage.checks:
            suite.add_testcase(_case(report.lab, stage.id, check))
        if not stage.checks:
            case = TestCase(stage.id, f"{report.lab}.{stage.id}", 0.0)
            case.result = [_result(stage.verdict, str(stage.reason or stage.verdict.on_screen))]
            suite.add_testcase(case)
        xml.add_testsuite(suite)
    if not report.stages and report.verdict is not Verdict.PASSED:
        suite = TestSuite(report.lab)
        case = TestCase("run", report.lab, 0.0)
        case.result = [Error(report.reason)]
        suite.add_testcase(case)
        xml.add_testsuite(suite)
    text: bytes = xml.tostring()  # type: ignore[no-untyped-call]
    return text


def _try(file: str) -> None:
    path = Path(file)
    try:
        existed = path.exists()
        with path.open("ab"):
            pass
        if not existed:  # a run that is interrupted must not leave an empty report
            path.unlink()
    except OSError as error:
        raise UsageError(
            f"The report cannot be written to {file}: {error.strerror}.",
            advice="Name a file in a folder that is there and that you may write to.",
        ) from None


def _case(lab: str, stage: str, check: CheckResult) -> "TestCase":
    from junitparser import TestCase

    case = TestCase(check.id, f"{lab}.{stage}", check.seconds)
    if check.verdict is not Verdict.PASSED:
        case.result = [_result(check.verdict, check.message, f"{check.rule}\n" + "\n".join(check.reproduce))]
    return case


def _result(verdict: Verdict, message: str, text: str = "") -> "FinalResult":
    from junitparser import Error, Failure, Skipped

    kind = {Verdict.FAILED: Failure, Verdict.SKIPPED: Skipped, Verdict.NOT_REACHED: Skipped}.get(verdict, Error)
    result = kind(message, str(verdict))
    result.text = text
    return result


def _write(file: str, data: bytes) -> None:
    try:
        Path(file).write_bytes(data)
    except OSError as error:  # the verdict stands all the same
        print(f"note: The report could not be written to {file}: {error.strerror}.", file=sys.stderr)
