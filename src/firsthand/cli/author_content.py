"""The `--content` option that author commands take themselves, as well as in front of their names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from firsthand.study import invocation


def content_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command be given content folders; they count for everything in this call."""
    return click.option(
        "--content",
        multiple=True,
        metavar="DIR",
        type=click.Path(path_type=Path),
        expose_value=False,
        is_eager=True,
        callback=_remember,
        help="A folder with units and labs of your own; may be given several times.",
    )(command)


def _remember(_ctx: click.Context, _option: click.Parameter, folders: tuple[Path, ...]) -> None:
    if folders:
        invocation.remember_content((*invocation.content_folders(), *folders))
