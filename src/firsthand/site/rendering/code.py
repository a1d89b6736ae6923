"""Code in colours, by classes that the style sheet knows."""

from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

COLOURED_CHARACTERS_MAX = 100_000
"""Longer code is shown without colours: it is no example any more."""
CODES_KEPT_MAX = 2_048
NAMES = {"js": "javascript", "sh": "bash", "shell": "bash", "console": "console", "": "text", "text": "text"}
"""How Pygments calls the languages that lessons name otherwise."""

_FORMAT = HtmlFormatter(nowrap=True)


@lru_cache(maxsize=CODES_KEPT_MAX)
def highlighted(code: str, language: str) -> SafeString:
    """The code as HTML; in a language that is not known, or very long, without colours."""
    name = NAMES.get(language, language)
    if name == "text" or len(code) > COLOURED_CHARACTERS_MAX:
        return escape(code)
    try:
        lexer = get_lexer_by_name(name, stripnl=False)
    except ClassNotFound:
        return escape(code)
    html: str = highlight(code, lexer, _FORMAT)
    # Pygments escapes what it colours.
    return mark_safe(html)  # noqa: S308
