"""Imports keep their direction, and what must start quickly stays light."""

import ast
import subprocess
from pathlib import Path

import pytest

from house.repository import PYTHON, ROOT, SOURCE, below, name, tree


def test_imports_go_one_way_and_every_room_has_its_place() -> None:
    found = subprocess.run([PYTHON.parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True)

    assert found.returncode == 0, found.stdout + found.stderr


def test_core_imports_nothing_of_ours() -> None:
    foreign = [
        f"{name(file)}:{node.lineno} imports {module}"
        for file in below("src/firsthand/core", suffix=".py")
        for node in ast.walk(tree(file))
        for module in _imported(node)
        if module.startswith("firsthand") and not module.startswith("firsthand.core")
    ]

    assert foreign == []


@pytest.mark.parametrize("room", ["core", "content", "bench", "history", "learning", "proof"])
def test_rooms_below_the_edges_know_neither_click_nor_rich_nor_a_web_framework(room: str) -> None:
    forbidden = ("click", "rich", "django", "ninja", "uvicorn")
    foreign = [
        f"{name(file)}:{node.lineno} imports {module}"
        for file in below(f"src/firsthand/{room}", suffix=".py")
        for node in ast.walk(tree(file))
        for module in _imported(node)
        if module.partition(".")[0] in forbidden
    ]

    assert foreign == []


def test_no_import_is_relative() -> None:
    relative = [
        f"{name(file)}:{node.lineno}"
        for file in below("src", suffix=".py")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []


def test_the_version_is_answered_before_click_is_imported() -> None:
    loaded = _loaded("import sys; sys.argv = ['firsthand', '--version']; from firsthand.__main__ import main; main()")

    assert loaded.isdisjoint({"click", "rich", "msgspec", "asyncio", "firsthand.cli"}), sorted(loaded)


def test_check_loads_nothing_that_only_other_commands_need_and_rich_not_before_it_is_needed() -> None:
    heavy = {"django", "numpy", "fsrs", "icalendar", "rich", "junitparser"}
    loaded = _loaded("import firsthand.cli.check, firsthand.cli.grading, firsthand.study.memory")

    assert "click" in loaded, "the test looks at the right modules"
    assert loaded.isdisjoint(heavy), sorted(loaded & heavy)


def test_the_plan_is_made_without_numpy_and_without_a_calendar() -> None:
    loaded = _loaded("import firsthand.cli.next, firsthand.cli.plan, firsthand.cli.status, firsthand.study.outlook")

    assert "firsthand.learning.plan" in loaded, "the test looks at the right modules"
    assert loaded.isdisjoint({"numpy", "fsrs", "icalendar"}), sorted(loaded & {"numpy", "fsrs", "icalendar"})


def test_every_package_says_what_it_is_for() -> None:
    silent = [name(f) for f in below("src", "packages", "scripts", suffix=".py") if not ast.get_docstring(tree(f))]

    assert silent == []


def test_no_room_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "shared"}
    found = [name(f) for f in below("src", suffix=".py") if drawers & {*f.relative_to(SOURCE).parts, f.stem}]

    assert found == []


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module]
    return []


def _loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after running this."""
    ask = f"{code}\nimport sys; print('\\n'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([PYTHON, "-P", "-c", ask], capture_output=True, text=True, cwd=Path("/"))
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())
