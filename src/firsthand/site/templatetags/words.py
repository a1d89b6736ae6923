"""Filters and tags that every template has: times, commands that work, addresses of our static files."""

from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from firsthand.study import invocation
from firsthand.study.outlook import clock_words, minutes_words

register = template.Library()

register.filter("minutes", minutes_words)
register.filter("clock", clock_words)


@register.simple_tag
def asset(name: str) -> str:
    """The address of one of our static files, with our version, so that it may be cached for ever."""
    return _address(name)


@cache
def _address(name: str) -> str:
    """It is the same for as long as we run, and a page asks for dozens."""
    return f"{static(name)}?v={settings.STATIC_VERSION}"


@register.simple_tag
def command(*words: str) -> str:
    """A command as the reader can type it."""
    return invocation.spell(*words)


@register.filter
def spelt(text: str, folder: str = "") -> str:
    """The text with every command in it as the reader can type it, for the workspace in this folder if one is told."""
    return invocation.spelt(text, workspace=Path(folder) if folder else None)


@register.simple_tag
def icon(name: str) -> SafeString:
    """One of our icons, which means nothing to who cannot see it: words stand beside it."""
    # The name is ours, never a reader's.
    return mark_safe(f'<svg class="icon" aria-hidden="true"><use href="{asset("site/icons.svg")}#{name}"/></svg>')  # noqa: S308
