"""Closes all its standard streams, then listens on PORT."""

import os
import signal
import socket

signal.alarm(30)
print("going quiet", flush=True)
for fd in (0, 1, 2):
    os.close(fd)
nothing = [os.open("/dev/null", os.O_RDWR) for _ in range(3)]
server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
server.accept()
