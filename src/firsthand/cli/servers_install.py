"""`firsthand servers install`: prints the command that installs a server on this platform."""

import click

from firsthand.cli.arguments import SERVER


@click.command()
@click.argument("name", metavar="NAME", type=SERVER)
def install(name: str) -> None:
    """Print the command of this system's package manager that installs the server NAME; it runs nothing."""
    from firsthand.bench.servers.providers import install_command
    from firsthand.content.servers import KINDS
    from firsthand.core.errors import WorldError

    command = install_command(name)
    if not command:
        raise WorldError(
            f"We know no package manager of this system that has {KINDS[name].title}.",
            advice="Install it as its makers say, so that it is found on PATH.",
        )
    print(command)
