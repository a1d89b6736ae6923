"""Tries a regular expression in a process of its own, which may be killed: run by questions.py, never imported."""

import json
import re
import resource
import sys

RIGHT, WRONG, NO_PATTERN = 10, 11, 12
"""Exit codes that Python itself never uses. With the last, what is wrong with it stands on standard output."""


def main() -> int:
    """Read what to try from standard input; whether all that must match does, and nothing else."""
    asked = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["cpu_s"], asked["cpu_s"]))
    resource.setrlimit(resource.RLIMIT_AS, (asked["bytes_max"], asked["bytes_max"]))
    try:
        pattern = re.compile(asked["pattern"])
    except (re.error, RecursionError, OverflowError, MemoryError) as error:
        print(error)
        return NO_PATTERN
    try:
        fits = all(map(pattern.search, asked["must_match"])) and not any(map(pattern.search, asked["must_not_match"]))
    except (RecursionError, MemoryError):
        return WRONG
    return RIGHT if fits else WRONG


if __name__ == "__main__":
    sys.exit(main())
