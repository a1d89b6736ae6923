"""RESP 2 and 3, the protocol of Redis and Valkey, for human eyes and for counting."""

import re
from dataclasses import dataclass, field

from firsthand.bench.decoders import message
from firsthand.bench.decoders.message import Direction, Outstanding, Reader
from firsthand.bench.decoders.resp_values import (
    NotRespError,
    RespError,
    Value,
    ValueBuilder,
    shown_value,
    shown_word,
)
from firsthand.core.limits import KIB

LINE_BYTES_MAX = 64 * KIB
"""A line that has no end by then is none, as servers see it, too."""
WORDS_SHOWN = 10
CHANNELS_MAX = 10_000
"""Subscribed channels that are known by name."""

_SUBSCRIBING = {b"subscribe": "channels", b"psubscribe": "patterns", b"ssubscribe": "shards"}
_UNSUBSCRIBING = {b"unsubscribe": "channels", b"punsubscribe": "patterns", b"sunsubscribe": "shards"}
_CONFIRMED = {**_SUBSCRIBING, **_UNSUBSCRIBING}
_PUSHED = (b"message", b"pmessage", b"smessage")
_HIDDEN = b"(not shown)"
_INLINE = re.compile(rb'"(?:\\.|[^"\\])*"|\'(?:\\\'|[^\'])*\'|[^\s"\']+')
_ESCAPED = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"a": b"\a"}


@dataclass(frozen=True, kw_only=True)
class RespMessage(message.Message):
    """A command, a reply or a push."""

    words: tuple[bytes, ...] = ()
    """Of a command, its name first; passwords are not kept."""
    value: Value = None
    """Of a reply or push."""
    whole: bool = True
    """False where something of it was not kept."""
    in_transaction: bool = False
    """Of a command: between MULTI and EXEC."""
    wants_reply: bool = True
    """Of a command: false after CLIENT REPLY OFF or SKIP."""
    more: bool = False
    """Of a reply: another one follows to the same command, as to SUBSCRIBE of several channels."""
    answers: "RespMessage | None" = field(default=None, repr=False)
    """The command that a reply is for."""

    @property
    def name(self) -> str:
        """The command's name in capitals."""
        return message.text_of(self.words[0][:40]).upper() if self.words else ""


class RespConversation:
    """Both directions of one connection; feed a command before its reply."""

    def __init__(self) -> None:
        """A connection on which nothing has been said."""
        outstanding: Outstanding[RespMessage] = Outstanding()
        self._client = _Client(outstanding)
        self._server = _Server(outstanding)

    def sent(self, data: bytes, at: float = 0.0) -> list[RespMessage]:
        """Bytes from the client; returns the commands that are complete with them."""
        return self._client.feed(data, at)

    def received(self, data: bytes, at: float = 0.0) -> list[RespMessage]:
        """Bytes from the server; returns the replies and pushes that are complete with them."""
        return self._server.feed(data, at)

    def end(self, at: float = 0.0) -> list[RespMessage]:
        """Nothing more comes either way; returns what is left, the client's first."""
        return [*self._client.end(at), *self._server.end(at)]


