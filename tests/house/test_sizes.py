"""Functions and modules stay small enough to be read at once."""

from house.repository import below, functions, lab_code, name

FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 400
MODULE_LINES_END = 700

LONG_MODULES: set[str] = set()
"""Modules between the two, each with its reason beside it."""


CODE = ("src", "scripts", "packages", "benchmarks", "tests")


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{name(file)}:{node.lineno} {function} has {lines} lines"
        for file in [*below(*CODE, suffix=".py"), *lab_code()]
        for function, node in functions(file)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]

    assert long == []


def test_modules_stay_short_but_for_a_listed_few() -> None:
    sizes = {name(f): len(f.read_text(encoding="utf-8").splitlines()) for f in below("src", "scripts", suffix=".py")}
    long = {file for file, lines in sizes.items() if lines > MODULE_LINES_MAX}

    assert long == LONG_MODULES


def test_no_module_is_longer_than_the_end() -> None:
    long = [
        f"{name(file)} has {lines} lines"
        for file in [*below(*CODE, suffix=".py"), *lab_code()]
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > MODULE_LINES_END
    ]

    assert long == []
