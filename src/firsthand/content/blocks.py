"""Takes a page of Markdown apart: prose, code, code that is run and what it prints, files, and diagrams."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from firsthand.content.findings import Finding, Kind, Report, nearest

BlockKind = Literal["code", "run", "file", "output", "diagram"]

RUN_LANGUAGES = ("python", "js", "sh", "sql")
"""The languages of code that is run."""
EXIT_CODE_MAX = 255
DIAGRAM_COLUMNS_MAX = 78
"""So wide a drawing fits a terminal of 80 columns."""
BLOCK_CHARACTERS_MAX = 65_536
"""Longer code is no example any more."""

_OPENS = re.compile(r"(?P<indent>[ \t]*(?:[-*+>][ \t]+)*)(?P<fence>`{3,}(?=[^`]*$)|~{3,})[ \t]*(?P<info>.*?)[ \t]*")
_FILE_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)*")
_SPECIAL = re.compile(r"run|output|file=.*|exit=.*")
_NOT_A_WORD = "The words that a block may have: run, exit=1, file=NAME, output; and diagram, with its sentence."


@dataclass(frozen=True)
class Prose:
    """Markdown between the blocks."""

    text: str
    line: int
    """Of the page's file, from 1."""


@dataclass(frozen=True)
class Block:
    """What stands between two fences.

    `code` is shown; `run` is run as well, and `output`, directly behind it, is what it prints; `file` is written into
    the page's folder for later runs; `diagram` is a drawing.
    """

    kind: BlockKind
    text: str
    """Ends with a line feed unless it is empty."""
    line: int
    """Of the opening fence in the page's file, from 1; the text begins on the next one."""
    language: str = ""
    """As it is written behind the fence, such as `python`; empty where nothing is."""
    exit_code: int = 0
    """With which a run has to end."""
    file: str = ""
    """The name of a file, below the page's folder."""
    sentence: str = ""
    """What a diagram shows, for those who cannot see it."""


Part = Prose | Block


def read_parts(markdown: str, *, file: Path = Path(), line: int = 1, report: Report | None = None) -> tuple[Part, ...]:
    """The parts of a page in order. Mistakes are told, if anybody listens; a block with one is taken for plain code.

    Args:
        markdown: the page without its front matter.
        file: where it stands, for findings.
        line: the line of that file on which it begins.
        report: takes the findings.
    """
    return tuple(_Reading(markdown, file, line, report or (lambda _finding: None)).parts())