class _Values(Reader[RespMessage]):
    """Values one after another; what was taken of one that never becomes whole is said at the end."""

    def __init__(self, direction: Direction, outstanding: Outstanding[RespMessage]) -> None:
        super().__init__(direction, RespMessage)
        self._outstanding = outstanding
        self._builder = ValueBuilder()
        self._bulk = bytearray()
        self._bulk_left = 0
        self._searched = 0

    def _step(self) -> bool:
        try:
            return self._take_bulk() if self._builder.bulk_size >= 0 else self._take_line()
        except NotRespError:
            self._say_broken()
            return self._give_up()

    def _take_line(self) -> bool:
        line = self._line(b"\r\n")
        if line is None:
            return False
        self._expect(line)
        done = self._builder.take_line(line)
        self._drop(len(line) + 2)
        self._bulk_left = max(self._builder.bulk_size, 0)
        if done:
            self._take_value()
        return True

    def _line(self, end: bytes) -> bytes | None:
        """The next line, which stays in the buffer, or None while it is not whole.

        Raises:
            NotRespError: it is too long for one.
        """
        found = self._buffer.find(end, self._searched, LINE_BYTES_MAX)
        if found < 0:
            self._searched = max(len(self._buffer) - 1, 0)
            if len(self._buffer) >= LINE_BYTES_MAX:
                raise NotRespError
            return None
        self._searched = 0
        return bytes(self._buffer[:found])

    def _take_bulk(self) -> bool:
        if self._bulk_left:
            taken = min(self._bulk_left, len(self._buffer))
            self._bulk += self._buffer[: min(taken, self._builder.room - len(self._bulk))]
            self._drop(taken)
            self._bulk_left -= taken
            return taken > 0
        if len(self._buffer) < 2:
            return False
        if self._buffer[:2] != b"\r\n":
            raise NotRespError
        self._drop(2)
        kept = bytes(self._bulk)
        self._bulk.clear()
        if self._builder.take_bulk(kept):
            self._take_value()
        return True

    def _take_value(self) -> None:
        done, self._builder = self._builder, ValueBuilder()
        self._say_value(done)

    def _say_broken(self) -> None:
        """The lines and strings that were taken of a value that now breaks off."""
        if self._offset > self._start:
            begun = self._builder.kind != ""
            self._say(*(("incomplete", "a message that breaks off") if begun else ("blank", "empty lines")))

    def _finish(self) -> None:
        self._say_broken()

    def _expect(self, line: bytes) -> None:
        """Raise NotRespError where this line cannot come next."""

    def _say_value(self, done: ValueBuilder) -> None:
        raise NotImplementedError


class _Client(_Values):
    def __init__(self, outstanding: Outstanding[RespMessage]) -> None:
        super().__init__("sent", outstanding)
        self._in_transaction = False
        self._silent = False
        self._skip = 0
        """Commands that get no reply."""

    def _take_line(self) -> bool:
        at_top = self._builder.depth == 0
        if at_top and self._buffer and not self._buffer.startswith(b"*"):
            return self._take_inline()
        return super()._take_line()

    def _expect(self, line: bytes) -> None:
        if self._builder.depth and (not line.startswith(b"$") or line.startswith(b"$-")):
            raise NotRespError

    def _take_inline(self) -> bool:
        line = self._line(b"\n")
        if line is None:
            return False
        if any(byte < 32 and byte != 9 for byte in line.removesuffix(b"\r")):
            raise NotRespError
        self._drop(len(line) + 1)
        words = _inline_words(line)
        if words:
            self._say_command(words, whole=True)
        return True

    def _say_value(self, done: ValueBuilder) -> None:
        words = tuple(word for word in done.value if isinstance(word, bytes)) if isinstance(done.value, tuple) else ()
        if words:  # a server passes over an empty array
            self._say_command(words, whole=done.whole)

    def _say_command(self, words: tuple[bytes, ...], *, whole: bool) -> None:
        words = _without_passwords(words)
        name = words[0].upper()
        if name in (b"EXEC", b"DISCARD", b"RESET"):
            self._in_transaction = False
        silent = self._stays_unanswered(words)
        command = self._say(
            "command",
            _command_summary(words),
            words=words,
            whole=whole,
            in_transaction=self._in_transaction,
            wants_reply=not silent,
        )
        if name == b"MULTI":
            self._in_transaction = True
        if not silent:
            self._outstanding.add(command)

    def _stays_unanswered(self, words: tuple[bytes, ...]) -> bool:
        """CLIENT REPLY ON, OFF and SKIP (the next one, and itself)."""
        asked = tuple(word.upper() for word in words[:3])
        if asked[:2] == (b"CLIENT", b"REPLY") and asked[2:] in ((b"ON",), (b"OFF",), (b"SKIP",)):
            self._silent = asked[2] == b"OFF" or (self._silent and asked[2] == b"SKIP")
            self._skip = 2 if asked[2] == b"SKIP" else 0
        silent = self._silent or self._skip > 0
        self._skip = max(self._skip - 1, 0)
        return silent


