"""HTTP by hand: prints requests byte by byte, and reads replies from standard input.

hand.py get | post | visit | next | welcome
hand.py status | header NAME | body
hand.py wish WISH | verdict METHOD
"""

import os
import re
import sys
from urllib.parse import urlsplit

IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE")
"""What may be sent twice: the effect is that of sending it once."""


def setting(name):
    return os.environ.get(name, "")


def message(first_line, headers, body=None):
    """A request or reply: each line of the head ends with CR LF, then an empty line, then the body."""
    if body is not None:
        headers = [*headers, f"Content-Length: {len(body)}"]  # bytes, for the body is encoded already
    return "\r\n".join([first_line, *headers, "", ""]).encode() + (body or b"")


def request(method, target, *headers, text=None, host=None):
    """A request to HOST; one with a text says how long it is and what it is."""
    lines = [f"Host: {host or setting('HOST')}", "Connection: close", *headers]
    if text is None:
        return message(f"{method} {target} HTTP/1.1", lines)
    lines.append("Content-Type: text/plain; charset=utf-8")
    return message(f"{method} {target} HTTP/1.1", lines, text.encode())


class Reply:
    """A reply, taken apart."""

    def __init__(self, data):
        head, _, self.rest = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split(" ")[1])
        self.headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    def all(self, name):
        """The values of a header, in order; names are the same in any case."""
        return [value for have, value in self.headers if have == name.lower()]

    def header(self, name):
        return next(iter(self.all(name)), None)

    @property
    def body(self):
        """As many bytes as it says and no more: what follows belongs to the next reply."""
        if (self.header("Transfer-Encoding") or "").lower() == "chunked":
            return b"".join(self.chunks())
        return self.rest[: int(self.header("Content-Length") or 0)]

    def chunks(self):
        """Each begins with its size in hexadecimal; the one of size 0 is the last."""
        at = 0
        while True:
            end = self.rest.index(b"\r\n", at)
            size = int(self.rest[at:end].partition(b";")[0], 16)
            if size == 0:
                return
            yield self.rest[end + 2 : end + 2 + size]
            at = end + 2 + size + 2


def following(reply):
    """The request that a redirect asks for; nothing where there is nothing to follow."""
    where = reply.header("Location")
    if reply.status not in (301, 302, 303, 307, 308) or where is None:
        return b""
    url = urlsplit(where)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    host = url.netloc or setting("HOST")
    if reply.status == 303 or setting("METHOD") == "GET":
        return request("GET", target, host=host)
    return request(setting("METHOD"), target, text=setting("TEXT"), host=host)


def cookies(reply, target):
    """Name and value of each cookie that goes along to this target by plain HTTP."""
    path = target.partition("?")[0]
    for line in reply.all("Set-Cookie"):
        pair, *attributes = (part.strip() for part in line.split(";"))
        said = {name.lower(): value for name, _, value in (each.partition("=") for each in attributes)}
        over = re.fullmatch("-[0-9]+|0+", said.get("max-age", "")) is not None
        if "secure" not in said and not over and is_below(path, said.get("path", "/")):
            yield pair


def is_below(path, folder):
    """Whether this path is the folder or lies in it: /orders/7 lies in /orders, /ordersheet does not."""
    return path == folder or path.startswith(folder if folder.endswith("/") else f"{folder}/")


def visit(reply):
    """A GET with the cookies that this reply has set, all in one line."""
    found = "; ".join(cookies(reply, setting("TARGET")))
    return request("GET", setting("TARGET"), *([f"Cookie: {found}"] if found else []))


def welcome():
    """A reply that sets the cookie of a session: not for scripts, not by plain HTTP, not for other sites' forms."""
    cookie = f"session={setting('SESSION')}; Path=/; Max-Age=7200; HttpOnly; Secure; SameSite=Lax"
    return message("HTTP/1.1 200 OK", ["Content-Type: text/plain", f"Set-Cookie: {cookie}"], b"welcome\n")


def wish(name):
    """The request for a wish, with the method that says what is meant."""
    method = {"look": "GET", "peek": "HEAD", "add": "POST", "place": "PUT", "remove": "DELETE"}[name]
    return request(method, setting("TARGET"), text=setting("TEXT") if method in ("POST", "PUT") else None)


def verdict(method, data):
    """What to do now, by method and status alone; no data means that no reply came."""
    repeat = "again" if method in IDEMPOTENT else "ask"
    if not data:
        return repeat
    reply = Reply(data)
    wait = reply.header("Retry-After")
    if reply.status in (429, 503) and wait:
        return f"later {wait}"
    return {2: "done", 3: "follow", 4: "mend", 5: repeat}[reply.status // 100]


def written(words):
    """The bytes for a call that needs no reply; None for others."""
    match words:
        case ["get"]:
            return request("GET", setting("TARGET"))
        case ["post"]:
            return request("POST", setting("TARGET"), text=setting("TEXT"))
        case ["welcome"]:
            return welcome()
        case ["wish", name]:
            return wish(name)


def read(words, data):
    """The bytes for a call that is given what came back; None for a header that is not there."""
    match words:
        case ["verdict", method]:
            return f"{verdict(method, data)}\n".encode()
        case ["status"]:
            return f"{Reply(data).status}\n".encode()
        case ["header", name]:
            value = Reply(data).header(name)
            return None if value is None else f"{value}\n".encode()
        case ["body"]:
            return Reply(data).body
        case ["next"]:
            return following(Reply(data))
        case ["visit"]:
            return visit(Reply(data))


def main(words):
    out = written(words)
    if out is None:
        out = read(words, sys.stdin.buffer.read())
    if out is None:
        return 1
    sys.stdout.buffer.write(out)
    return 0


sys.exit(main(sys.argv[1:]))
