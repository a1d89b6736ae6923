"""Short Markdown of ours - questions, options, reasons - as HTML, each text made once per process."""

from functools import lru_cache

from django.utils.safestring import SafeString

from firsthand.site import rendering

TEXTS_KEPT_MAX = 4_096


@lru_cache(maxsize=TEXTS_KEPT_MAX)
def block(text: str) -> SafeString:
    """Paragraphs, lists and code."""
    return rendering.rendered(text)


@lru_cache(maxsize=TEXTS_KEPT_MAX)
def inline(text: str) -> SafeString:
    """One run of text, without a paragraph around it."""
    return rendering.inline(text)
