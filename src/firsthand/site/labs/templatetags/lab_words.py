"""Filters of the pages of labs: times as people read them, names of languages, rules with code in them."""

import re
from collections.abc import Mapping
from datetime import datetime

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from firsthand.core.results import StageResult
from firsthand.core.verdicts import Verdict
from firsthand.history import Event
from firsthand.study.languages import language

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
def moment(at: str) -> str:
    """A moment in the reader's own day; what is none stays as it is."""
    try:
        found = datetime.fromisoformat(at).astimezone()
    except (ValueError, OverflowError, OSError):
        return at
    return f"{found.day} {found:%b %Y, %H:%M}"


@register.filter
def coded(text: str) -> SafeString:
    """A sentence of ours or of a check, escaped, with what stands in backquotes as code."""
    return mark_safe(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text)))  # noqa: S308  # escaped before


@register.filter
def language_name(name: str) -> str:
    """What people call a language."""
    return language(name).name if name else ""


@register.filter
def get(mapping: Mapping[str, object], key: str) -> object:
    """What is kept under a key; nothing where nothing is."""
    return mapping.get(key)


@register.filter(name="with")
def with_(one: object, other: object) -> tuple[object, object]:
    """Two things, to go through both."""
    return one, other


@register.filter
def passed_of(stage: StageResult) -> str:
    """How many checks of a stage passed: `3 of 4 checks`."""
    judged = [check for check in stage.checks if check.verdict is not Verdict.SKIPPED]
    passed = sum(check.verdict is Verdict.PASSED for check in judged)
    return f"{passed} of {len(judged)} checks" if passed < len(judged) else f"{passed} checks"


@register.filter
def verdict_of(event: Event) -> Verdict | None:
    """The verdict of a run as the history tells it, if it is one that we know."""
    told = event.text("verdict")
    return Verdict(told) if told in set(Verdict) else None
