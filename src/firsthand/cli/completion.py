"""`firsthand completion`: prints the script by which a shell completes commands, labs and stages."""

import click

from firsthand.study import invocation


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash: firsthand completion bash >> ~/.bashrc
    zsh:  firsthand completion zsh >> ~/.zshrc
    fish: firsthand completion fish > ~/.config/fish/completions/firsthand.fish
    """
    from click.shell_completion import get_completion_class

    from firsthand.cli.main import COMPLETE_VARIABLE, firsthand

    kind = get_completion_class(shell)
    assert kind is not None, f"click knows {shell}"
    click.echo(kind(firsthand, {}, invocation.NAME, COMPLETE_VARIABLE).source())
