"""PostgreSQL's protocol 3 for human eyes and for counting: https://www.postgresql.org/docs/current/protocol.html."""

import struct

from firsthand.bench.decoders.message import count, text_of
from firsthand.bench.decoders.postgres_frames import (
    Fields,
    Framed,
    PostgresMessage,
    Prepared,
    Session,
    Transaction,
    remember,
    shown_parameters,
)

STARTUP_BYTES_MAX = 10_000
"""MAX_STARTUP_PACKET_LENGTH of PostgreSQL."""
FIELDS_MAX = 1_700
"""Columns and error fields read of one message; a table has no more columns."""

_STATUS: dict[str, Transaction] = {"I": "none", "T": "in", "E": "failed"}
_SSL, _GSS, _CANCEL = 80_877_103, 80_877_104, 80_877_102
_ANSWERED_BY_READY = ("startup", "query", "function call", "sync")

_CLIENT = {
    b"Q": "query",
    b"P": "parse",
    b"B": "bind",
    b"D": "describe",
    b"E": "execute",
    b"C": "close",
    b"S": "sync",
    b"H": "flush",
    b"X": "terminate",
    b"p": "password",
    b"d": "copy data",
    b"c": "copy done",
    b"f": "copy fail",
    b"F": "function call",
}
_SERVER: dict[bytes, tuple[str, tuple[str, ...]]] = {
    b"1": ("parsed", ("parse",)),
    b"2": ("bound", ("bind",)),
    b"3": ("closed", ("close",)),
    b"n": ("no columns", ("describe",)),
    b"I": ("empty", ("execute",)),
    b"s": ("suspended", ("execute",)),
    b"G": ("copy in", ()),
    b"H": ("copy out", ()),
    b"W": ("copy both", ()),
    b"c": ("copy done", ()),
    b"V": ("function result", ()),
    b"v": ("version", ()),
}
"""Replies that are only a word, with what they end."""
_SERVER_TYPES = {*_SERVER, *(bytes([kind]) for kind in b"RSKtTCENAZDd")}


class PostgresConversation:
    """Both directions of one connection; feed a request before its reply."""

    def __init__(self) -> None:
        """A connection on which nothing has been said."""
        session = Session()
        self._client = _Client(session)
        self._server = _Server(session)

    def sent(self, data: bytes, at: float = 0.0) -> list[PostgresMessage]:
        """Bytes from the client; returns the messages that are complete with them."""
        return self._client.feed(data, at)

    def received(self, data: bytes, at: float = 0.0) -> list[PostgresMessage]:
        """Bytes from the server; returns the messages that are complete with them."""
        return self._server.feed(data, at)

    def end(self, at: float = 0.0) -> list[PostgresMessage]:
        """Nothing more comes either way; returns what is left, the client's first."""
        return [*self._client.end(at), *self._server.end(at)]


