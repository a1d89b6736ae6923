"""AMQP 0-9-1, the protocol of RabbitMQ, for human eyes and for counting; pamqp reads the single frames."""

import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pamqp.base
import pamqp.exceptions
import pamqp.frame
import pamqp.header

from firsthand.bench.decoders import message
from firsthand.bench.decoders.message import Direction, Reader, count
from firsthand.core.limits import KIB, MIB

BODY_KEPT_BYTES_MAX = 64 * KIB
"""Of a message's body; the rest is counted only."""
FRAME_BYTES_MAX = 16 * MIB
"""More than any broker agrees to: these are other bytes. RabbitMQ's own limit is 128 KiB."""
METHOD_BYTES_MAX = 128 * KIB
"""The same for frames that are kept until they are whole."""
METHOD_READ_BYTES_MAX = 16 * KIB
"""Frames with more in them are told, but not read: pamqp copies what is nested again and again."""
ASSEMBLED_MAX = 256
"""Channels on which a message is coming at the same time; the oldest are told as incomplete."""
DEPTH_KEPT_MAX = 8
"""Of tables in tables."""

_METHOD, _HEADER, _BODY, _HEARTBEAT, _END = 1, 2, 3, 8, 0xCE
_WITH_CONTENT = {
    "basic.publish": "publish",
    "basic.deliver": "deliver",
    "basic.get-ok": "got",
    "basic.return": "return",
}
_KINDS = {**_WITH_CONTENT, "basic.ack": "ack", "basic.nack": "nack", "basic.reject": "reject"}
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SECRET = ("response", "challenge", "client_properties", "server_properties", "mechanisms", "locales")
"""Of the handshake: passwords, and much that tells nobody anything."""
_TOLD = (
    *("exchange", "exchange_type", "queue", "routing_key", "source", "destination", "consumer_tag"),
    *("reply_code", "reply_text", "prefetch_count"),
)
_FLAGS = ("passive", "durable", "exclusive", "auto_delete", "internal", "no_ack", "global_")
_PERSISTENT = 2
_PAMQP_RAISES = (
    pamqp.exceptions.PAMQPException,
    struct.error,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    OSError,  # times that no calendar has
    RecursionError,
)


@dataclass(frozen=True, kw_only=True)
class AmqpMessage(message.Message):
    """A method, together with the content that belongs to it."""

    channel: int = 0
    method: str = ""
    """As the specification writes it, such as `queue.declare-ok`."""
    synchronous: bool = False
    """Whether a reply is due."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """All that the method says, passwords left out."""
    properties: Mapping[str, Any] = field(default_factory=dict)
    """Those of the content that were set, such as `message_id` and `headers`."""
    body: bytes = b""
    """At most `BODY_KEPT_BYTES_MAX`."""
    body_size: int = 0

    @property
    def exchange(self) -> str:
        """The exchange's name; "" is the default one's."""
        return str(self.arguments.get("exchange") or "")

    @property
    def routing_key(self) -> str:
        """What queues are found by."""
        return str(self.arguments.get("routing_key") or "")

    @property
    def queue(self) -> str:
        """The queue's name."""
        return str(self.arguments.get("queue") or "")

    @property
    def consumer_tag(self) -> str:
        """The consumer's name."""
        return str(self.arguments.get("consumer_tag") or "")

    @property
    def delivery_tag(self) -> int:
        """The number of a delivery, or of a publish that is confirmed, on its channel; 0 where there is none."""
        return int(self.arguments.get("delivery_tag") or 0)

    @property
    def multiple(self) -> bool:
        """Whether an ack is for all before it, too."""
        return bool(self.arguments.get("multiple"))

    @property
    def redelivered(self) -> bool:
        """Whether it was delivered before."""
        return bool(self.arguments.get("redelivered"))


class AmqpConversation:
    """Both directions of one connection."""

    def __init__(self) -> None:
        """A connection on which nothing has been said."""
        self._client = _Frames("sent")
        self._server = _Frames("received")

    def sent(self, data: bytes, at: float = 0.0) -> list[AmqpMessage]:
        """Bytes from the client; returns the messages that are complete with them."""
        return self._client.feed(data, at)

    def received(self, data: bytes, at: float = 0.0) -> list[AmqpMessage]:
        """Bytes from the server; returns the messages that are complete with them."""
        return self._server.feed(data, at)

    def end(self, at: float = 0.0) -> list[AmqpMessage]:
        """Nothing more comes either way; returns what is left, the client's first."""
        return [*self._client.end(at), *self._server.end(at)]


