"""Bugs: each is a readable patch named after a check; each check has one, each stage one that leaves it out."""

import re
from collections.abc import Iterator
from pathlib import Path

from firsthand.content.findings import Finding, Kind, Report, nearest
from firsthand.content.model import Lab
from firsthand.content.reading_labs import SLUG, LabRead
from firsthand.content.source import read_text

ABSENT = "absent"
"""With this the slug of a bug begins that takes a stage's whole feature away."""

_NAME = re.compile(rf"([A-Za-z_][A-Za-z0-9_]*)--({SLUG})\.patch")
_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_OLD = re.compile(r"--- (a/\S|/dev/null)")
_NEW = re.compile(r"\+\+\+ (b/\S|/dev/null)")
_MORE = re.compile(r"[ +]|-(?!--? )")
_END = "\0"


def bug_name(file: Path) -> tuple[str, str]:
    """The check and the slug that a patch is named after; two empty words when it is not named so."""
    found = _NAME.fullmatch(file.name)
    return (found[1], found[2]) if found else ("", "")


def check_bugs(read: LabRead, whole: bool, report: Report) -> None:
    """All that can be said of a lab's bugs without running them; nothing where the solutions are not installed."""
    lab = read.lab
    if lab.solutions_folder is None:
        return
    ids = [check.id for stage in lab.stages for check in stage.checks]
    named = []
    for file in _files(lab.solutions_folder / "bugs", lab, report):
        check, slug = bug_name(file)
        if not check:
            advice = "Its form is <check>--<what is wrong>.patch."
            report(Finding(file, 0, f"{file.name} is no name for a bug.", advice, Kind.BUG_NAME))
        elif whole and check not in ids:
            close = nearest(check, ids)
            advice = f"Did you mean {close}--{slug}.patch?" if close else "Name it after the check that catches it."
            report(Finding(file, 0, f"The lab has no check {check}.", advice, Kind.BUG_NAME))
        named.append((check, slug))
        _patch(file, report)
    if whole:
        _covered(read, named, report)


def _files(parent: Path, lab: Lab, report: Report) -> Iterator[Path]:
    if not parent.is_dir():
        return
    for folder in sorted(p for p in parent.iterdir() if p.is_dir()):
        if folder.name not in lab.solutions():
            message = f"There are bugs in {folder.name} but no solution to plant them in."
            report(Finding(folder, 0, message, f"Write solutions/{folder.name}/.", Kind.BUG_LANGUAGE))
        yield from sorted(f for f in folder.iterdir() if f.is_file() and not f.name.startswith("."))


def _covered(read: LabRead, named: list[tuple[str, str]], report: Report) -> None:
    checks = {check for check, _ in named}
    absent = {check for check, slug in named if slug.split("-")[0] == ABSENT}
    for stage, table in zip(read.lab.stages, read.stage_tables, strict=True):
        for check in stage.checks:
            if check.id not in checks:
                message = f"No bug shows that the check {check.id} catches anything."
                advice = f"Plant one: bugs/<language>/{check.id}--<what is wrong>.patch."
                report(Finding(check.file, check.line, message, advice, Kind.CHECK_WITHOUT_BUG))
        if stage.checks and not absent.intersection(check.id for check in stage.checks):
            message = f'No bug takes the feature of the stage "{stage.id}" away.'
            advice = f"Plant one: bugs/<language>/{stage.checks[0].id}--{ABSENT}.patch."
            table.tell(Kind.STAGE_WITHOUT_ABSENT_BUG, message, advice=advice)


def _patch(file: Path, report: Report) -> None:
    text = read_text(file, report)
    if text is None:
        return
    line, what = diff_mistake(text)
    if what:
        advice = "Make it with `firsthand author bug new`."
        report(Finding(file, line, f"This is not a unified diff: {what}.", advice, Kind.BUG_NOT_A_DIFF))


def diff_mistake(text: str) -> tuple[int, str]:
    """What keeps a text from being a unified diff in git's style, with its line; (0, "") when it is one."""
    lines = text.removesuffix("\n").split("\n")
    at, files = 0, 0
    while at < len(lines):
        if _HUNK.match(lines[at]):
            return at + 1, "a hunk stands before any file"
        if not lines[at].startswith("--- "):
            at += 1  # git's own lines, or words of the author
            continue
        if not _OLD.match(lines[at]) or not _NEW.match(_line(lines, at + 1)):
            return at + 1, "expected a line `--- a/file` and a line `+++ b/file`"
        if not _HUNK.match(_line(lines, at + 2)):
            return min(at + 3, len(lines)), "expected a hunk that begins with @@"
        at += 2
        while found := _HUNK.match(_line(lines, at)):
            began = at
            at, what = _hunk(lines, at + 1, int(found[1] or 1), int(found[2] or 1))
            if what:
                return began + 1, what
        files += 1
    return (0, "") if files else (1, "it names no file")


def _line(lines: list[str], at: int) -> str:
    return lines[at] if at < len(lines) else _END


def _hunk(lines: list[str], at: int, old: int, new: int) -> tuple[int, str]:
    """Walk over a hunk's lines, so many of the old file and of the new: where it ends, and what is wrong with it."""
    while old > 0 or new > 0:
        sign = _line(lines, at)[:1]
        if sign not in (" ", "+", "-", "", "\\"):
            return at, "this hunk announces more lines than it has"
        old -= sign in (" ", "-", "")
        new -= sign in (" ", "+", "")
        at += 1
    if _line(lines, at).startswith("\\"):
        at += 1
    if min(old, new) < 0 or _MORE.match(_line(lines, at)):
        return at, "this hunk has more lines than it announces"
    return at, ""
