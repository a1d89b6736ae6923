"""Markdown as a page: anchored headings, code with its output, diagrams, terms of the glossary, links to labs."""

import re
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.anchors import anchors_plugin

from firsthand.content.blocks import Block, read_parts
from firsthand.content.diagram import drawn
from firsthand.content.glossary import Term, first_uses
from firsthand.site.rendering.code import highlighted

GLOSSARY = "/glossary/#"
HEADING_LEVEL_MAX = 3
_LEADS = re.compile(r"https?://[^\s<>\"']*[\w/]|\b[A-Z][A-Z0-9]{1,3}-\d{2}\b")
"""What leads somewhere in plain text: an address, or the id of a skill."""

_NO_OPENER = SafeString(' rel="noopener"')

Env = MutableMapping[str, Any]


@dataclass(frozen=True)
class Heading:
    """A heading of the second level, for the list of what is on a page."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Page:
    """A page of Markdown, made into HTML."""

    html: SafeString
    headings: tuple[Heading, ...]


@dataclass
class _Making:
    """What the rules below need while a page is made."""

    blocks: Mapping[int, Block] = field(default_factory=dict)
    """By the line of the text on which they begin, from 0."""
    terms: Mapping[str, Term] = field(default_factory=dict)
    labs: frozenset[str] = frozenset()
    skills: Mapping[str, str] = field(default_factory=dict)
    term: Term | None = None
    """The one whose link is open."""
    in_link: bool = False


def page(
    text: str,
    *,
    terms: Mapping[str, Term] | None = None,
    labs: frozenset[str] = frozenset(),
    skills: Mapping[str, str] | None = None,
) -> Page:
    """The page: each term is explained where it is used first.

    Args:
        text: Markdown of ours.
        terms: the glossary by anchor.
        labs: ids that become links where they stand as code.
        skills: ids that become links, each with its unit.
    """
    terms = terms or {}
    blocks = {part.line - 1: part for part in read_parts(text) if isinstance(part, Block)}
    env: Env = {"making": _Making(blocks, terms, labs, skills or {})}
    tokens = _MARKDOWN.parse(_with_terms(text, terms), env)
    for token in tokens:
        if token.type in ("heading_open", "heading_close") and token.tag == "h1":
            token.tag = "h2"  # the page has its own
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env)
    # The renderer escapes all text and has no HTML of the Markdown's.
    return Page(mark_safe(html), tuple(_headings(tokens)))  # noqa: S308


def rendered(text: str) -> SafeString:
    """The HTML of Markdown, such as a brief."""
    return page(text).html


def inline(text: str) -> SafeString:
    """The HTML of one run of Markdown, such as an option of a question, without a paragraph around it."""
    html: str = _MARKDOWN.renderInline(text.strip(), {"making": _Making()})
    return mark_safe(html)  # noqa: S308  # as above


def anchor_of(title: str) -> str:
    """The name of a place on a page, in letters and digits of any script."""
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-") or "part"


def _with_terms(text: str, terms: Mapping[str, Term]) -> str:
    """The text with the first use of each term made a link into the glossary."""
    anchors = {term.name: anchor for anchor, term in terms.items()}
    parts, done = [], 0
    for use in sorted(first_uses(text, _perhaps_in(text, terms.values())), key=lambda each: each.start):
        if use.start >= done:
            parts += [text[done : use.start], f"[{text[use.start : use.end]}]({GLOSSARY}{anchors[use.term.name]})"]
            done = use.end
    return "".join([*parts, text[done:]])


def _perhaps_in(text: str, terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms that may be in a text: looking for these few takes a tenth of the time of looking for all."""
    folded = " ".join(text.casefold().split())
    return tuple(term for term in terms if any(form[:-1].casefold() in folded for form in term.forms))


def _headings(tokens: Sequence[Token]) -> list[Heading]:
    return [
        Heading(
            str(token.attrGet("id") or ""),
            "".join(one.content for one in tokens[at + 1].children or [] if one.type in ("text", "code_inline")),
        )
        for at, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h2"
    ]