@dataclass
class _Content:
    """A method whose content is coming."""

    start: int
    fields: dict[str, Any]
    properties: dict[str, Any] = field(default_factory=dict)
    size: int = -1
    """Of the body as the header says; -1 before it came."""
    body: bytearray = field(default_factory=bytearray)
    came: int = 0


class _Frames(Reader[AmqpMessage]):
    """One direction; contents are put together for each channel."""

    def __init__(self, direction: Direction) -> None:
        super().__init__(direction, AmqpMessage)
        self._coming: dict[int, _Content] = {}
        self._channel = 0
        self._left = -1
        """Bytes of a body frame that are still to come, its end octet included; -1 between frames."""

    def _step(self) -> bool:
        if self._left >= 0:
            return self._take_body()
        if self._offset == 0:
            magic = bytes(self._buffer[:4])
            if magic == b"AMQP"[: len(magic)] and magic:
                return self._take_protocol_header()
            if self.direction == "sent" and magic:
                return self._give_up()
        return self._take_frame()

    def _take_protocol_header(self) -> bool:
        if len(self._buffer) < 8:
            return False
        version = self._take(8)[4:]
        numbers = ".".join(str(number) for number in version[1:])
        self._say("protocol header", f"AMQP {numbers}")
        return True if version == b"\0\0\x09\x01" else self._give_up()

    def _take_frame(self) -> bool:
        if len(self._buffer) < 7:
            known = not self._buffer or self._buffer[0] in (_METHOD, _HEADER, _BODY, _HEARTBEAT)
            return not known and self._garbage()
        kind, channel, size = struct.unpack_from(">BHI", self._buffer)
        most = {_METHOD: METHOD_BYTES_MAX, _HEADER: METHOD_BYTES_MAX, _BODY: FRAME_BYTES_MAX, _HEARTBEAT: 0}
        if size > most.get(kind, -1):
            return self._garbage()
        self._start = self._offset
        self._channel = channel
        if kind == _BODY:
            self._drop(7)
            self._left = size + 1
            return True
        if len(self._buffer) < size + 8:
            return False
        if self._buffer[size + 7] != _END:
            return self._garbage()
        frame = self._take(size + 8)
        if kind == _HEARTBEAT:
            self._say("heartbeat", "heartbeat", channel=channel)
        elif kind == _METHOD:
            self._method(frame)
        else:
            self._header(frame)
        return True

    def _take_body(self) -> bool:
        content = self._coming.get(self._channel)
        if self._left > 1:
            taken = min(self._left - 1, len(self._buffer))
            if content:
                content.body += self._buffer[: min(taken, BODY_KEPT_BYTES_MAX - len(content.body))]
                content.came += taken
            self._drop(taken)
            self._left -= taken
            return taken > 0
        if not self._buffer:
            return False
        if self._buffer[0] != _END:
            return self._garbage()
        self._drop(1)
        self._left = -1
        if content is None or content.size < 0:
            self._say("content", "content that belongs to no method", channel=self._channel)
        elif content.came >= content.size:
            self._say_content(self._channel)
        return True

    def _method(self, frame: bytes) -> None:
        if self._channel in self._coming:
            start, self._start = self._start, self._offset
            self._say_incomplete(self._channel)
            self._start = start
        method = _read(frame)
        if not isinstance(method, pamqp.base.Frame):
            self._say("method", f"a method that cannot be read, {count(len(frame), 'byte')}", channel=self._channel)
            return
        name = _HUMP.sub("-", method.name).lower()
        arguments = {
            k: _settled(v) for k, v in dict(method).items() if k not in _SECRET and not k.startswith("reserved")
        }
        fields = {"channel": self._channel, "method": name, "synchronous": method.synchronous, "arguments": arguments}
        if name not in _WITH_CONTENT:
            self._say(_KINDS.get(name, "method"), _summary(name, arguments), **fields)
            return
        if len(self._coming) >= ASSEMBLED_MAX:
            self._say_incomplete(next(iter(self._coming)))
        self._coming[self._channel] = _Content(self._offset - len(frame), fields)

    def _header(self, frame: bytes) -> None:
        content = self._coming.get(self._channel)
        header = _read(frame)
        if content is None or content.size >= 0 or not isinstance(header, pamqp.header.ContentHeader):
            self._say("content", "a content header that cannot be read or belongs to no method", channel=self._channel)
            return
        content.size = header.body_size
        properties = dict(header.properties) if header.properties else {}
        content.properties = {name: _settled(value) for name, value in properties.items() if value is not None}
        if content.size == 0:
            self._say_content(self._channel)

    def _say_content(self, channel: int) -> None:
        content = self._coming.pop(channel)
        self._start = content.start
        self._say(
            _KINDS[content.fields["method"]],
            _content_summary(content),
            properties=content.properties,
            body=bytes(content.body),
            body_size=content.came,
            **content.fields,
        )

    def _say_incomplete(self, channel: int) -> None:
        content = self._coming.pop(channel)
        self._start = content.start
        text = f"{content.fields['method']} without all of its content, {count(content.came, 'byte')} of it came"
        self._say("incomplete", text, body=bytes(content.body), body_size=content.came, **content.fields)

    def _garbage(self) -> bool:
        self._finish()
        return self._give_up()

    def _finish(self) -> None:
        if self._left >= 0 and self._channel not in self._coming and self._offset > self._start:
            self._say("incomplete", "a frame that breaks off", channel=self._channel)
        for channel in list(self._coming):
            self._say_incomplete(channel)


