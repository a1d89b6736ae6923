"""Makes HTML of our Markdown and code. HTML inside of Markdown is shown as text, and only harmless links lead on."""

from firsthand.site.rendering.code import highlighted
from firsthand.site.rendering.markdown import Page, inline, page, rendered

__all__ = ["Page", "highlighted", "inline", "page", "rendered"]
