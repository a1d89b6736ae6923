"""Sends its standard input to 127.0.0.1:PORT, and prints what comes back."""

import os
import socket
import sys

reply = b""
with socket.create_connection(("127.0.0.1", int(os.environ["PORT"])), timeout=2) as connection:
    connection.sendall(sys.stdin.buffer.read())
    try:
        while piece := connection.recv(4096):
            reply += piece
    except TimeoutError:
        reply += b"(nothing more within 2 seconds; the connection is still open)\n"
print(reply.decode().replace("\r\n", "\n"), end="")
