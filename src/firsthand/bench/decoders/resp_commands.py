"""Commands of Redis and Valkey with their replies, also those that waited in a transaction."""

import re
from dataclasses import dataclass

from firsthand.bench.decoders.exchange import Exchange
from firsthand.bench.decoders.message import Outstanding, line, shape_line, text_of
from firsthand.bench.decoders.resp import RespMessage
from firsthand.bench.decoders.resp_values import RespError, Value, shown_value

_VARYING = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?<![0-9A-Za-z])(?=[a-f]*[0-9])[0-9a-f]{8,}(?![0-9A-Za-z])|\d+"
)
_KEYLESS = frozenset(
    {
        "PING",
        "ECHO",
        "AUTH",
        "HELLO",
        "SELECT",
        "QUIT",
        "RESET",
        "MULTI",
        "EXEC",
        "DISCARD",
        "UNWATCH",
        "INFO",
        "DBSIZE",
        "FLUSHALL",
        "FLUSHDB",
        "SCAN",
        "WAIT",
        "TIME",
        "MONITOR",
        "SAVE",
        "BGSAVE",
        "LASTSAVE",
        "SHUTDOWN",
        "RANDOMKEY",
        "ROLE",
        "SYNC",
        "PSYNC",
        "SWAPDB",
    }
)
_WITH_SUBCOMMAND = frozenset(
    {
        "CLIENT",
        "CONFIG",
        "ACL",
        "COMMAND",
        "SCRIPT",
        "FUNCTION",
        "PUBSUB",
        "CLUSTER",
        "MEMORY",
        "LATENCY",
        "DEBUG",
        "MODULE",
        "SLOWLOG",
    }
)
_SUBCOMMAND_THEN_KEY = frozenset({"XGROUP", "XINFO", "OBJECT"})
_KEYS_COUNTED = frozenset({"EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO"})
_KEYS_AFTER_STREAMS = frozenset({"XREAD", "XREADGROUP"})


@dataclass(frozen=True, kw_only=True)
class CommandDone(Exchange):
    """One command and its reply."""

    words: tuple[bytes, ...]
    reply: Value = None
    error: str = ""
    """The whole error message; its first word is the kind."""
    in_transaction: bool = False
    """It waited for EXEC; the reply is its part of EXEC's."""
    executed: bool = True
    """False where it was queued and then discarded, or never answered."""


class Commands:
    """Pairs the commands and replies of one connection."""

    def __init__(self) -> None:
        """A connection on which nothing has been said."""
        self._open: Outstanding[RespMessage] = Outstanding()
        self._queued: Outstanding[RespMessage] = Outstanding()

    def add(self, message: RespMessage) -> list[CommandDone]:
        """Take the next message; returns the commands that are over with it."""
        if message.kind == "command":
            if not message.wants_reply:
                return [_done(message, None, None, came="no reply wanted")]
            self._open.add(message)
        command = message.answers
        if message.kind not in ("reply", "error") or message.more:
            return []
        while (waited := self._open.pop()) and waited is not command:
            pass
        if command is None:
            return []
        if command.in_transaction and message.value == "QUEUED":
            self._queued.add(command)
            return []
        return [*self._left_queue(command, message), _done(command, message, message.value)]

    def end(self) -> list[CommandDone]:
        """Nothing more comes; returns what was never answered or executed."""
        left = [*self._queued, *self._open]
        self._queued, self._open = Outstanding(), Outstanding()
        return [_done(command, None, None, executed=False, came="no answer") for command in left]

    def _left_queue(self, command: RespMessage, reply: RespMessage) -> list[CommandDone]:
        """What waited for this EXEC, or for the DISCARD or RESET instead."""
        if command.name not in ("EXEC", "DISCARD", "RESET"):
            return []
        queued, self._queued = self._queued, Outstanding()
        values = reply.value
        if command.name == "EXEC" and isinstance(values, tuple) and len(values) == len(queued):
            return [_done(one, reply, value) for one, value in zip(queued, values, strict=False)]
        return [_done(one, reply, None, executed=False, came="not executed") for one in queued]


def _done(
    command: RespMessage, message: RespMessage | None, value: Value, *, executed: bool = True, came: str = ""
) -> CommandDone:
    return CommandDone(
        protocol="resp",
        shape=shape_line(shape_of(command.words)),
        summary=line(f"{command.summary}  → {came or shown_value(value)}"),
        ok=executed and not isinstance(value, RespError),
        began=command.at,
        ended=message.at if message else command.at,
        request=command,
        replies=(message,) if message else (),
        words=command.words,
        reply=value,
        error=value.message if isinstance(value, RespError) else "",
        in_transaction=command.in_transaction,
        executed=executed,
    )


def shape_of(words: tuple[bytes, ...]) -> str:
    """The command's name and its first key, numbers in the key replaced: `GET product:*`."""
    name, *rest = (text_of(word[:200]) for word in words)
    name = name.upper()
    if name in _WITH_SUBCOMMAND:
        return " ".join([name, *(word.upper() for word in rest[:1])])
    key = _key(name, rest)
    return name if key is None else f"{name} {_VARYING.sub('*', key)}"


def _key(name: str, rest: list[str]) -> str | None:
    if name in _KEYLESS:
        return None
    place = 0
    if name in _SUBCOMMAND_THEN_KEY:
        place = 1
    elif name in _KEYS_COUNTED:
        place = 2 if rest[1:2] != ["0"] else len(rest)
    elif name in _KEYS_AFTER_STREAMS:
        upper = [word.upper() for word in rest]
        place = upper.index("STREAMS") + 1 if "STREAMS" in upper else 0
    return rest[place] if place < len(rest) else None
