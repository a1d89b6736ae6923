"""A server that keeps notes, to try your requests on: PORT=8000 python3 given/notes.py"""

import http.server
import os

notes = []


class Notes(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def parse_request(self):
        if not super().parse_request():
            return False
        if "Host" not in self.headers:
            self.reply(400, b"which site do you mean?\n")
            return False
        return True

    def do_GET(self):
        number = self.path.removeprefix("/notes/")
        if number.isdecimal() and 1 <= int(number) <= len(notes):
            self.reply(200, notes[int(number) - 1])
        else:
            self.reply(404, b"no such note\n")

    def do_POST(self):
        if "Content-Length" not in self.headers:
            self.reply(411, b"how long is it?\n")
            return
        notes.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.reply(201, b"saved\n", Location=f"/notes/{len(notes)}")

    def reply(self, status, body, **headers):
        self.send_response_only(status)
        for name, value in {
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": len(body),
            **headers,
        }.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *what):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Notes)
print("listening on port", os.environ["PORT"], flush=True)
server.serve_forever()
