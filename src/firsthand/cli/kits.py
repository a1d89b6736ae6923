"""`firsthand kits`: the packages that starters and solutions may use, installed once."""

from typing import TYPE_CHECKING

import click

from firsthand.cli.screen import line, show
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.cli.screen import Style
    from firsthand.content.kits import Kit


@click.group(invoke_without_command=True)
@click.pass_context
def kits(context: click.Context) -> None:
    """See the kits: per language the packages that programs of labs may use, such as a driver for PostgreSQL.

    They are installed once, from locked versions, and lie behind what your own workspace brings.
    """
    if context.invoked_subcommand is None:
        _list()


@kits.command()
@click.argument("language", required=False)
def install(language: str | None) -> None:
    """Install the kit of a LANGUAGE, or all of them. Needs a network, once."""
    from firsthand.bench.program import kits as bench_kits
    from firsthand.core.deadlines import now_s
    from firsthand.core.errors import UsageError

    found = found_kits()
    if language is not None and language not in found:
        raise UsageError(f"There is no kit for {language}.", advice=f"There are kits for {', '.join(sorted(found))}.")
    for kit in found.values() if language is None else [found[language]]:
        there = bench_kits.installed(kit)
        if there is None:
            show([line(f"Installing the {kit.language} kit ...")])
            began = now_s()
            bench_kits.install(kit)
            show([line(("✓ ", "good"), f"{kit.language}: installed in {now_s() - began:.0f} s.")])
        else:
            show([line(("✓ ", "good"), f"{kit.language}: it is there.")])


def found_kits() -> "dict[str, Kit]":
    """All kits by language; of two for one language that of the first path stands, as in reading content."""
    from firsthand.content.kits import kits_in
    from firsthand.study.library import roots

    folders = [file.parent for root in reversed(roots()) for file in sorted(root.glob("*/path.toml"))]
    return {language: kit for folder in folders for language, kit in kits_in(folder).items()}


def _list() -> None:
    from firsthand.bench.program import kits as bench_kits

    for kit in found_kits().values():
        there = bench_kits.installed(kit) is not None
        packages = ", ".join(kit.packages())
        state: tuple[str, Style] = ("installed    ", "good") if there else ("not installed", "warn")
        show([line(f"{kit.language:<12} ", state, f"  {packages}")])
    show([line("Install one with ", (invocation.spell("kits", "install", "LANGUAGE"), "code"), ".")])
