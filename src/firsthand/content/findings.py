"""What is wrong with content: the kinds of mistakes, and one mistake with its place."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from firsthand.core.errors import ContentError


class Kind(StrEnum):
    """Every kind of mistake that reading or linting can tell; each has a case under tests/content/broken."""

    # Any file
    MISSING_FILE = "missing-file"
    EMPTY_FILE = "empty-file"
    NOT_UTF8 = "not-utf8"
    SYNTAX = "syntax"
    UNKNOWN_KEY = "unknown-key"
    MISSING_KEY = "missing-key"
    WRONG_TYPE = "wrong-type"
    BAD_VALUE = "bad-value"
    FRONT_MATTER = "front-matter"
    FILE_NAME = "file-name"
    FOLDER_NAME = "folder-name"
    # Paths, units, competencies, courses, lessons
    DUPLICATE = "duplicate"
    UNKNOWN_PATH = "unknown-path"
    UNKNOWN_UNIT = "unknown-unit"
    UNKNOWN_COMPETENCY = "unknown-competency"
    UNLISTED_UNIT = "unlisted-unit"
    UNIT_CODE = "unit-code"
    UNIT_CYCLE = "unit-cycle"
    COMPETENCY_ID = "competency-id"
    COMPETENCY_CYCLE = "competency-cycle"
    COURSE_LENGTH = "course-length"
    COURSE_DATE = "course-date"
    COURSE_URL = "course-url"
    COMPETENCY_UNPROVED = "competency-unproved"
    LESSON_TEACHES_NOTHING = "lesson-teaches-nothing"
    # Blocks of a lesson
    BLOCK_NOT_CLOSED = "block-not-closed"
    BLOCK_WORD = "block-word"
    BLOCK_OUTPUT = "block-output"
    BLOCK_FILE = "block-file"
    DIAGRAM_SENTENCE = "diagram-sentence"
    DIAGRAM_WIDE = "diagram-wide"
    DIAGRAM_TAB = "diagram-tab"
    # What its blocks do when they are run
    RUN_OUTPUT = "run-output"
    RUN_EXIT = "run-exit"
    RUN_TIME = "run-time"
    RUN_LEFT = "run-left"
    # Glossary
    TERM_MEANS = "term-means"
    # Questions
    QUESTION_ID = "question-id"
    QUESTION_UNIT = "question-unit"
    QUESTION_OPTIONS = "question-options"
    QUESTION_RIGHT = "question-right"
    QUESTION_ITEMS = "question-items"
    QUESTION_REPEATS = "question-repeats"
    QUESTION_EXAMPLE = "question-example"
    # What is planned
    PLANNED_EXISTS = "planned-exists"
    # Labs
    LAB_PROVES_NOTHING = "lab-proves-nothing"
    LAB_PROVES_UNCOVERED = "lab-proves-uncovered"
    LAB_PROVES_QUESTION = "lab-proves-question"
    VARIABLE_NAME = "variable-name"
    VARIABLE_VALUE = "variable-value"
    NO_PORT = "no-port"
    STARTER_MISSING = "starter-missing"
    STARTER_STAGE = "starter-stage"
    STARTER_CHECK = "starter-check"
    NO_PROCFILE = "no-procfile"
    SOLUTION_WITHOUT_STARTER = "solution-without-starter"
    # Stages
    STAGE_FOLDER_MISSING = "stage-folder-missing"
    STAGE_FOLDER_EXTRA = "stage-folder-extra"
    STAGE_FOLDER_NUMBER = "stage-folder-number"
    STAGE_WITHOUT_CHECK = "stage-without-check"
    STAGE_WITHOUT_ABSENT_BUG = "stage-without-absent-bug"
    # Checks and their hints
    PYTHON_SYNTAX = "python-syntax"
    CHECK_NOT_CALLED = "check-not-called"
    CHECK_NOT_ASYNC = "check-not-async"
    CHECK_WITHOUT_RULE = "check-without-rule"
    RULE_WITHOUT_SOURCE = "rule-without-source"
    PROVES_NOT_LITERAL = "proves-not-literal"
    PROVES_UNDECLARED = "proves-undeclared"
    PARAMETER_WITHOUT_TYPE = "parameter-without-type"
    DUPLICATE_FUNCTION = "duplicate-function"
    CHECK_WITHOUT_HINTS = "check-without-hints"
    HINTS_UNKNOWN_CHECK = "hints-unknown-check"
    HINTS_COUNT = "hints-count"
    # Bugs
    BUG_NAME = "bug-name"
    BUG_LANGUAGE = "bug-language"
    BUG_NOT_A_DIFF = "bug-not-a-diff"
    CHECK_WITHOUT_BUG = "check-without-bug"


@dataclass(frozen=True, order=True)
class Finding:
    """One mistake of an author: where it is, what it is, and what to do."""

    file: Path
    line: int
    """From 1; 0 when a whole file or folder is meant."""
    message: str
    advice: str
    kind: Kind

    @property
    def where(self) -> str:
        """`file:line`, as editors and terminals make it a link."""
        return f"{self.file}:{self.line}" if self.line else str(self.file)

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" + (f" {self.advice}" if self.advice else "")


Report = Callable[[Finding], None]
"""Takes a finding: raises it, or collects it, after which reading goes on with a harmless value."""


def stop_at_first(finding: Finding) -> None:
    """Raise the finding as a ContentError: for whoever wants content that can be used, or none."""
    raise ContentError(finding.message, file=finding.file, line=finding.line, advice=finding.advice)


def nearest(word: str, known: list[str]) -> str:
    """The known word that is close enough to be what was meant, or ""."""
    from difflib import get_close_matches  # only needed once something is wrong

    return next(iter(get_close_matches(word, known, n=1, cutoff=0.6)), "")
