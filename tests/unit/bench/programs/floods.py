"""Prints 50 MB, then listens on PORT."""

import os
import signal
import socket

signal.alarm(30)
os.write(1, b"the first line\n")
block = b"x" * 999 + b"\n"
for _ in range(50):
    left = memoryview(block * 1_000)
    while left:
        left = left[os.write(1, left) :]
os.write(1, b"the last line\n")
server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
server.accept()
