"""An HTTP/1.1 server on raw TCP sockets: one thread for each connection, the standard library only."""

import gzip
import hashlib
import json
import os
import re
import socket
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote_to_bytes

PUBLIC = Path(os.environ.get("PUBLIC_DIR", "public")).resolve()

HEAD_BYTES_MAX = 16 * 1024
BODY_BYTES_MAX = 16 * 1024 * 1024
IDLE_S = 60.0
LINGER_S = 1.0
TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class HangupError(Exception):
    """The client closed the connection."""


class RefusedError(Exception):
    """A request whose end nobody can be sure of. It gets this status, and the connection is closed."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass
class Request:
    """One whole request. `headers` holds names in lower case and values without the spaces around them."""

    method: str
    target: bytes
    version: str
    headers: list[tuple[str, str]]
    body: bytes = b""

    def all(self, name: str) -> list[str]:
        """The value of each header line with this name."""
        return [value for key, value in self.headers if key == name.lower()]

    def get(self, name: str) -> str | None:
        """The header's value, lines of one name joined by commas; None when the request has no such header."""
        values = self.all(name)
        return ", ".join(values) if values else None

    def items(self, name: str) -> list[str]:
        """The members of a comma-separated header."""
        return [item.strip() for item in (self.get(name) or "").split(",") if item.strip()]

    def wants_close(self) -> bool:
        """Whether this is the last request on its connection."""
        options = [option.lower() for option in self.items("connection")]
        return "close" in options or (self.version == "HTTP/1.0" and "keep-alive" not in options)


@dataclass
class Reply:
    """What goes back; Content-Length is added when it is sent."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


# Reading: bytes that came too early stay in the buffer until somebody asks for them.


class Reader:
    """The bytes of one connection, in the pieces that HTTP is made of instead of those that TCP delivers."""

    def __init__(self, client: socket.socket) -> None:
        self.client = client
        self.buffer = bytearray()

    def _more(self) -> None:
        data = self.client.recv(65_536)
        if not data:
            raise HangupError
        self.buffer += data

    def until(self, end: bytes, limit: int, status: int) -> bytes:
        """The bytes before `end`, which is dropped; more than `limit` of them are refused with `status`."""
        while (at := self.buffer.find(end)) < 0 and len(self.buffer) <= limit:
            self._more()
        if not 0 <= at <= limit:
            raise RefusedError(status, f"no end within {limit} bytes")
        return self.exactly(at + len(end))[:at]

    def exactly(self, count: int) -> bytes:
        """The next `count` bytes, in however many packets they come."""
        while len(self.buffer) < count:
            self._more()
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data


def read_request(reader: Reader) -> Request:
    """The next request, with its body."""
    head = reader.until(b"\r\n\r\n", HEAD_BYTES_MAX, 431)
    while head.startswith(b"\r\n"):  # an empty line before a request is forgiven (RFC 9112, 2.2)
        head = head[2:]
    if b"\n" in head.replace(b"\r\n", b""):
        raise RefusedError(400, "a line feed without a carriage return")
    request_line, *lines = head.split(b"\r\n")
    request = parse_request_line(request_line)
    request.headers = [parse_header(line) for line in lines]
    if request.version != "HTTP/1.0" and len(request.all("host")) != 1:
        raise RefusedError(400, "a request needs exactly one Host")
    request.body = read_body(reader, request)
    return request


def parse_request_line(line: bytes) -> Request:
    """`GET /path HTTP/1.1` as a request that has no headers yet."""
    parts = line.split(b" ")
    if len(parts) != 3 or not TOKEN.fullmatch(parts[0]) or not parts[1]:
        raise RefusedError(400, "the request line is not METHOD TARGET VERSION")
    method, target, version = parts
    if not re.fullmatch(rb"HTTP/[0-9]\.[0-9]", version):
        raise RefusedError(400, "the version is not HTTP/x.y")
    if not version.startswith(b"HTTP/1."):
        raise RefusedError(505, "only HTTP/1 is spoken here")
    return Request(method.decode(), target, version.decode(), [])


def parse_header(line: bytes) -> tuple[str, str]:
    """`Name: value` as a name in lower case and a trimmed value."""
    name, colon, value = line.partition(b":")
    if not colon or not TOKEN.fullmatch(name):
        raise RefusedError(400, "a header line is not NAME: VALUE")
    return name.decode().lower(), value.strip(b" \t").decode("latin-1")


def read_body(reader: Reader, request: Request) -> bytes:
    """The body, as the framing headers announce it; empty when they announce none."""
    lengths = set(request.all("content-length"))
    coding = request.get("transfer-encoding")
    if coding is None and not lengths:
        return b""
    if coding is not None:
        if lengths:
            raise RefusedError(400, "Content-Length and Transfer-Encoding contradict each other")
        if coding.lower() != "chunked":
            raise RefusedError(501, "chunked is the only transfer coding known here")
    length = 0 if coding is not None else one_length(lengths)
    if (request.get("expect") or "").lower() == "100-continue" and request.version != "HTTP/1.0":
        reader.client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return read_chunks(reader) if coding is not None else reader.exactly(length)


def one_length(lengths: set[str]) -> int:
    """The number that all Content-Length lines agree on."""
    if len(lengths) != 1:
        raise RefusedError(400, "Content-Length lines that differ")
    text = lengths.pop()
    if not re.fullmatch(r"[0-9]+", text):
        raise RefusedError(400, "Content-Length is not a number")
    if len(text) > 15 or int(text) > BODY_BYTES_MAX:
        raise RefusedError(413, "more than this server takes")
    return int(text)


def read_chunks(reader: Reader) -> bytes:
    """A chunked body: sizes in hexadecimal, extensions and trailers dropped."""
    body = b""
    while size := chunk_size(reader):
        if len(body) + size > BODY_BYTES_MAX:
            raise RefusedError(413, "more than this server takes")
        body += reader.exactly(size)
        if reader.exactly(2) != b"\r\n":
            raise RefusedError(400, "a chunk is longer than it said")
    while trailer := reader.until(b"\r\n", HEAD_BYTES_MAX, 431):
        if b"\n" in trailer:
            raise RefusedError(400, "a line feed without a carriage return")
    return body


def chunk_size(reader: Reader) -> int:
    """The number on the next chunk's first line."""
    line = reader.until(b"\r\n", HEAD_BYTES_MAX, 400)
    digits = line.partition(b";")[0].rstrip(b" \t")
    if b"\n" in line or not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", digits):
        raise RefusedError(400, "a chunk size is not a hexadecimal number")
    return int(digits, 16)


