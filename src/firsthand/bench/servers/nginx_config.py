"""Reads a learner's nginx configuration and fits it to a private folder: lines stay where they are, what is written
and listened on becomes ours."""

import mimetypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path, PurePosixPath

OURS = frozenset({"daemon", "master_process", "pid"})
"""Directives that say how the process itself runs. Ours are given on the command line; the learner's become blanks."""
WRITTEN = frozenset({"access_log", "error_log", "lock_file"})
"""Directives whose first argument is a file that nginx writes, besides those that end in `_path`."""
NO_FILES = re.compile(r"/dev/|syslog:|memory:|\$|(stderr|off)$")
"""What stands in the place of such a file and is none, or cannot be known before a request comes."""
TEMP_PATHS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
NEWER_TYPES = {".webp": "image/webp", ".woff": "font/woff", ".woff2": "font/woff2"}
"""What nginx's own `mime.types` knows, and Python's list does not."""
STOCK = "/etc/nginx/"
"""Where packages put nginx's own configuration: means the folder of the learner's nginx.conf here."""
DIRECTIVES_MAX = 20_000

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | (?P<mark>[;{}])
      | "(?P<double>(?:\\.|[^"\\])*)"
      | '(?P<single>(?:\\.|[^'\\])*)'
      | (?P<bare>(?:\\.|\$\{|[^\s;{\\])+)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Word:
    """One word of a directive, without its quotes, and where it stands in the text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Directive:
    """A simple directive, or the head of a block; `end` is behind its `;` or `{`, `depth` counts the blocks around."""

    words: Sequence[Word]
    end: int
    depth: int
    opens: bool

    @property
    def name(self) -> str:
        """Such as `listen`."""
        return self.words[0].text


@dataclass
class Fitted:
    """A configuration file that was fitted, and what came to light."""

    text: str
    ports: set[int] = field(default_factory=set)
    """The TCP ports on which it listens."""
    folders: set[Path] = field(default_factory=set)
    """Folders that must be there before nginx writes to them."""
    error_logs: list[Path] = field(default_factory=list)
    """Where its own `error_log` directives write."""
    wants_mime_types: bool = False


@dataclass(frozen=True)
class Grounds:
    """The private folder that a configuration is fitted to."""

    site: Path
    """The copy of the submission: what relative paths begin from (nginx -p)."""
    conf: Path
    """The folder of nginx.conf in it: what includes begin from."""
    outside: Path
    """What stands for the root of the file system, and for the site, where nginx writes."""
    temp: Path
    """Where nginx keeps bodies that are too long for its memory."""
    access_log: Path


def directives(text: str) -> Iterator[Directive]:
    """The directives of a configuration, in order; of text that is none, as much as can be read.

    The rules for words, quotes and comments are those of ngx_conf_read_token (src/core/ngx_conf_file.c).
    """
    words: list[Word] = []
    depth = count = place = 0
    while (found := _TOKEN.match(text, place)) and count < DIRECTIVES_MAX:
        place = found.end()
        mark = found["mark"]
        if mark is None:
            if found["space"] is None:
                words.append(Word(found[found.lastgroup or 0], found.start(), place))
            continue
        if words:
            count += 1
            yield Directive(tuple(words), place, depth, mark == "{")
        words = []
        depth += (mark == "{") - (mark == "}")


def fit(text: str, grounds: Grounds) -> Fitted:
    """Fit one file of a configuration to the grounds; every line keeps its number."""
    fitted = Fitted(text)
    edits: list[tuple[int, int, str]] = []
    found = list(directives(text))
    # What a block inside says for itself does not hold for the others: our paths are the defaults of all.
    given = {directive.name for directive in found if directive.depth == 1}
    for directive in found:
        edits += _edits(directive, given, grounds, fitted)
    for start, end, instead in sorted(edits, reverse=True):
        fitted.text = fitted.text[:start] + instead + fitted.text[end:]
    return fitted


def mime_types() -> str:
    """A `types` block, for configurations that include the `mime.types` of a package."""
    known = mimetypes.MimeTypes().types_map[True] | NEWER_TYPES
    by_type = groupby(sorted(known.items(), key=lambda item: (item[1], item[0])), key=lambda item: item[1])
    lines = [f"    {name} {' '.join(ending[1:] for ending, _ in endings)};" for name, endings in by_type]
    return "types {\n" + "\n".join(lines) + "\n}\n"


def _edits(directive: Directive, given: set[str], grounds: Grounds, fitted: Fitted) -> Iterator[tuple[int, int, str]]:
    name = directive.name
    if name in OURS and not directive.opens:
        start = directive.words[0].start
        yield start, directive.end, "\n" * fitted.text.count("\n", start, directive.end)
    elif name == "http" and directive.opens and directive.depth == 0:
        yield directive.end, directive.end, _defaults(given, grounds)
    elif len(directive.words) > 1:
        yield from _argument(name, directive.words[1], grounds, fitted)


def _argument(name: str, word: Word, grounds: Grounds, fitted: Fitted) -> Iterator[tuple[int, int, str]]:
    instead = word.text
    if name == "listen":
        instead = _listen(word.text, fitted)
    elif name in WRITTEN or name.endswith(("_temp_path", "_cache_path")):
        instead = _written(name, word.text, grounds, fitted)
    elif word.text.startswith(STOCK):
        instead = str(grounds.conf / word.text.removeprefix(STOCK))
    if name == "include" and PurePosixPath(instead).name == "mime.types":
        fitted.wants_mime_types = True
    if instead != word.text:
        yield word.start, word.end, instead


def _written(name: str, target: str, grounds: Grounds, fitted: Fitted) -> str:
    if NO_FILES.match(target):
        return target
    path = grounds.outside / target.lstrip("/")
    # A log's name may hold variables: folders are made as far as they are known.
    fitted.folders.add(Path(str(path).partition("$")[0] + "x").parent)
    if name == "error_log":
        fitted.error_logs.append(path)
    return str(path)


def _listen(target: str, fitted: Fitted) -> str:
    """The loopback address in place of one that other machines would reach."""
    if target.startswith("unix:"):
        return target
    host, _, port = target.rpartition(":") if not target.endswith("]") else (target, "", "")
    if not port.isdigit():
        return {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(target, target)  # noqa: S104
    fitted.ports.add(int(port))
    loopback = {"": "127.0.0.1", "*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104
    return f"{loopback.get(host, host)}:{port}"


def _defaults(given: set[str], grounds: Grounds) -> str:
    """What holds where the learner says nothing: a package's own paths are not for us to write."""
    defaults = {f"{name}_temp_path": grounds.temp / name for name in TEMP_PATHS}
    defaults["access_log"] = grounds.access_log
    return "".join(f" {name} {path};" for name, path in defaults.items() if name not in given)