class _Reading:
    def __init__(self, markdown: str, file: Path, line: int, report: Report) -> None:
        self._lines = re.findall(r"[^\n]*\n|[^\n]+", markdown)
        self._file = file
        self._first = line
        self._report = report

    def parts(self) -> Iterator[Part]:
        after_run = False
        began = at = 0
        while at < len(self._lines):
            opened = _OPENS.fullmatch(self._lines[at].rstrip("\r\n"))
            if opened is None:
                at += 1
                continue
            end = self._end_of(opened["fence"], at)
            if opened["indent"]:
                self._refuse_indented(opened["info"], at)
                at = end
                continue
            prose = "".join(self._lines[began:at])
            if prose.strip():
                yield Prose(prose, self._first + began)
                after_run = False
            block = self._block(opened["info"], opened["fence"], at, end, after_run=after_run)
            yield block
            after_run = block.kind == "run"
            began = at = end
        if "".join(self._lines[began:]).strip():
            yield Prose("".join(self._lines[began:]), self._first + began)

    def _end_of(self, fence: str, at: int) -> int:
        """The line behind the closing fence."""
        closes = re.compile(rf"[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*")
        for later in range(at + 1, len(self._lines)):
            if closes.fullmatch(self._lines[later].rstrip("\r\n")):
                return later + 1
        self._tell(at, Kind.BLOCK_NOT_CLOSED, "The block that begins here is never closed.", f"Close it with {fence}.")
        return len(self._lines)

    def _block(self, info: str, fence: str, at: int, end: int, *, after_run: bool) -> Block:
        closed = self._lines[end - 1].strip().startswith(fence) and end - 1 > at
        text = "".join(self._lines[at + 1 : end - closed])
        block = self._worded(Block("code", text, self._first + at), info, at)
        if len(text) > BLOCK_CHARACTERS_MAX:
            self._tell(
                at, Kind.BLOCK_WORD, f"This block has more than {BLOCK_CHARACTERS_MAX:,} characters.", "Split it."
            )
        if block.kind == "output" and not after_run:
            advice = "Put it directly behind the block that prints it, and give that one the word run."
            self._tell(at, Kind.BLOCK_OUTPUT, "No run block stands before this output.", advice)
        if block.kind == "diagram":
            self._check_drawing(block, at)
        return block

    def _worded(self, block: Block, info: str, at: int) -> Block:
        """The block as the words behind its fence make it."""
        language, _, rest = info.partition(" ")
        if language == "diagram":
            if not rest.strip():
                advice = "Write one behind the word: it is read to those who cannot see the picture."
                self._tell(at, Kind.DIAGRAM_SENTENCE, "This diagram has no sentence that says what it shows.", advice)
            return replace(block, kind="diagram", language=language, sentence=rest.strip())
        if _SPECIAL.fullmatch(language):
            advice = f"Write the language first, such as ```python {language}."
            self._tell(at, Kind.BLOCK_WORD, f"{language} stands where the language belongs.", advice)
            return block
        plain = block = replace(block, language=language)
        for word in rest.split():
            worded = self._with_word(block, word, at)
            if worded is None:
                return plain
            block = worded
        return self._sensible(block, plain, at)

    def _with_word(self, block: Block, word: str, at: int) -> Block | None:
        name, _, value = word.partition("=")
        if word in ("run", "output"):
            if block.kind != "code":
                self._tell(
                    at, Kind.BLOCK_WORD, f"{block.kind} and {word} do not go together.", "Make two blocks of it."
                )
                return None
            return replace(block, kind="run" if word == "run" else "output")
        if name == "exit" and value.isdecimal() and int(value) <= EXIT_CODE_MAX:
            return replace(block, exit_code=int(value))
        if name == "file" and value:
            if block.kind != "code":
                advice = "Write the file first, and run it in a block `sh run`."
                self._tell(at, Kind.BLOCK_WORD, f"{block.kind} and file do not go together.", advice)
                return None
            return replace(block, kind="file", file=value)
        close = nearest(name, ["run", "output", "exit", "file", "diagram"])
        advice = f"Did you mean {close}? {_NOT_A_WORD}" if close and close != name else _NOT_A_WORD
        self._tell(at, Kind.BLOCK_WORD, f'The word "{word}" is not known behind a fence.', advice)
        return None

    def _sensible(self, block: Block, plain: Block, at: int) -> Block:
        """The block, or plain code, told, where its words say what cannot be."""
        if block.kind == "run" and block.language not in RUN_LANGUAGES:
            close = {"javascript": "js", "node": "js", "bash": "sh", "shell": "sh", "py": "python"}.get(block.language)
            advice = f"Write {close}." if close else f"What can be run: {', '.join(RUN_LANGUAGES)}."
            self._tell(at, Kind.BLOCK_WORD, f'Code in "{block.language}" cannot be run here.', advice)
            return plain
        if block.exit_code and block.kind != "run":
            self._tell(at, Kind.BLOCK_WORD, "Only a run block ends with an exit code.", "Add run, or take exit= out.")
            return plain
        if block.kind == "file" and not _stays_inside(block.file):
            advice = "Name it below the page's own folder, such as file=app.py or file=notes/a.txt."
            self._tell(at, Kind.BLOCK_FILE, f'"{block.file}" is no name for a file of this page.', advice)
            return plain
        return block

    def _check_drawing(self, block: Block, at: int) -> None:
        for number, row in enumerate(block.text.splitlines(), at + 1):
            if "\t" in row:
                advice = "Write spaces: a tab has another width everywhere."
                self._tell(number, Kind.DIAGRAM_TAB, "There is a tab in this diagram.", advice)
            elif len(row.rstrip()) > DIAGRAM_COLUMNS_MAX:
                message = f"This line of the diagram is {len(row.rstrip())} columns wide."
                self._tell(number, Kind.DIAGRAM_WIDE, message, f"Make it {DIAGRAM_COLUMNS_MAX} at most.")

    def _refuse_indented(self, info: str, at: int) -> None:
        words = info.split()
        if "diagram" in words[:1] or any(_SPECIAL.fullmatch(word) for word in words[1:]):
            advice = "Move it to the margin, out of the list or quotation."
            self._tell(at, Kind.BLOCK_WORD, "A block that is run or drawn cannot be indented.", advice)

    def _tell(self, at: int, kind: Kind, message: str, advice: str) -> None:
        self._report(Finding(self._file, self._first + at, message, advice, kind))


def _stays_inside(name: str) -> bool:
    return bool(_FILE_NAME.fullmatch(name)) and not {".", ".."} & set(PurePosixPath(name).parts)
