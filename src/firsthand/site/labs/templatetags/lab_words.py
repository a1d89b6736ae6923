"""Filters of the pages of labs: lengths of time as people read them."""

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def took(seconds: float) -> str:
    """A short length of time: `2.4 ms`, `1.20 s`."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


@register.filter
def lasted(since: float, until: float) -> str:
    """The time between two moments."""
    return took(until - since)


@register.filter
def coded(text: str) -> SafeString:
    """A sentence of ours or of a check, escaped, with what stands in backquotes as code."""
    return mark_safe(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text)))  # noqa: S308  # escaped before