class _Html(RendererHTML):
    """What we show otherwise than plain Markdown does."""

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:  # noqa: ARG002
        """Code with a button that copies it, what it prints beneath it, or a drawing."""
        token, making = tokens[idx], _making(env)
        block = making.blocks.get(token.map[0]) if token.map else None
        if block is None:
            return str(_code(token.content, token.info.split()[0] if token.info.strip() else ""))
        if block.kind == "diagram":
            return f'<figure class="drawing" tabindex="0">{drawn(block.text, block.sentence)}</figure>\n'
        if block.kind == "output":
            return _output(block, of_run=_kind_at(tokens, idx - 1, making) == "run")
        if block.kind == "run":
            end = "" if _kind_at(tokens, idx + 1, making) == "output" else "</div>\n"
            return f'<div class="block-run">{_code(block.text, block.language)}{_exit(block)}{end}'
        if block.kind == "file":
            return str(
                format_html(
                    '<div class="block-file"><p class="block-name">{}</p>{}</div>\n',
                    block.file,
                    _code(block.text, block.language),
                )
            )
        return str(_code(block.text, block.language))

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:  # noqa: ARG002
        """Text, in which addresses and ids of skills lead on."""
        content, making = tokens[idx].content, _making(env)
        parts, done = [], 0
        for found in _LEADS.finditer(content) if not making.in_link else ():
            unit = making.skills.get(found[0])
            target = found[0] if unit is None else f"/unit/{unit}/#{found[0]}"
            if unit is not None or "://" in target:
                link = format_html('<a href="{}"{}>{}</a>', target, _NO_OPENER if unit is None else "", found[0])
                parts += [escape(content[done : found.start()]), link]
                done = found.end()
        return "".join([*parts, escape(content[done:])])

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:  # noqa: ARG002
        """Code by indentation."""
        return str(_code(tokens[idx].content, ""))

    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:  # noqa: ARG002
        """Code in a line; the id of a lab leads to the lab."""
        text = tokens[idx].content
        if text in _making(env).labs:
            return str(format_html('<a href="/lab/{}/"><code>{}</code></a>', text, text))
        return f"<code>{escape(text)}</code>"

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """A term with its meaning at hand, a way out of the site, or a way inside it."""
        token, making = tokens[idx], _making(env)
        making.in_link = True
        target = str(token.attrGet("href") or "")
        if target.startswith(GLOSSARY) and (term := making.terms.get(target.removeprefix(GLOSSARY))):
            making.term = term
            anchor = target.removeprefix(GLOSSARY)
            return str(format_html('<span class="term"><a href="{}" aria-describedby="term-{}">', target, anchor))
        if re.match(r"https?:", target):
            token.attrSet("rel", "noopener")
        return self.renderToken(tokens, idx, options, env)

    def link_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The end of a link, and behind a term what it means."""
        making = _making(env)
        term, making.term, making.in_link = making.term, None, False
        if term is None:
            return self.renderToken(tokens, idx, options, env)
        anchor = next(name for name, each in making.terms.items() if each is term)
        return str(
            format_html('</a><span class="term-tip" role="tooltip" id="term-{}">{}</span></span>', anchor, term.means)
        )

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:  # noqa: ARG002
        """Pictures from elsewhere are not asked for; what they show stands in their place."""
        return escape(tokens[idx].content)

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:  # noqa: ARG002
        """A table that may be wider than the screen."""
        return '<div class="scroll table" tabindex="0"><table>\n'

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """The head of a column; one that says nothing is an empty cell, so that nobody is read a name that is none."""
        opening, words, closing = tokens[idx : idx + 3]
        if not words.content:
            opening.tag = closing.tag = "td"
        return self.renderToken(tokens, idx, options, env)

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:  # noqa: ARG002
        """Its end."""
        return "</table></div>\n"


def _making(env: Env) -> _Making:
    making: _Making = env["making"]
    return making


def _kind_at(tokens: Sequence[Token], idx: int, making: _Making) -> str:
    """The kind of the block at this place, if there is one."""
    token = tokens[idx] if 0 <= idx < len(tokens) else None
    block = making.blocks.get(token.map[0]) if token and token.type == "fence" and token.map else None
    return block.kind if block else ""


def _output(block: Block, *, of_run: bool) -> str:
    html = format_html(
        '<pre class="block-output" tabindex="0"><span class="hidden">It prints: </span>{}</pre>', block.text
    )
    return f"{html}</div>\n" if of_run else str(html)


def _exit(block: Block) -> SafeString:
    if not block.exit_code:
        return SafeString()
    return format_html('<p class="ends">It ends with exit code {}.</p>', block.exit_code)


def _code(text: str, language: str) -> SafeString:
    return format_html(
        '<div class="copyable"><pre tabindex="0"><code class="code">{}</code></pre>'
        '<button type="button" data-copy="" aria-label="Copy this code"></button></div>\n',
        highlighted(text, language),
    )


_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "typographer": True}, renderer_cls=_Html)
    .enable(["table", "strikethrough", "smartquotes"])
    .disable(["html_block", "html_inline"])
    .use(anchors_plugin, max_level=HEADING_LEVEL_MAX, slug_func=anchor_of)
)
