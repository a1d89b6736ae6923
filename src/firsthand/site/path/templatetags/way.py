"""Filters of the way: hours, and what is kept by a name."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django import template

from firsthand.content.model import Unit

register = template.Library()


@register.filter
def hours(seconds: int) -> str:
    """A sum of lengths, to the minute."""
    whole, rest = divmod(round(seconds / 60), 60)
    return f"{whole} h {rest} min" if whole else f"{rest} min"


@register.filter
def of(kept: Mapping[str, str], name: str) -> str:
    """What is kept by this name; empty without any."""
    return kept.get(name, "")


@register.filter
def place(url: str) -> str:
    """Where an address leads, as people call it."""
    host = (urlsplit(url).hostname or url).removeprefix("www.")
    return "YouTube" if host in ("youtube.com", "youtu.be") else host


@register.simple_tag
def unit_title(units: Mapping[str, Unit], name: str) -> str:
    """The title of a unit, or its id where there is none."""
    return units[name].title if name in units else name