# Answering: from here on nothing knows about sockets.


def answer(request: Request) -> Reply:
    """The reply to a request, by its path and then by its method."""
    path = request.target.partition(b"?")[0]
    for prefix, methods in ROUTES:
        if path == prefix or (prefix.endswith(b"/") and prefix != b"/" and path.startswith(prefix)):
            if request.method not in methods:
                return Reply(405, b"", {"Allow": ", ".join(methods)})
            return methods[request.method](request, path[len(prefix) :])
    return text(b"nothing here\n", status=404)


def text(body: bytes, status: int = 200) -> Reply:
    """A plain text."""
    return Reply(status, body, {"Content-Type": "text/plain; charset=utf-8"})


def home(request: Request, rest: bytes) -> Reply:
    """`/`: a sign of life."""
    return text(b"It works.\n")


def echo_path(request: Request, rest: bytes) -> Reply:
    """`/echo/{text}`: the text."""
    return text(unquote_to_bytes(rest))


def echo_body(request: Request, rest: bytes) -> Reply:
    """`/echo`: the body that came."""
    return Reply(200, request.body, {"Content-Type": "application/octet-stream"})


def header(request: Request, rest: bytes) -> Reply:
    """`/headers/{name}`: that header of the request."""
    value = request.get(unquote_to_bytes(rest).decode("latin-1"))
    return text(value.encode("latin-1")) if value is not None else Reply(404)


def about(request: Request, rest: bytes) -> Reply:
    """`/about`: text or JSON, as the client prefers."""
    accept = request.items("accept") or ["*/*"]
    plain, structured = quality(accept, "text/plain"), quality(accept, "application/json")
    if max(plain, structured) == 0:
        return Reply(406)
    if structured > plain:
        reply = Reply(200, json.dumps({"server": "firsthand"}).encode(), {"Content-Type": "application/json"})
    else:
        reply = text(b"server: firsthand\n")
    reply.headers["Vary"] = "Accept"
    return reply


