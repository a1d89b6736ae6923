"""The habits of the house that a tool can watch."""

import ast
import re
import stat
from pathlib import Path

from house.repository import SOURCE, Function, below, called, files, functions, inner, lab_code, name, tree

BROAD_EXCEPTS = {
    "src/firsthand/cli/edge.py run",  # the process edge: becomes words and an exit code
    "src/firsthand/bench/loading.py _module",  # an author's module, which may raise anything when it is imported
    "src/firsthand/bench/warm/performer.py _answer",  # the edge of a run's process: told to its client
    "src/firsthand/bench/judge.py _performed",  # an author's check, which may raise anything when it runs
}

SLEEPS = {
    "src/firsthand/core/deadlines.py ticks",  # asks again about what the system can only be asked about
    "src/firsthand/bench/loop_guard.py _Guard.beat",  # shows at intervals that the event loop comes round
}

WALL_CLOCK = {"src/firsthand/bench/sandbox/sweep.py"}
"""Where times are compared with those that the file system wrote."""

REGISTRY_HOSTS = (
    "pypi" + ".org",
    "files.python" + "hosted.org",
    "registry.npm" + "js",
    "proxy.golang" + ".org",
    "repo.maven" + ".apache",
    "crates" + ".io",
    "deb.debian" + ".org",
)

NOT_FOR_THE_REPOSITORY = ("TO" + "DO", "FIX" + "ME", "/work" + "/main", "/work" + "/shared", "/tmp" + "/brief")


def test_a_broad_except_stands_only_at_a_listed_edge() -> None:
    found = {
        f"{name(file)} {function}"
        for file in below("src", suffix=".py")
        for function, node in functions(file)
        for part in inner(node)
        if isinstance(part, ast.ExceptHandler) and _is_broad(part)
    }

    assert found == BROAD_EXCEPTS


def test_nothing_sleeps_to_wait_for_something() -> None:
    found = {
        f"{name(file)} {function}"
        for file in below("src", "tests", suffix=".py")
        for function, node in functions(file)
        for part in inner(node)
        if called(part) in {"time.sleep", "asyncio.sleep", "sleep"} and not _yields_only(part)
    }

    assert found == SLEEPS


def test_time_and_chance_come_only_through_core() -> None:
    forbidden = re.compile(r"^(random\.\w+|time\.(time|monotonic)|secrets\.randbelow|secrets\.choice)$")
    found = [
        f"{name(file)}:{part.lineno} {called(part)}"
        for file in [*below("src", suffix=".py"), *lab_code()]
        if not file.is_relative_to(SOURCE / "core") and name(file) not in WALL_CLOCK
        for part in ast.walk(tree(file))
        if isinstance(part, ast.Call) and forbidden.match(called(part))
    ]

    assert found == []


def test_every_limit_is_in_force_somewhere() -> None:
    limits = [
        target.id
        for node in tree(SOURCE / "core/limits.py").body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    sources = [f.read_text(encoding="utf-8") for f in below("src", suffix=".py") if f.name != "limits.py"]
    unused = [limit for limit in limits if not any(re.search(rf"\b{limit}\b", source) for source in sources)]

    assert limits, "the test looks at the right file"
    assert [limit for limit in unused if limit not in {"KIB", "MIB"}] == []


def test_every_public_function_and_class_of_ours_says_what_it_does() -> None:
    silent = [
        f"{name(file)}:{child.lineno} {child.name}"
        for file in below("src", suffix=".py")
        if "tour_program" not in file.parts  # a learner's program, as a learner writes it
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Module | ast.ClassDef)
        for child in node.body
        if isinstance(child, ast.ClassDef | Function) and _lacks_words(child, node)
    ]

    assert silent == []


def test_every_test_has_an_assertion_that_can_fail() -> None:
    empty = [
        f"{name(file)}:{node.lineno} {function}"
        for file in below("tests", suffix=".py")
        if file.name.startswith("test_")
        for function, node in functions(file)
        if function.rpartition(".")[2].startswith("test_") and not _asserts(node, file)
    ]

    assert empty == []


def test_every_test_module_has_a_name_of_its_own() -> None:
    """Without packages, pytest takes two modules of one name for the same."""
    names = [f.stem for f in below("tests", suffix=".py") if f.stem.startswith("test_")]

    assert sorted({stem for stem in names if names.count(stem) > 1}) == []


def test_every_skip_says_why() -> None:
    silent = [
        f"{name(file)}:{part.lineno}"
        for file in below("tests", suffix=".py")
        for part in ast.walk(tree(file))
        if isinstance(part, ast.Call)
        and re.search(r"(^|\.)(skip|skipif|xfail)$", called(part))
        and not (part.args if called(part).endswith("pytest.skip") else [k for k in part.keywords if k.arg == "reason"])
    ]

    assert silent == []


def test_scripts_are_executable_and_nothing_else_is() -> None:
    wrong = []
    for file in files():
        begins = file.read_bytes()[:2] == b"#!"
        executable = bool(file.stat().st_mode & stat.S_IXUSR)
        if begins != executable and "paths" not in file.parts:
            wrong.append(f"{name(file)} {'lacks' if begins else 'has'} the executable bit")

    assert wrong == []


def test_no_file_names_a_registry_or_what_is_none_of_its_business() -> None:
    found = []
    for file in _texts():
        text = file.read_text(encoding="utf-8", errors="replace")
        found += [f"{name(file)} names {word}" for word in REGISTRY_HOSTS + NOT_FOR_THE_REPOSITORY if word in text]

    assert found == []


def _texts() -> list[Path]:
    return [f for f in files() if b"\0" not in f.read_bytes()[:4096]]


def _is_broad(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    reraises = isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None
    return not reraises and any(ast.unparse(kind) in {"Exception", "BaseException"} for kind in kinds)


def _yields_only(call: ast.AST) -> bool:
    """asyncio.sleep(0) waits for nothing: it lets others run."""
    assert isinstance(call, ast.Call)
    return bool(call.args) and ast.unparse(call.args[0]) == "0"


def _lacks_words(child: ast.ClassDef | Function, parent: ast.AST) -> bool:
    """Whether it is public and lacks a docstring; what only overrides, or belongs to a private class, need none."""
    if child.name.startswith("_") or ast.get_docstring(child):
        return False
    if isinstance(parent, ast.ClassDef) and parent.name.startswith("_"):
        return False
    decorators = {ast.unparse(decorator) for decorator in child.decorator_list}
    return not decorators & {"overload", "override"} and not any(d.endswith(".setter") for d in decorators)


def _asserts(function: Function, file: Path, depth: int = 0) -> bool:
    """Whether it asserts something, itself or through a function of the same file."""
    own = dict(functions(file))
    for part in ast.walk(function):
        call = called(part)
        if isinstance(part, ast.Assert) or re.search(r"(^|\.)(raises|warns|fail|assert_\w+)$", call):
            return True
        if call in own and depth < 3 and own[call] is not function and _asserts(own[call], file, depth + 1):
            return True
    return False
