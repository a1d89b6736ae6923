"""The documentation cannot lag behind the code: everything is in it, and everything in it is there."""

import ast
import importlib.util
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import click
import pytest

from house.repository import PYTHON, ROOT, SOURCE, below, name, tree

REFERENCE = ROOT / "docs/reference"
MARKDOWN = [f for f in below("", suffix=".md") if "tests" not in f.parts]
PAGES = [f for f in MARKDOWN if "paths" not in f.parts]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HELP = {"-h", "--help"}
"""Works everywhere, so the page says it once."""


def test_pages_that_follow_from_the_code_are_up_to_date() -> None:
    found = subprocess.run([PYTHON, ROOT / "scripts/reference.py"], capture_output=True, text=True)

    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("part", ["commands", "events", "report", "topics"])
def test_every_part_that_is_made_has_its_page(part: str) -> None:
    holders = [name(page) for page in PAGES if f"<!-- reference:{part} -->\n" in page.read_text(encoding="utf-8")]

    assert len(holders) == 1


def test_every_command_and_option_is_documented() -> None:
    page = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    missing = []
    for command, options in _options().items():
        _, found, rest = page.partition(f"## `{command}`\n")
        section = rest.partition("\n## ")[0]
        missing += [command] if not found else [f"{command} {o}" for o in options if o not in section and o not in HELP]

    assert missing == []


def test_every_command_and_option_has_help_of_its_own() -> None:
    silent = []
    for command, found, _ in _reference().commands():
        silent += [] if found.help else [command]
        silent += [f"{command} {p.name}" for p in found.params if isinstance(p, click.Option) and not p.help]

    assert silent == []


def test_every_event_is_documented() -> None:
    page = (REFERENCE / "events.md").read_text(encoding="utf-8")
    events = [n.name for n in tree(SOURCE / "core/events.py").body if isinstance(n, ast.ClassDef) and n.name != "Event"]

    assert len(events) >= 10
    assert [event for event in events if f"## {event}\n" not in page] == []


def test_every_kind_of_event_in_the_history_is_documented_and_every_documented_one_exists() -> None:
    from typing import get_args

    from firsthand.history import Kind

    page = (REFERENCE / "history.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(\w+)` \| ", page.partition("## Kinds")[2], re.MULTILINE))

    assert documented == set(get_args(Kind))


def test_every_field_of_the_report_is_documented() -> None:
    page = (REFERENCE / "report.md").read_text(encoding="utf-8")
    fields = {
        str(ast.unparse(item.target))
        for node in tree(SOURCE / "core/results.py").body
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.AnnAssign)
    }

    assert [field for field in sorted(fields) if f"| `{field}` |" not in page] == []


def test_every_environment_variable_is_documented_and_every_documented_one_is_read() -> None:
    sources = [ROOT / "firsthand", *below("src", suffix=".py")]
    texts = {name(source): source.read_text(encoding="utf-8") for source in sources}
    read = set(re.findall(r"\b_?FIRSTHAND_[A-Z_]+\b", "\n".join(texts.values())))
    documented = set(re.findall(r"`(_?FIRSTHAND_[A-Z_]+)`", (REFERENCE / "environment.md").read_text(encoding="utf-8")))

    assert read == documented


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    read = {
        str(ast.literal_eval(part.args[0]))
        for part in ast.walk(tree(SOURCE / "content/settings.py"))
        if isinstance(part, ast.Call) and re.fullmatch(r"table\.(text|texts|number|flag)s?", ast.unparse(part.func))
    }
    documented = set(re.findall(r"^## `(\w+)`$", (REFERENCE / "settings.md").read_text(encoding="utf-8"), re.MULTILINE))

    assert read == documented
    assert read, "the test looks at the right calls"


@pytest.mark.parametrize("page", MARKDOWN, ids=name)
def test_every_command_line_that_is_shown_exists(page: Path) -> None:
    wrong = [f"{line}: {problem}" for line in _shown_commands(page) if (problem := _problem(line))]

    assert wrong == []


def test_command_lines_are_shown_at_all() -> None:
    assert len([line for page in PAGES for line in _shown_commands(page)]) >= 20


@pytest.mark.parametrize("page", MARKDOWN, ids=name)
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    broken = [target for target in LINK.findall(text) if not _leads_somewhere(page, target)]

    assert broken == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or not page.is_file() or page.suffix != ".md":
            continue
        reached.add(page)
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            place = (page.parent / target.partition("#")[0]).resolve()
            waiting += [place, place / "README.md"]
    unreached = [name(page) for page in PAGES if page not in reached and "packages" not in page.parts]

    assert unreached == []


def test_the_architecture_is_short_and_names_every_room() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = [folder.name for folder in (SOURCE, SOURCE / "bench") for folder in folder.iterdir() if _is_room(folder)]

    assert len(text.splitlines()) <= 100
    assert [room for room in rooms if not re.search(rf"\b{room}/", text)] == []


def test_the_readme_begins_with_what_a_newcomer_looks_for() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    places = [
        text.find(part)
        for part in (
            "./firsthand start",
            "./firsthand begin",
            "docs/pictures/",
            "I write labs",
            "<!-- reference:topics",
        )
    ]

    assert -1 not in places
    assert places == sorted(places)
    assert text.partition("<!-- reference:topics")[0].count("\n") <= 30, "the table begins on the first screen"


def test_user_visible_changes_are_told() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    from firsthand import __version__

    assert f"## {__version__}" in text


def _is_room(folder: Path) -> bool:
    return folder.is_dir() and any(folder.glob("*.py"))


@cache
def _reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts/reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _options() -> dict[str, list[str]]:
    """Every option of every command, by the command's whole name."""
    return {
        command: [
            o for p in found.get_params(context) if isinstance(p, click.Option) for o in [*p.opts, *p.secondary_opts]
        ]
        for command, found, context in _reference().commands()
    }


@cache
def _commands() -> dict[str, click.Command]:
    """Every command by its whole name."""
    return {command: found for command, found, _ in _reference().commands()}


def _shown_commands(page: Path) -> Iterator[str]:
    """The lines of shell blocks that call us, or a script of ours."""
    for language, block in FENCE.findall(page.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines() if language in {"sh", "console"} else ():
            shown = line.removeprefix("$ ").strip()
            if re.match(r"(\S*/)?(firsthand|scripts/\w+)( |$)", shown):
                yield shown


def _problem(line: str) -> str:
    program, *words = shlex.split(line, comments=True)
    if "scripts/" in program:
        return "" if (ROOT / program).exists() else "no such script"
    command, found = "firsthand", _commands()["firsthand"]
    while words:
        word = words.pop(0)
        option = next((p for p in found.params if word.partition("=")[0] in p.opts), None)
        if isinstance(option, click.Option) and not option.is_flag and "=" not in word:
            words = words[1:]
        elif isinstance(found, click.Group) and not word.startswith("-"):
            command = f"{command} {word}"
            if command not in _commands():
                return f"there is no {command}"
            found = _commands()[command]
        elif word.startswith("-") and word != "-" and option is None and word not in HELP:
            return f"{command} has no {word}"
    return ""


def _leads_somewhere(page: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return True
    path, _, anchor = target.partition("#")
    place = (page.parent / path).resolve() if path else page
    if not place.exists():
        return False
    return not anchor or place.suffix != ".md" or anchor in _anchors(place)


@cache
def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
