"""Ada's ticket shop, with nothing but Python. So far it says 404 to everybody."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """One request: its path is in self.path, its head in self.headers, its body in self.rfile."""

    def do_GET(self) -> None:
        """Answer a GET."""
        # Your turn: GET /hello. `firsthand brief route` tells what it must answer.
        # The concerts are in concerts.py: from concerts import CONCERTS
        self.answer(404, b"There is nothing here.\n", "text/plain; charset=utf-8")

    def answer(self, status: int, body: bytes, kind: str) -> None:
        """Send a whole reply."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
