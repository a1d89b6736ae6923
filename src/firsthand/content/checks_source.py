"""Reads which checks a checks.py declares, without running it."""

import ast
import re
import warnings
from collections.abc import Mapping
from pathlib import Path

from firsthand.content.findings import Finding, Kind, Report
from firsthand.content.model import CheckDeclaration
from firsthand.content.source import read_text

Function = ast.FunctionDef | ast.AsyncFunctionDef

_SOURCE_AT_END = re.compile(r"\S \(.+\)\.?")


def parse_python(file: Path, report: Report) -> ast.Module | None:
    """The syntax tree of a Python file; None, told, when there is none."""
    text = read_text(file, report)
    if text is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, filename=str(file))
    except SyntaxError as error:
        report(Finding(file, error.lineno or 1, f"This is not Python: {error.msg}.", "", Kind.PYTHON_SYNTAX))
    except ValueError as error:  # a zero byte
        report(Finding(file, 1, f"This is not Python: {error}.", "", Kind.PYTHON_SYNTAX))
    return None


def read_checks(
    file: Path, report: Report, *, seen: dict[str, CheckDeclaration], hints: Mapping[str, tuple[str, ...]]
) -> tuple[CheckDeclaration, ...]:
    """The checks of a file in file order.

    Args:
        seen: the checks of the lab's earlier stages by id; those of this file are added.
        hints: the hints of this stage by check id.
    """
    tree = parse_python(file, report)
    if tree is None:
        return ()
    found = []
    names: dict[str, Function] = {}
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        mark = _mark(function)
        if mark is None:
            _tell_twice(file, function, names, report)
        else:
            declared = _declaration(file, function, mark, report, hints.get(function.name, ()))
            if declared.id in seen:
                _tell_duplicate(declared, seen[declared.id], report)
            elif not _tell_twice(file, function, names, report):
                seen[declared.id] = declared
                found.append(declared)
        names.setdefault(function.name, function)
    return tuple(found)


def _mark(function: Function) -> ast.expr | None:
    """Its decorator `@check(...)`, or `@check` that was forgotten to be called."""
    for decorator in function.decorator_list:
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", "")) == "check":
            return decorator
    return None


def _declaration(
    file: Path, function: Function, mark: ast.expr, report: Report, hints: tuple[str, ...]
) -> CheckDeclaration:
    def tell(kind: Kind, line: int, message: str, advice: str) -> None:
        report(Finding(file, line, message, advice, kind))

    name, line = function.name, function.lineno
    if not isinstance(mark, ast.Call):
        tell(
            Kind.CHECK_NOT_CALLED, mark.lineno, f"{name} is marked with @check, which is not called.", "Write @check()."
        )
    if isinstance(function, ast.FunctionDef):
        tell(Kind.CHECK_NOT_ASYNC, line, f"The check {name} is not async.", f"Write `async def {name}(...)`.")
    rule = (ast.get_docstring(function) or "").partition("\n")[0].strip()
    example = 'Begin it with """The rule, as a learner reads it (RFC 9112, 9.3).""", or with (brief) as the source.'
    if not rule:
        tell(Kind.CHECK_WITHOUT_RULE, line, f"The check {name} has no docstring to tell its rule.", example)
    elif not _SOURCE_AT_END.search(rule) or not rule.removesuffix(".").endswith(")"):
        message = f"The rule of {name} does not end in its source in parentheses."
        tell(Kind.RULE_WITHOUT_SOURCE, function.body[0].lineno, message, example)
    for argument in _arguments(function):
        if argument.annotation is None:
            message = f"The parameter {argument.arg} of {name} has no type."
            tell(
                Kind.PARAMETER_WITHOUT_TYPE,
                argument.lineno,
                message,
                "A check is given what it asks for by type: http: Http.",
            )
    return CheckDeclaration(name, rule, _proves(file, name, mark, report), hints, file, line)


def _arguments(function: Function) -> list[ast.arg]:
    of = function.args
    return [*of.posonlyargs, *of.args, *of.kwonlyargs, *(a for a in (of.vararg, of.kwarg) if a)]


def _proves(file: Path, name: str, mark: ast.expr, report: Report) -> tuple[str, ...]:
    if not isinstance(mark, ast.Call):
        return ()
    given = next((k.value for k in mark.keywords if k.arg == "proves"), None)
    items = given.elts if isinstance(given, ast.Tuple) else [given] if given is not None else []
    words = tuple(i.value for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str))
    if mark.args or any(k.arg is None for k in mark.keywords) or len(words) != len(items):
        message = f"What {name} proves cannot be read without running it."
        advice = 'Write proves="NET-11", or proves=("NET-11", "NET-12").'
        report(Finding(file, mark.lineno, message, advice, Kind.PROVES_NOT_LITERAL))
    return words


def _tell_twice(file: Path, function: Function, names: Mapping[str, Function], report: Report) -> bool:
    earlier = names.get(function.name)
    if earlier is None:
        return False
    message = f"The function {function.name} is defined a second time and hides the one on line {earlier.lineno}."
    report(Finding(file, function.lineno, message, "Give one of them another name.", Kind.DUPLICATE_FUNCTION))
    return True


def _tell_duplicate(declared: CheckDeclaration, earlier: CheckDeclaration, report: Report) -> None:
    where = f"{earlier.file.parent.name}/{earlier.file.name}:{earlier.line}"
    message = f"The check {declared.id} is declared already, in {where}."
    advice = "Check ids are unique in a lab: bugs and reports hang on them. Rename one."
    report(Finding(declared.file, declared.line, message, advice, Kind.DUPLICATE))
