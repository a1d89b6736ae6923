"""SQL text for counting and folding: its shape without literals, and its statements one by one."""

import re
from collections.abc import Iterator
from functools import lru_cache

SHAPES_KEPT_MAX = 512
"""Programs say the same again and again; their shapes are made once."""

_TOKEN = re.compile(
    r"""
      (?P<blank>\s+|--[^\n]*)
    | (?P<block>/\*)
    | (?P<literal>
          [eE]'(?:[^'\\]|\\.|'')*'?
        | (?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'?
        | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)
        | \$\d+
        | (?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?
      )
    | (?P<word>[^\W\d][\w$]*)
    | (?P<quoted>"(?:[^"]|"")*"?)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_LISTS = (
    (re.compile(r"\(\?(?:, ?\?)+\)"), "(?)"),
    (re.compile(r"(?<=\(\?\)), ?\(\?\)(?:, ?\(\?\))*"), ""),
)


@lru_cache(maxsize=SHAPES_KEPT_MAX)
def shape_of(sql: str) -> str:
    """The statement with each literal and parameter as ?, lists of them as one, without comments, on one line."""
    words: list[str] = []
    for kind, text in _tokens(sql):
        if kind == "blank":
            words.append(" ")
        else:
            words.append("?" if kind == "literal" else text)
    shape = " ".join("".join(words).split()).rstrip("; ")
    shape = shape.replace("( ", "(").replace(" )", ")")
    for pattern, folded in _LISTS:
        shape = pattern.sub(folded, shape)
    return shape


def statements_of(sql: str) -> list[str]:
    """The statements of a text that a client sent in one message."""
    found: list[str] = []
    begin = at = 0
    says_something = False
    for kind, text in _tokens(sql):
        ends = kind == "sign" and text == ";"
        if ends and says_something:
            found.append(sql[begin:at].strip())
        at += len(text)
        begin = at if ends else begin
        says_something = not ends and (says_something or kind != "blank")
    return [*found, sql[begin:].strip()] if says_something else found


def _tokens(sql: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        assert match, "any character is a sign at least"
        kind = match.lastgroup or "sign"
        end = _comment_end(sql, at) if kind == "block" else match.end()
        yield "blank" if kind == "block" else kind, sql[at:end]
        at = end


def _comment_end(sql: str, at: int) -> int:
    """Comments nest in PostgreSQL."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(sql, at):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(sql)