class _Client(Framed):
    COUNTED = b"d"

    def __init__(self, session: Session) -> None:
        super().__init__("sent", session)
        self._started = False

    def _step(self) -> bool:
        if self._session.encrypted:
            return self._give_up()
        return self._frame() if self._started else self._startup()

    def _knows(self, kind: bytes) -> bool:
        return kind in _CLIENT

    def _startup(self) -> bool:
        """The first messages have no type."""
        if len(self._buffer) < 8:
            return bool(self._buffer) and self._buffer[0] != 0 and self._give_up()
        length, code = struct.unpack_from(">II", self._buffer)
        if not 8 <= length <= STARTUP_BYTES_MAX or (code not in (_SSL, _GSS, _CANCEL) and code >> 16 != 3):
            return self._give_up()
        if len(self._buffer) < length:
            return False
        body = self._take(length)[8:]
        if code == _CANCEL:
            self._say("cancel", f"cancel what process {int.from_bytes(body[:4], 'big')} does")
        elif code in (_SSL, _GSS):
            name = "TLS" if code == _SSL else "GSSAPI encryption"
            self._session.outstanding.add(self._say("encryption request", f"may we use {name}?"))
        else:
            self._started = True
            self._session.outstanding.add(self._say("startup", _startup_summary(code, body)))
        return True

    def _say_typed(self, kind: bytes, body: Fields) -> None:
        name = _CLIENT[kind]
        wants_answer = kind not in b"pHXdcf"
        if kind == b"p":
            self._say("password", f"password or proof{self._session.method} (not shown)")
            return
        said = {b"Q": self._query, b"P": self._parse, b"B": self._bind, b"D": self._target, b"C": self._target}
        if kind in said:
            request = said[kind](body)
        elif kind == b"E":
            request = self._execute(body)
        elif kind == b"f":
            request = self._say(name, f"copying fails: {(text := body.string())}", text=text)
        else:
            request = self._say(name, name)
        if wants_answer:
            self._session.outstanding.add(request)

    def _query(self, body: Fields) -> PostgresMessage:
        sql = body.string()
        self._session.prepared.pop("", None)
        return self._say("query", sql.strip() or "an empty query", sql=sql)

    def _parse(self, body: Fields) -> PostgresMessage:
        name, sql = body.string(), body.string()
        types = tuple(body.number(4) for _ in range(min(body.number(2), body.left // 4)))
        remember(self._session.prepared, name, Prepared(sql, types))
        return self._say("parse", f"prepare {name or 'unnamed'}: {sql.strip()}", sql=sql, statement=name)

    def _bind(self, body: Fields) -> PostgresMessage:
        portal, name = body.string(), body.string()
        prepared = self._session.prepared.get(name, Prepared("", ()))
        parameters = tuple(body.parameters(prepared.types))
        sql = prepared.sql
        text = f"bind {name or 'unnamed'}{shown_parameters(parameters)}"
        bound = self._say("bind", text, sql=sql, parameters=parameters, statement=name, portal=portal)
        remember(self._session.portals, portal, bound)
        return bound

    def _execute(self, body: Fields) -> PostgresMessage:
        portal = body.string()
        rows_max = body.number(4)
        bound = self._session.portals.get(portal)
        sql, parameters, name = (bound.sql, bound.parameters, bound.statement) if bound else ("", (), "")
        most = f"  at most {count(rows_max, 'row')}" if rows_max else ""
        text = f"{sql.strip() or f'execute portal {portal}'}{shown_parameters(parameters)}{most}"
        return self._say("execute", text, sql=sql, parameters=parameters, statement=name, portal=portal)

    def _target(self, body: Fields) -> PostgresMessage:
        """Describe or close, of a statement or a portal."""
        word = _CLIENT[self._type]
        what, name = body.take(1), body.string()
        if what != b"S":
            bound = self._session.portals.get(name)
            if word == "close":
                self._session.portals.pop(name, None)
            return self._say(word, f"{word} portal {name}".strip(), portal=name, sql=bound.sql if bound else "")
        prepared = self._session.prepared.get(name, Prepared("", ()))
        if word == "close":
            self._session.prepared.pop(name, None)
        return self._say(word, f"{word} statement {name}".strip(), statement=name, sql=prepared.sql)


class _Server(Framed):
    COUNTED = b"Dd"

    def __init__(self, session: Session) -> None:
        super().__init__("received", session)

    def _step(self) -> bool:
        first = self._session.outstanding.first
        if first is not None and first.kind == "encryption request" and not self._left:
            return self._encryption_reply(first)
        return self._frame()

    def _knows(self, kind: bytes) -> bool:
        return kind in _SERVER_TYPES

    def _answered(self) -> PostgresMessage | None:
        return self._session.outstanding.first

    def _encryption_reply(self, asked: PostgresMessage) -> bool:
        """One byte, but for servers of old that answer with an error."""
        if not self._buffer:
            return False
        byte = bytes(self._buffer[:1])
        if byte == b"N" or (byte == b"S" and "TLS" in asked.summary) or (byte == b"G" and "GSS" in asked.summary):
            self._session.outstanding.pop()
            self._drop(1)
            agreed = byte != b"N"
            self._say("encryption reply", "yes, all that follows is encrypted" if agreed else "no", answers=asked)
            self._session.encrypted = agreed
            return self._give_up() if agreed else True
        self._session.outstanding.pop()
        return True

    def _say_typed(self, kind: bytes, body: Fields) -> None:
        said = {
            b"R": self._authentication,
            b"S": self._setting,
            b"K": self._key,
            b"t": self._parameter_types,
            b"T": self._row_description,
            b"C": self._complete,
            b"E": self._error,
            b"N": self._notice,
            b"A": self._notification,
            b"Z": self._ready,
        }
        if kind in said:
            said[kind](body)
            return
        name, ends = _SERVER[kind]
        self._say(name, name, answers=self._pop(*ends))

    def _pop(self, *kinds: str) -> PostgresMessage | None:
        """The request that this ends, or the query that it is about; None where the two do not fit."""
        first = self._session.outstanding.first
        if first and first.kind in kinds:
            return self._session.outstanding.pop()
        return first if first and first.kind in ("query", "startup", "function call") else None

    def _authentication(self, body: Fields) -> None:
        code = body.number(4)
        words = {
            0: "authenticated",
            3: "asks for the password",
            5: "asks for the password, MD5",
            10: "asks for a proof",
            11: "challenge (not shown)",
            12: "the server's own proof (not shown)",
        }
        names = body.strings() if code == 10 else []
        self._session.method = f" by {names[0]}" if names else self._session.method
        text = words.get(code, f"asks for authentication of kind {code}")
        self._say("authentication", f"{text}{': ' if names else ''}{', '.join(names)}", answers=self._answered())

    def _setting(self, body: Fields) -> None:
        self._say("setting", f"{body.string()} = {body.string()}", answers=self._answered())

    def _key(self, body: Fields) -> None:
        self._say("key", f"process {body.number(4)}", answers=self._answered())

    def _parameter_types(self, body: Fields) -> None:
        types = tuple(body.number(4) for _ in range(min(body.number(2), body.left // 4)))
        asked = self._answered()
        if asked and asked.kind == "describe" and asked.statement in self._session.prepared:
            self._session.prepared[asked.statement].types = types
        self._say("parameter types", f"{count(len(types), 'parameter')}", answers=asked)

    def _row_description(self, body: Fields) -> None:
        columns = []
        for _ in range(min(body.number(2), FIELDS_MAX)):
            if not body.left:
                break
            columns.append(body.string())
            body.take(18)
        self._say("columns", ", ".join(columns), columns=tuple(columns), answers=self._pop("describe"))

    def _complete(self, body: Fields) -> None:
        tag = body.string()
        self._say("complete", tag, tag=tag, answers=self._pop("execute"))

    def _error(self, body: Fields) -> None:
        answers = self._answered()
        while (first := self._session.outstanding.first) and first.kind not in _ANSWERED_BY_READY:
            self._session.outstanding.pop()  # the server passes over what comes before the next sync
        self._say_report("error", body, answers)

    def _notice(self, body: Fields) -> None:
        self._say_report("notice", body, self._answered())

    def _say_report(self, kind: str, body: Fields, answers: PostgresMessage | None) -> None:
        fields: dict[bytes, str] = {}
        while (code := body.take(1)) not in (b"", b"\0") and len(fields) < FIELDS_MAX:
            fields[code] = body.string()
        severity, sqlstate = fields.get(b"V") or fields.get(b"S", ""), fields.get(b"C", "")
        text = fields.get(b"M", "")
        summary = f"{severity} {sqlstate}: {text}".lstrip()
        more = {"detail": fields.get(b"D", ""), "hint": fields.get(b"H", "")}
        self._say(kind, summary, severity=severity, sqlstate=sqlstate, text=text, answers=answers, **more)

    def _notification(self, body: Fields) -> None:
        process, channel, text = body.number(4), body.string(), body.string()
        self._say("notification", f"{channel}: {text} (from process {process})", text=text)

    def _ready(self, body: Fields) -> None:
        status = _STATUS.get(text_of(body.take(1)), "none")
        while (first := self._session.outstanding.first) and first.kind not in _ANSWERED_BY_READY:
            self._session.outstanding.pop()
        asked = self._session.outstanding.pop()
        words = {"none": "ready", "in": "ready, in a transaction", "failed": "ready, in a failed transaction"}
        self._say("ready", words[status], transaction=status, answers=asked)


def _startup_summary(code: int, body: bytes) -> str:
    words = Fields(body).strings()
    pairs = [f"{name}={value}" for name, value in zip(words[::2], words[1::2], strict=False)]
    return f"start, protocol {code >> 16}.{code & 0xFFFF}: {' '.join(pairs)}"
