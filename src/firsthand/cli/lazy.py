"""Groups of commands, each of which is imported only when it is called."""

import importlib
from collections.abc import Mapping

import click


class LazyCommands(click.Group):
    """A group that knows its commands by name, module and one line of help."""

    def __init__(self, *args: object, entries: Mapping[str, tuple[str, str, str]], **extra: object) -> None:
        """`entries`: name of the command -> module, attribute, what its help says in one line."""
        super().__init__(*args, **extra)  # type: ignore[arg-type]  # what click.group passes on
        self._entries = dict(entries)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # the signature is click's
        """All names, in reading order."""
        return list(self._entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # the signature is click's
        """Import the command of this name."""
        if cmd_name not in self._entries:
            return None
        module, attribute, _ = self._entries[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command), f"{module}.{attribute} is a click command"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # the signature is click's
        """The commands with what they are for, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, _, about) in self._entries.items()])
