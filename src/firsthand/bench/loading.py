"""Imports the checks of a lab's stages, so that they can be run."""

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, get_type_hints

from firsthand.bench.check import MARK, CheckFunction, CheckMark
from firsthand.content.model import Lab, Stage
from firsthand.core.errors import ContentError

_MISSING = object()


@dataclass(frozen=True)
class LoadedCheck:
    """A check that can be called: `parameters` are the names and types of what it asks for."""

    id: str
    rule: str
    proves: tuple[str, ...]
    deadline_s: float | None
    function: CheckFunction
    parameters: dict[str, type[Any]]
    file: Path
    line: int


def load_checks(lab: Lab, only: Stage | None = None) -> dict[str, list[LoadedCheck]]:
    """The checks of each stage (or of one), by stage id, in file order.

    Raises:
        ContentError: a module does not import, or a check is not declared as it must be.
    """
    with _kit(lab):
        return {stage.id: _stage_checks(lab, stage) for stage in lab.stages if only in (None, stage)}


def author_position(error: BaseException, folder: Path) -> tuple[Path | None, int]:
    """File and line of the innermost frame of the lab's own code in the error's traceback."""
    found: tuple[Path | None, int] = (None, 0)
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename).is_relative_to(folder):
            found = (Path(frame.filename), frame.lineno or 0)
    return found


@contextmanager
def _kit(lab: Lab) -> Iterator[None]:
    """While stages are imported, `kit` is this lab's kit.py; two labs in one process do not meet."""
    before = sys.modules.get("kit", _MISSING)
    sys.modules.pop("kit", None)
    if (lab.folder / "kit.py").is_file():
        module = _module(lab, "kit", lab.folder / "kit.py")
        sys.modules["kit"] = module
    try:
        yield
    finally:
        sys.modules.pop("kit", None)
        if isinstance(before, ModuleType):
            sys.modules["kit"] = before


def _module(lab: Lab, name: str, file: Path) -> ModuleType:
    full_name = f"firsthand_lab_{lab.id}_{name}".replace("-", "_")
    spec = importlib.util.spec_from_file_location(full_name, file)
    assert spec is not None, f"{file} ends in .py"
    assert spec.loader is not None, f"{file} ends in .py"
    module = importlib.util.module_from_spec(spec)
    sys.modules[full_name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise ContentError(
            f"This is not Python: {error.msg}.", file=Path(error.filename or file), line=error.lineno or 0
        ) from None
    except (Exception, SystemExit) as error:  # an author's module may raise anything
        where, line = author_position(error, lab.folder)
        raise ContentError(
            f"The module cannot be imported: {type(error).__name__}: {error}.", file=where or file, line=line
        ) from error
    return module


def _stage_checks(lab: Lab, stage: Stage) -> list[LoadedCheck]:
    file = stage.folder / "checks.py"
    if not file.is_file():
        raise ContentError(f"The stage {stage.id} has no checks.", file=file, advice="Write one in checks.py.")
    module = _module(lab, stage.id, file)
    found = [
        _loaded(value, file)
        for value in vars(module).values()
        if isinstance(getattr(value, MARK, None), CheckMark) and value.__module__ == module.__name__
    ]
    if not found:
        raise ContentError(f"The stage {stage.id} has no checks.", file=file, advice="Declare one with @check().")
    return sorted(found, key=lambda check: check.line)


def _loaded(function: Any, file: Path) -> LoadedCheck:
    mark: CheckMark = getattr(function, MARK)
    if not isinstance(function, FunctionType):
        raise ContentError(f"The check {function.__name__} is not a function.", file=file)
    code = function.__code__
    doc = (function.__doc__ or "").strip()
    if not doc:
        raise ContentError(
            f"The check {function.__name__} has no rule.",
            file=file,
            line=code.co_firstlineno,
            advice="Add a docstring.",
        )
    try:
        hints = get_type_hints(function)
    except (AttributeError, NameError, SyntaxError, TypeError) as error:
        raise ContentError(f"{function.__name__}: {error}.", file=file, line=code.co_firstlineno) from None
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    for name in names:
        if name not in hints:
            raise ContentError(
                f"The parameter {name} of {function.__name__} has no type.",
                file=file,
                line=code.co_firstlineno,
                advice="What a check needs it asks for by type, such as `http: Http`.",
            )
    return LoadedCheck(
        id=function.__name__,
        rule=doc.splitlines()[0],
        proves=mark.proves,
        deadline_s=mark.deadline_s,
        function=function,
        parameters={name: hints[name] for name in names},
        file=file,
        line=code.co_firstlineno,
    )