def file(request: Request, rest: bytes) -> Reply:
    """`/files/{path}`: a file of the public folder, compressed, conditional, in ranges."""
    content = read_public(unquote_to_bytes(rest))
    if content is None:
        return Reply(404)
    tag, headers = hashlib.sha256(content).hexdigest()[:24], {"Vary": "Accept-Encoding"}
    if prefers_gzip(request.items("accept-encoding")):
        # Other bytes are another representation: its strong validator must differ (RFC 9110, 8.8.3.3).
        content, tag = gzip.compress(content, mtime=0), f"{tag}-gzip"
        headers["Content-Encoding"] = "gzip"
    headers |= {"ETag": f'"{tag}"', "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
    return conditional(request, Reply(200, content, headers))


def read_public(name: bytes) -> bytes | None:
    """The content of a file in the public folder; None for anything that is not a file inside it."""
    try:
        place = (PUBLIC / os.fsdecode(name.lstrip(b"/"))).resolve()
        return place.read_bytes() if place.is_relative_to(PUBLIC) else None
    except (OSError, ValueError):  # missing, a folder, or a name that no file can have
        return None


ROUTES = [
    (b"/", {"GET": home, "HEAD": home}),
    (b"/echo", {"POST": echo_body}),
    (b"/echo/", {"GET": echo_path, "HEAD": echo_path}),
    (b"/headers/", {"GET": header, "HEAD": header}),
    (b"/about", {"GET": about, "HEAD": about}),
    (b"/files/", {"GET": file, "HEAD": file}),
]


# Negotiation (RFC 9110, 12)


def weighted(item: str) -> tuple[str, float]:
    """`gzip;q=0.5` as a name in lower case and its weight."""
    name, *parameters = (part.strip() for part in item.lower().split(";"))
    weight = next((p.removeprefix("q=") for p in parameters if p.startswith("q=")), "1")
    return name, float(weight) if re.fullmatch(r"[01](\.[0-9]{0,3})?", weight) else 0.0


def quality(accept: list[str], media_type: str) -> float:
    """The weight of a media type: the most specific range that covers it decides."""
    weights = dict(weighted(item) for item in accept)
    ranges = (media_type, media_type.partition("/")[0] + "/*", "*/*")
    return next((weights[each] for each in ranges if each in weights), 0.0)


def prefers_gzip(accept: list[str]) -> bool:
    """Whether gzip is accepted, and not less than the file as it is."""
    weights = dict(weighted(item) for item in accept)
    weight = weights.get("gzip", weights.get("*", 0.0))
    return weight > 0 and weight >= weights.get("identity", 0.0)


# Conditions and ranges (RFC 9110, 13 and 14)


def conditional(request: Request, full: Reply) -> Reply:
    """The full reply, or what the request's conditions make of it, in the order of RFC 9110, 13.2.2."""
    tag = full.headers["ETag"]
    wanted = tags(request.get("if-match"))
    if wanted and wanted != ["*"] and tag not in wanted:
        return Reply(412)
    known = [known.removeprefix("W/") for known in tags(request.get("if-none-match"))]
    if known == ["*"] or tag in known:
        return Reply(304, b"", {name: full.headers[name] for name in ("ETag", "Vary")})
    # A weak tag, or a date, does not promise the same bytes: it never equals our strong tag.
    if request.method == "GET" and request.get("if-range") in (None, tag):
        return partial(request.get("range"), full)
    return full


def tags(value: str | None) -> list[str]:
    """The entity tags of a list; commas inside their quotes are theirs."""
    return re.findall(r'\*|(?:W/)?"[^"]*"', value or "")


def partial(range_header: str | None, full: Reply) -> Reply:
    """The part that a single byte range asks for; the full reply for everything that is not one."""
    match = re.fullmatch(r"(?i:bytes)= *([0-9]{0,40})-([0-9]{0,40})", range_header or "")
    if not match or not any(match.groups()):
        return full
    first, last, size = match[1], match[2], len(full.body)
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return full
    if start >= size:
        return Reply(416, b"", {"Content-Range": f"bytes */{size}"})
    return Reply(206, full.body[start : end + 1], full.headers | {"Content-Range": f"bytes {start}-{end}/{size}"})


# Connections


def encode(reply: Reply, *, without_body: bool, close: bool) -> bytes:
    """The reply as it goes over the wire."""
    headers = dict(reply.headers)
    if reply.status != 304:
        headers["Content-Length"] = str(len(reply.body))
    if close:
        headers["Connection"] = "close"
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}", *(f"{n}: {v}" for n, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (b"" if without_body else reply.body)


def converse(client: socket.socket) -> None:
    """Answer the requests of one connection, one after another, until one of them is the last."""
    reader, close = Reader(client), False
    while not close:
        try:
            request = read_request(reader)
        except RefusedError as refused:
            client.sendall(encode(Reply(refused.status, f"{refused}\n".encode()), without_body=False, close=True))
            return
        close = request.wants_close()
        client.sendall(encode(answer(request), without_body=request.method == "HEAD", close=close))


def serve(client: socket.socket) -> None:
    """Hold a conversation, then close so that the last reply arrives even if unread bytes are still coming."""
    with client:
        client.settimeout(IDLE_S)
        # Replies to pipelined requests must not wait for the client to acknowledge the ones before (Nagle's algorithm).
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            converse(client)
            client.shutdown(socket.SHUT_WR)
            client.settimeout(LINGER_S)
            while client.recv(65_536):
                pass
        except (HangupError, OSError):  # gone, or silent for too long
            return


def main() -> None:
    """Listen, and give each connection a thread of its own."""
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128) as listener:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    main()