def _read(frame: bytes) -> object:
    """The frame as pamqp reads it; None where it cannot."""
    if len(frame) > METHOD_READ_BYTES_MAX:
        return None
    try:
        return pamqp.frame.unmarshal(frame)[2]
    except _PAMQP_RAISES:
        return None


def _settled(value: Any, depth: int = 0) -> Any:
    """A value of a table that equals itself and cannot be changed by what is nested in it."""
    if isinstance(value, float) and math.isnan(value):
        return math.nan
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, dict | list) and depth >= DEPTH_KEPT_MAX:
        return "…"
    if isinstance(value, dict):
        return {key: _settled(one, depth + 1) for key, one in value.items()}
    return [_settled(one, depth + 1) for one in value] if isinstance(value, list) else value


def _summary(name: str, arguments: Mapping[str, Any]) -> str:
    if name in ("basic.ack", "basic.nack", "basic.reject"):
        several = " and all before" if arguments.get("multiple") else ""
        again = " back into the queue" if arguments.get("requeue") and name != "basic.ack" else ""
        return f"{name.removeprefix('basic.')} #{arguments.get('delivery_tag')}{several}{again}"
    told = [_told(key, arguments[key]) for key in _TOLD if arguments.get(key) not in (None, "")]
    told += [key.strip("_").replace("_", "-") for key in _FLAGS if arguments.get(key) is True]
    table = arguments.get("arguments")
    told += [_told(str(key), value) for key, value in table.items()] if isinstance(table, dict) else []
    return f"{name} {', '.join(told)}".strip()


def _told(key: str, value: object) -> str:
    name = key.replace("_", " ")
    return f"{name} {str(value).lower()}" if isinstance(value, int) else f'{name} "{value}"'


def _content_summary(content: _Content) -> str:
    arguments = content.fields["arguments"]
    key, exchange, tag = (arguments.get(name) for name in ("routing_key", "exchange", "delivery_tag"))
    words = [word for word in ("mandatory", "redelivered") if arguments.get(word)]
    words += ["persistent"] if content.properties.get("delivery_mode") == _PERSISTENT else []
    size = f"({', '.join([count(content.came, 'byte'), *words])})"
    match content.fields["method"]:
        case "basic.publish":
            return f'publish "{key}" -> exchange "{exchange}" {size}'
        case "basic.deliver":
            return f'deliver #{tag} "{key}" -> consumer "{arguments.get("consumer_tag")}" {size}'
        case "basic.get-ok":
            return f'got #{tag} "{key}" {size}'
    return (
        f'return "{key}" -> exchange "{exchange}": {arguments.get("reply_code")} {arguments.get("reply_text")} {size}'
    )
