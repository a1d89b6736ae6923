"""`firsthand glossary`: says what a term of the field means, or lists them all."""

import difflib
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from firsthand.core.errors import FirsthandError

if TYPE_CHECKING:
    from firsthand.cli.screen import Line
    from firsthand.content.glossary import Term

CLOSE_MAX = 5
"""So many near misses are named."""


class TermName(click.types.StringParamType):
    """A term of the glossary."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """All terms that begin so."""
        from firsthand.study import library

        try:
            terms = library.catalogue().glossary()
        except FirsthandError:  # completion has no place to complain in
            return []
        return [CompletionItem(x.name) for x in terms if x.name.casefold().startswith(incomplete.casefold())]


@click.command()
@click.argument("words", nargs=-1, metavar="[TERM]", type=TermName())
def glossary(words: tuple[str, ...]) -> None:
    """Read what TERM means, or list all terms."""
    from firsthand.cli.screen import line, show
    from firsthand.core.errors import UsageError
    from firsthand.study import invocation, library

    terms = library.catalogue().glossary()
    wanted = " ".join(words)
    found = [term for term in terms if wanted.casefold() in (form.casefold() for form in term.forms)]
    if not wanted and not terms:
        show([line("There is no glossary in these content folders yet.")])
    elif wanted and not found:
        close = _close(wanted, terms)
        advice = f"Did you mean {' or '.join(close)}? " if close else ""
        advice += f"{invocation.spell('glossary')} lists them all."
        raise UsageError(f'"{wanted}" is not in the glossary.', advice=advice)
    else:
        show([row for term in found or terms for row in _lines(term)])


def _lines(term: "Term") -> "list[Line]":
    from firsthand.cli.screen import line

    also = [form for form in term.also if form.casefold().rstrip("s") != term.name.casefold().rstrip("s")]
    return [line((term.name, "strong"), (f"  {', '.join(also)}", "dim")), line(term.means, indent=4)]


def _close(wanted: str, terms: "tuple[Term, ...]") -> list[str]:
    """The terms that are spelt like this, or have it in them."""
    forms = {form.casefold(): term.name for term in terms for form in term.forms}
    spelt = difflib.get_close_matches(wanted.casefold(), list(forms), n=CLOSE_MAX, cutoff=0.6)
    inside = [form for form in forms if wanted.casefold() in form]
    return list(dict.fromkeys(forms[form] for form in [*spelt, *inside]))[:CLOSE_MAX]
