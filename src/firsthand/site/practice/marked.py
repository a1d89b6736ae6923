"""Short Markdown of ours - questions, options, reasons - as HTML; what it holds of HTML is shown, never executed."""

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TEXTS_KEPT_MAX = 4_096
"""Each text of the content is rendered once per process."""

_markdown = MarkdownIt("js-default").disable(["image", "html_block", "html_inline"])


@lru_cache(maxsize=TEXTS_KEPT_MAX)
def block(text: str) -> SafeString:
    """Paragraphs, lists and code."""
    # The renderer escapes every tag and refuses addresses that are scripts.
    html: str = _markdown.render(text)
    return mark_safe(html)  # noqa: S308


@lru_cache(maxsize=TEXTS_KEPT_MAX)
def inline(text: str) -> SafeString:
    """One run of text, without a paragraph around it."""
    html: str = _markdown.renderInline(text.strip())
    return mark_safe(html)  # noqa: S308
