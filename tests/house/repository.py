"""What the house tests look at: the repository's files, and Python sources as trees."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/firsthand"
PYTHON = ROOT / ".venv/bin/python"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files() -> tuple[Path, ...]:
    """Every file that is committed or could be, but the content that is wrong on purpose."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    named = [ROOT / name for name in listed.split("\0") if name]
    return tuple(sorted(f for f in named if f.is_file() and not f.is_relative_to(ROOT / "tests/content")))


def below(*folders: str, suffix: str = "") -> list[Path]:
    """The repository's files in these folders (`""` for all), by suffix."""
    return [f for f in files() if f.suffix == suffix or not suffix if _in(f, folders)]


def lab_code() -> list[Path]:
    """The Python of labs that is ours: what they share, and their checks."""
    return [f for f in below("paths", suffix=".py") if f.name in {"kit.py", "checks.py"}]


def _in(file: Path, folders: tuple[str, ...]) -> bool:
    return any(file.is_relative_to(ROOT / folder) for folder in folders)


def name(file: Path) -> str:
    """The file as messages name it."""
    return str(file.relative_to(ROOT))


@cache
def tree(file: Path) -> ast.Module:
    """The file, parsed."""
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def functions(file: Path) -> Iterator[tuple[str, Function]]:
    """Every function and method of a file with its name, classes before a dot."""
    yield from _functions(tree(file), "")


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | Function):
            full = f"{prefix}{child.name}"
            if not isinstance(child, ast.ClassDef):
                yield full, child
            yield from _functions(child, f"{full}.")
        else:
            yield from _functions(child, prefix)


def inner(function: Function) -> Iterator[ast.AST]:
    """All nodes of a function but those of functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function):
            waiting.extend(ast.iter_child_nodes(node))


def called(node: ast.AST) -> str:
    """The dotted name that a call calls, `""` for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    return ast.unparse(node.func)