class _Server(_Values):
    def __init__(self, outstanding: Outstanding[RespMessage]) -> None:
        super().__init__("received", outstanding)
        self._subscribed: dict[str, set[bytes]] = {"channels": set(), "patterns": set(), "shards": set()}
        self._confirmations = 0
        """That the command in turn still gets, when it was told the first."""

    def _say_value(self, done: ValueBuilder) -> None:
        value = done.value
        head = value[0] if isinstance(value, tuple) and value and isinstance(value[0], bytes) else b""
        head = head.lower()
        if head in _CONFIRMED and self._confirm(head, done):
            return
        pushed = done.kind == ">" or (head in _PUSHED and any(self._subscribed.values()))
        if pushed or not self._outstanding:
            kind = "error" if isinstance(value, RespError) else "push"
            self._say(kind, shown_value(value), value=value, whole=done.whole)
            return
        self._confirmations = 0
        command = self._outstanding.pop()
        if command and command.name == "RESET":
            for known in self._subscribed.values():
                known.clear()
        kind = "error" if isinstance(value, RespError) else "reply"
        self._say(kind, shown_value(value), value=value, whole=done.whole, answers=command)

    def _confirm(self, head: bytes, done: ValueBuilder) -> bool:
        """Whether this tells of a subscription, one of perhaps several for one command."""
        command = self._outstanding.first
        known = self._subscribed[_CONFIRMED[head]]
        asked = command is not None and command.words[0].lower() == head
        if not asked and done.kind != ">":
            return False
        if asked and command and not self._confirmations:
            self._confirmations = len(command.words) - 1 or max(len(known), 1)
        channel = done.value[1] if isinstance(done.value, tuple) and len(done.value) > 1 else None
        if isinstance(channel, bytes):
            known.discard(channel)
            if head in _SUBSCRIBING and len(known) < CHANNELS_MAX:
                known.add(channel)
        if not asked:
            self._say("push", shown_value(done.value), value=done.value, whole=done.whole)
            return True
        self._confirmations -= 1
        if self._confirmations == 0:
            self._outstanding.pop()
        more = self._confirmations > 0
        self._say("reply", shown_value(done.value), value=done.value, whole=done.whole, answers=command, more=more)
        return True


def _command_summary(words: tuple[bytes, ...]) -> str:
    shown = ["(not shown)" if word == _HIDDEN else shown_word(word) for word in words[:WORDS_SHOWN]]
    more = [f"… ({len(words)} words)"] if len(words) > WORDS_SHOWN else []
    return " ".join([*shown, *more])


def _without_passwords(words: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The words with what nobody should read over a learner's shoulder replaced."""
    upper = [word.upper() if len(word) < 20 else b"" for word in words]
    if upper[0] == b"AUTH" and len(words) > 1:
        return (*words[:-1], _HIDDEN)
    if upper[0] == b"HELLO" and b"AUTH" in upper[1:-2]:
        at = upper.index(b"AUTH", 1) + 2
        return (*words[:at], _HIDDEN, *words[at + 1 :])
    if upper[:2] == [b"CONFIG", b"SET"]:
        secret = (b"REQUIREPASS", b"MASTERAUTH", b"PRIMARYAUTH")
        return tuple(_HIDDEN if i and upper[i - 1] in secret else word for i, word in enumerate(words))
    return words


def _inline_words(line: bytes) -> tuple[bytes, ...]:
    """As a server reads what somebody types into telnet."""
    return tuple(_unquoted(word) for word in _INLINE.findall(line))


def _unquoted(word: bytes) -> bytes:
    if word[:1] == b'"' and len(word) > 1:
        return _ESCAPED.sub(_unescaped, word[1:-1])
    return word[1:-1].replace(b"\\'", b"'") if word[:1] == b"'" and len(word) > 1 else word


def _unescaped(match: re.Match[bytes]) -> bytes:
    sign = match[1]
    return bytes([int(sign[1:], 16)]) if len(sign) == 3 else _ESCAPES.get(sign, sign)
