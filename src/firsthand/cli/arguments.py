"""Arguments that several commands take, with what the shell completes them to."""

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from firsthand.content.servers import KINDS
from firsthand.core.errors import FirsthandError

SEED_LAST = 2**32 - 1
SEED = click.IntRange(0, SEED_LAST)


class LabName(click.types.StringParamType):
    """The id of a lab."""

    name = "lab"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """All labs that begin so."""
        from firsthand.study import library

        try:
            labs = library.catalogue().labs()
        except FirsthandError:  # completion has no place to complain in
            return []
        return [CompletionItem(lab.id, help=lab.title) for lab in labs if lab.id.startswith(incomplete)]


class StageName(click.types.StringParamType):
    """The id of a stage of the lab at hand."""

    name = "stage"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """The stages that begin so, of the lab that was named or whose workspace this is."""
        from firsthand.study import library, workspace

        try:
            named = ctx.params.get("lab") or ""
            found = None if named else workspace.find(ctx.params.get("directory") or ctx.params.get("workspace"))
            lab = library.lab(named or (found.lab if found else ""))
        except FirsthandError:
            return []
        return [CompletionItem(s.id, help=s.title) for s in lab.stages if s.id.startswith(incomplete)]


class CheckName(click.types.StringParamType):
    """The id of a check of the lab at hand."""

    name = "check"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """The checks that begin so, of the lab whose workspace this is."""
        from firsthand.study import library, workspace

        try:
            found = workspace.find(ctx.params.get("workspace"))
            lab = library.lab(found.lab if found else "")
        except FirsthandError:
            return []
        checks = [check for stage in lab.stages for check in stage.checks]
        return [CompletionItem(c.id, help=c.rule) for c in checks if c.id.startswith(incomplete)]


class DoorName(click.types.StringParamType):
    """What stands at the other end of a recorded connection: a process, a server or a peer."""

    name = "door"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """The program, and the servers and peers of the lab whose workspace this is."""
        from firsthand.study import library, workspace

        try:
            found = workspace.find(ctx.params.get("workspace"))
            lab = library.lab(found.lab if found else "")
        except FirsthandError:
            return []
        names = ["web", *(use.kind for use in lab.servers), *(use.name for use in lab.peers)]
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


LAB = LabName()
STAGE = StageName()
CHECK = CheckName()
DOOR = DoorName()
SERVER = click.Choice(list(KINDS))

in_workspace = click.option(
    "--workspace",
    "-w",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The workspace, where you do not stand in it.",
)
