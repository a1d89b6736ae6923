"""The `firsthand` command: knows all commands by name, and imports the one that is called."""

import difflib
import importlib
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from firsthand import __version__
from firsthand.study import invocation

COMPLETE_VARIABLE = "_FIRSTHAND_COMPLETE"
"""The variable by which a shell asks for completions."""


@dataclass(frozen=True)
class Entry:
    """Where a command is, and what its help says in one line."""

    module: str
    attribute: str
    about: str


def _entry(name: str, about: str) -> Entry:
    return Entry(f"firsthand.cli.{name}", name, about)


SECTIONS: dict[str, dict[str, Entry]] = {
    "Find your way": {
        "place": _entry("place", "Find out where to start, by a few questions."),
        "path": _entry("path", "See the map of the path, and how far you are."),
        "courses": _entry("courses", "See the courses in order, and keep what you watched."),
        "next": Entry("firsthand.cli.next", "next_step", "See what to do now."),
        "plan": _entry("plan", "See your way to a goal, with dates."),
        "review": _entry("review", "Answer questions on what you learned, before it is forgotten."),
        "status": _entry("status", "See where you stand in each skill, and why."),
    },
    "Learn": {
        "start": _entry("start", "Open the path in your browser."),
        "tour": _entry("tour", "See the whole loop on a real program, in a minute."),
        "labs": _entry("labs", "List the labs, what they prove and where you stand."),
        "begin": _entry("begin", "Make a workspace for a lab."),
        "brief": _entry("brief", "Read what a stage asks for."),
        "lesson": _entry("lesson", "Read a lesson, or list them all."),
        "glossary": _entry("glossary", "Read what a term means, or list them all."),
        "run": _entry("run", "Start your program as a check would, and leave it to you."),
        "check": _entry("check", "Check your program and say what is wrong."),
        "hint": _entry("hint", "Read the next hint for what failed."),
        "solution": _entry("solution", "Read a solution, after passing or giving up."),
    },
    "Look back": {
        "trace": _entry("trace", "Read the recorded conversation of a run."),
        "replay": _entry("replay", "Run a kept submission again with the same seed."),
        "runs": _entry("runs", "List the runs that are kept."),
        "history": _entry("history", "See what you did, and take it with you."),
        "clean": _entry("clean", "See what takes up room, and free it."),
    },
    "Set up": {
        "kits": _entry("kits", "Install the packages that programs of labs may use."),
        "doctor": _entry("doctor", "See which languages and limits this machine has."),
        "servers": _entry("servers", "See which real servers labs can have here, and install more."),
        "bench": _entry("bench", "Look after the process that keeps servers ready."),
        "completion": _entry("completion", "Print the shell's completion script."),
    },
    "Write labs": {
        "author": _entry("author", "Make, lint and prove labs."),
    },
}

COMMANDS: dict[str, Entry] = {name: entry for section in SECTIONS.values() for name, entry in section.items()}


class LazyGroup(click.Group):
    """A group that lists its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """All names, in reading order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command of this name."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = getattr(importlib.import_module(entry.module), entry.attribute)
        assert isinstance(command, click.Command), f"{entry.module}.{entry.attribute} is a click command"
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was named, or words that help to find it."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            close = difflib.get_close_matches(name, COMMANDS, n=1)
            meant = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f'There is no command "{name}".{meant}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The commands by what they are for."""
        for title, entries in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, entry.about) for name, entry in entries.items()])


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--content",
    multiple=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A folder with units and labs of your own; may be given several times.",
)
@click.version_option(__version__, "--version", "-V", prog_name="firsthand", message="%(prog)s %(version)s")
@click.pass_context
def firsthand(context: click.Context, content: tuple[Path, ...]) -> int | None:
    """Become a back end developer, and prove every skill on the real thing.

    Without a command at a terminal, it opens the path in your browser, as `firsthand start` does.
    """
    invocation.remember_content(content)
    if context.invoked_subcommand is not None:
        return None
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo(context.get_help())  # a program that calls us, or a reader behind a pipe, asks what there is
        return 0
    start = firsthand.get_command(context, "start")
    assert start is not None, "it is among our commands"
    code: int = context.invoke(start)
    return code
