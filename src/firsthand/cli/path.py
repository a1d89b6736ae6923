"""`firsthand path`: the map of the path, in the terminal, as JSON or as a picture."""

import sys
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from firsthand.core.errors import FirsthandError, UsageError

if TYPE_CHECKING:
    from firsthand.study.path_map import PathMap, UnitOnMap


class UnitName(click.types.StringParamType):
    """The id of a unit."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """All units that begin so."""
        from firsthand.study import library

        try:
            units = library.catalogue().units()
        except FirsthandError:  # completion has no place to complain in
            return []
        return [CompletionItem(u.id, help=u.title) for u in units if u.id.startswith(incomplete.lower())]


@click.command()
@click.argument("unit", required=False, default="", metavar="[UNIT]", type=UnitName())
@click.option("--json", "json_to", default="", metavar="FILE", help="Write the map as JSON; - is standard output.")
@click.option("--svg", "svg_to", default="", metavar="FILE", help="Draw the map as a picture; - is standard output.")
def path(unit: str, json_to: str, svg_to: str) -> None:
    """See the map of the path: its units in order of study, what each stands on, and how far you are.

    With UNIT, such as net, see its skills, courses and labs, those that are there and those that are planned.
    """
    from firsthand.cli import path_words
    from firsthand.cli.author_output import expect_writable, write_json, write_text
    from firsthand.cli.screen import show

    expect_writable(json_to or None)
    expect_writable(svg_to or None)
    whole = _map()
    chosen = _unit(whole, unit) if unit else None
    if json_to:
        write_json(json_to, path_words.as_json(whole))
    if svg_to:
        from firsthand.cli.path_svg import drawing

        write_text(svg_to, drawing(whole))
        if svg_to != "-" and json_to != "-":
            print(f"The map of {len(whole.units)} units is drawn in {svg_to}.")
    if not (json_to or svg_to):
        if chosen is not None:
            show(path_words.unit_lines(whole, chosen))
        else:
            path_words.show_map(whole, sys.stdout)


def _map() -> "PathMap":
    from firsthand.study.outlook import outlook
    from firsthand.study.path_map import path_map

    here = outlook()
    return path_map(here.path, here.found)


def _unit(whole: "PathMap", name: str) -> "UnitOnMap":
    from firsthand.content.findings import nearest

    found = next((each for each in whole.units if each.unit.id == name.lower()), None)
    if found is None:
        ids = [each.unit.id for each in whole.units]
        close = nearest(name.lower(), ids)
        meant = f"Did you mean {close}? " if close else ""
        raise UsageError(f'There is no unit "{name}".', advice=f"{meant}The units are {', '.join(ids)}.")
    return found
