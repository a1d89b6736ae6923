"""Markdown as HTML: nothing of it is executed, code keeps its words, terms are explained where they are used first."""

import re
from pathlib import Path

import pytest

from firsthand.content.glossary import Term
from firsthand.site.rendering import highlighted, inline, page, rendered


def term(name: str, means: str = "what it means", *also: str) -> Term:
    return Term(name, also, means, Path("g.toml"), 1)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "text <img src=x onerror=alert(1)> text",
        "[click](javascript:alert(1))",
        "[click](  JaVaScRiPt:alert(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        "[click](vbscript:x)",
        "<javascript:alert(1)>",
        '[x](https://example.org/" onmouseover="alert(1))',
        "![x](javascript:alert(1))",
        "```html\n<script>alert(1)</script>\n```",
        '```"><script>alert(1)</script>\ncode\n```',
        "```diagram <script>alert(1)</script>\n│ <script>alert(1)</script>\n```",
        "```python file=a<b>.py\nx\n```",
        "`<script>alert(1)</script>`",
        "# <script>alert(1)</script>",
        "| <script>alert(1)</script> |\n|---|\n| <b onclick=x> |",
        "[a]: javascript:alert(1)\n\n[a]",
    ],
)
def test_nothing_hostile_gets_through(hostile) -> None:
    html = rendered(hostile)

    assert "<script" not in html
    assert not re.search(r"<[^>]*\son\w+\s*=", html)
    assert not re.search(r'href="\s*(?:javascript|data|vbscript):', html, re.IGNORECASE)
    assert "<img" not in html
    assert "style=" not in html


def test_a_hostile_glossary_gets_no_further() -> None:
    terms = {"x": term("cache", '"><script>alert(1)</script>')}
    html = page("A cache.", terms=terms).html

    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_headings_have_anchors_and_are_listed() -> None:
    found = page("## One `two`\n\n### Three\n\n## One `two`\n\n# Four\n")

    assert [(each.anchor, each.text) for each in found.headings] == [
        ("one-two", "One two"),
        ("one-two-1", "One two"),
        ("four", "Four"),
    ]
    assert '<h2 id="one-two">' in found.html
    assert "<h1" not in found.html, "the page has its own"


def test_headings_in_any_script_have_anchors() -> None:
    assert [each.anchor for each in page("## الطريق\n\n## 道路\n\n## !?\n").headings] == ["الطريق", "道路", "part"]


def test_code_is_coloured_by_classes_and_can_be_copied() -> None:
    html = rendered("```python\nimport os\n```\n")

    assert '<span class="kn">import</span>' in html
    assert "data-copy" in html
    assert "style=" not in html
    assert re.sub(r"<[^>]+>", "", html).strip() == "import os"


def test_code_in_an_unknown_language_or_very_long_is_shown_as_it_is() -> None:
    assert highlighted("<x>", "no-such-language") == "&lt;x&gt;"
    assert "<span" not in highlighted("import os\n" * 20_000, "python")


def test_what_a_run_prints_is_joined_to_it() -> None:
    html = rendered("```sh run exit=1\nfalse\n```\n```text output\n<b>1</b>\n```\nafter\n")

    assert html.startswith('<div class="block-run">')
    assert "It ends with exit code 1." in html
    assert '<pre class="block-output"' in html.partition("</div>\n<p>after")[0]
    assert "&lt;b&gt;1&lt;/b&gt;" in html
    assert html.count("<div") == html.count("</div>")


@pytest.mark.parametrize("text", ["```sh run\ntrue\n```\n", "```text output\nx\n```\n", "```sh run\nx\n```\n\nA.\n"])
def test_a_run_or_an_output_alone_leaves_nothing_open(text) -> None:
    html = rendered(text)
    assert html.count("<div") == html.count("</div>")


def test_a_file_is_shown_with_its_name_and_a_diagram_as_a_picture() -> None:
    html = rendered("```python file=app.py\nx = 1\n```\n\n```diagram A box.\n┌──┐\n└──┘\n```\n")

    assert '<p class="block-name">app.py</p>' in html
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="diagram" role="img"' in html
    assert "<title>A box.</title>" in html


def test_a_term_is_explained_where_it_is_used_first_and_only_there() -> None:
    found = page("## A cache\n\nA cache keeps. The cache\n`cache` is **fast**.", terms={"cache": term("cache")})

    assert found.html.count('href="/glossary/#cache"') == 1
    assert 'aria-describedby="term-cache"' in found.html
    assert 'role="tooltip" id="term-cache">what it means<' in found.html
    assert "cache" in found.html.partition("</h2>")[0]
    assert "href" not in found.html.partition("</h2>")[0]


def test_ids_of_labs_lead_to_them() -> None:
    html = page("Do `net-byo-http` and `other`.", labs=frozenset({"net-byo-http"})).html

    assert '<a href="/lab/net-byo-http/"><code>net-byo-http</code></a>' in html
    assert "<code>other</code>" in html


def test_links_lead_out_without_telling_and_pictures_are_not_asked_for() -> None:
    html = rendered("[RFC](https://example.org/rfc) and ![a cat](https://example.org/cat.png)")

    assert '<a href="https://example.org/rfc" rel="noopener">' in html
    assert "cat.png" not in html
    assert "a cat" in html


def test_wide_things_can_be_scrolled_by_keyboard() -> None:
    html = rendered("| a |\n|---|\n| b |\n\n```\ncode\n```\n")

    assert '<div class="scroll table" tabindex="0"' in html
    assert '<pre tabindex="0">' in html


def test_a_column_without_a_name_has_no_header() -> None:
    html = rendered("| | b |\n|---|---|\n| c | d |\n")

    assert re.findall(r"<(t[hd])>(.?)</\1>", html) == [("td", ""), ("th", "b"), ("td", "c"), ("td", "d")]


def test_one_run_of_text_has_no_paragraph() -> None:
    assert inline("Which is **right**: `<b>`?") == "Which is <strong>right</strong>: <code>&lt;b&gt;</code>?"
    assert inline("[x](javascript:alert(1)) <b>") == "[x](javascript:alert(1)) &lt;b&gt;"


def test_ids_of_skills_and_addresses_lead_on() -> None:
    html = page(
        "Do (NET-01) and [NET-02], not NET-99. See https://example.org/a?b=1&c=2.", skills={"NET-01": "net"}
    ).html

    assert '(<a href="/unit/net/#NET-01">NET-01</a>)' in html
    assert "NET-02" in html
    assert 'NET-02">' not in html
    assert 'NET-99">' not in html
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="noopener">https://example.org/a?b=1&amp;c=2</a>.' in html


def test_no_link_stands_in_another() -> None:
    html = page("[NET-01 at https://example.org/](https://example.org/x)", skills={"NET-01": "net"}).html
    assert html.count("<a ") == 1
